"""Opening hours of an organisation: read from "Sun-Thu 08:00-16:00", said in a worker's language and her digits."""

import re
from dataclasses import dataclass
from datetime import datetime, time

from babel.dates import format_time, get_day_names

DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
EXPECTED = (
    'hours like "24/7", "daily 08:00-20:00", "Sun-Thu 08:00-16:00, Sat 09:00-12:00" '
    'or, where the days are not known, "09:00-13:00"'
)

_SPAN = re.compile(r"(?:(daily|[A-Z][a-z]{2}(?:-[A-Z][a-z]{2})?) )?(\d{2}:\d{2})-(\d{2}:\d{2})")


@dataclass(frozen=True, slots=True)
class Span:
    """From `start` to `end` on each of `days` (0 is Monday); no days where we do not know them."""

    start: time
    end: time
    days: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Hours:
    """When an organisation answers. Without spans and not `always`, nobody told us."""

    spans: tuple[Span, ...] = ()
    always: bool = False

    def is_open(self, at: datetime) -> bool | None:
        """Return whether it is open at that local time; None where the days or hours are not known."""
        if self.always:
            return True
        if not self.spans or not all(span.days for span in self.spans):
            return None
        clock, today, yesterday = at.time(), at.weekday(), (at.weekday() - 1) % 7
        for span in self.spans:
            late = span.end <= span.start  # past midnight
            if today in span.days and span.start <= clock and (late or clock < span.end):
                return True
            if late and yesterday in span.days and clock < span.end:
                return True
        return False


def read_hours(text: str) -> Hours:
    """Read opening hours; raise ValueError naming what is expected."""
    if text in ("", "24/7"):
        return Hours(always=bool(text))
    return Hours(tuple(_read_span(part.strip()) for part in text.split(",")))


def _read_span(text: str) -> Span:
    match = _SPAN.fullmatch(text)
    try:
        if match is None:
            raise ValueError
        return Span(time.fromisoformat(match[2]), time.fromisoformat(match[3]), _read_days(match[1] or ""))
    except ValueError:
        raise ValueError(f"{text!r} are no opening hours; write {EXPECTED}") from None


def _read_days(text: str) -> tuple[int, ...]:
    if text in ("", "daily"):
        return tuple(range(7)) if text else ()
    first, _, last = text.partition("-")
    start = DAYS.index(first)
    return tuple((start + step) % 7 for step in range((DAYS.index(last or first) - start) % 7 + 1))


def format_hours(hours: Hours, locale: str) -> str:
    """Return the spans in a locale's words, e.g. "Sun – Thu 08:00 – 16:00"; empty where there are none."""
    return ", ".join(_format_span(span, locale) for span in hours.spans)


def _format_span(span: Span, locale: str) -> str:
    names = get_day_names("abbreviated", locale=locale)
    ends = dict.fromkeys((span.days[0], span.days[-1])) if span.days and len(span.days) < 7 else ()
    days = " – ".join(names[day] for day in ends)
    times = " – ".join(format_time(at, "HH:mm", locale=locale) for at in (span.start, span.end))
    return f"{days} {times}".strip()
