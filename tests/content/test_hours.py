"""Opening hours, in the organisation's own time."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from bot.content.hours import format_hours, read_hours
from bot.content.model import ContactCard, ContactLine
from bot.content.phrases import load_catalogue
from bot.content.render import CardWriter

LINE = ContactLine("phone", "+961 1 234 567")
CARD = ContactCard("x", "House of Help", "shelter", "LB", hours=read_hours("Mon-Fri 08:00-16:00"), lines=(LINE,))


@pytest.mark.parametrize(
    ("hours", "at", "is_open"),
    [
        ("24/7", "2026-11-23 03:00", True), ("Sun-Thu 08:00-16:00", "2026-11-23 15:59", True),
        ("Sun-Thu 08:00-16:00", "2026-11-23 16:00", False), ("Sun-Thu 08:00-16:00", "2026-11-27 10:00", False),
        ("daily 20:00-04:00", "2026-11-23 03:00", True), ("Mon 20:00-04:00", "2026-11-24 03:00", True),
        ("Mon 20:00-04:00", "2026-11-23 03:00", False), ("09:00-13:00", "2026-11-23 10:00", None),
        ("", "2026-11-23 10:00", None),
    ],
)  # fmt: skip
def test_it_is_known_whether_somebody_answers(hours: str, at: str, is_open: bool | None) -> None:
    assert read_hours(hours).is_open(datetime.fromisoformat(at).replace(tzinfo=ZoneInfo("Asia/Riyadh"))) is is_open


def test_hours_are_said_in_her_language_with_digits_she_can_compare() -> None:
    hours = read_hours("Sun-Thu 08:00-16:00, Sat 09:00-12:00")
    assert format_hours(hours, "en") == "Sun – Thu 08:00 – 16:00, Sat 09:00 – 12:00"
    assert format_hours(hours, "fr").startswith("dim. – jeu. 08:00 – 16:00")
    assert "08:00" in format_hours(hours, "ne")


def test_what_cannot_be_read_says_what_would_be_right() -> None:
    with pytest.raises(ValueError, match='write hours like "24/7"'):
        read_hours("mornings")


@pytest.mark.parametrize(("hour", "word"), [(5, "closed now"), (6, "open now"), (13, "open now"), (14, "closed now")])
def test_open_or_closed_is_told_by_the_clock_of_the_organisation(hour: int, word: str) -> None:
    now = datetime(2026, 11, 23, hour, 0, tzinfo=UTC)  # two hours earlier than in Beirut
    text = CardWriter(load_catalogue(), "en", now, demo=True).write([CARD])
    assert text.splitlines()[-1] == f"Hours: Mon – Fri 08:00 – 16:00 (Lebanon) · {word}"
