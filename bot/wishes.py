"""How it is safe to write to her: hours, a shared phone, only when she began, a code word. A pure value."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

IN_TOUCH = timedelta(minutes=10)  # after she wrote she holds the phone herself: an answer may come at any hour

# The hours she can choose, from and to on her clock.
HOURS = {"morning": (6, 12), "afternoon": (12, 18), "evening": (18, 23)}


@dataclass(frozen=True, slots=True)
class Wishes:
    """Nothing set means that she was not asked yet, or that any time is fine."""

    asked: bool = False
    hours: str = ""  # a name of HOURS
    only_reply: bool = False  # write only after she wrote
    shared: bool = False  # others read this phone: nothing of ours may name the helpline or the matter
    code: str = ""  # folded; whoever writes it makes us somebody else

    def but(self, **changes: Any) -> "Wishes":
        return replace(self, **changes)

    def to_fields(self) -> dict[str, Any]:
        fields = {name: getattr(self, name) for name in self.__slots__}
        return {name: value for name, value in fields.items() if value}

    @classmethod
    def from_fields(cls, fields: dict[str, Any]) -> "Wishes":
        return cls(**{name: fields[name] for name in cls.__slots__ if name in fields})


REASONS = ("window_closed", "paused", "not_safe_now", "shared_phone", "only_reply", "safe_hours")
SCHEDULED = "scheduled"  # a caseworker's follow-up, for later
PUT_OFF = (*REASONS, SCHEDULED)


@dataclass(frozen=True, slots=True)
class Hold:
    """Why something must wait (one of REASONS), and when to look again."""

    reason: str
    until: datetime


LOOK_AGAIN = timedelta(hours=1)  # for what ends when she writes: that wakes it at once, this is only the net


def find_hold(wishes: Wishes, *, now: datetime, zone: ZoneInfo, last_inbound_at: datetime | None) -> Hold | None:
    """Return why we must not begin to write to her now, or None. Paused and quiet are the contact's, not wishes."""
    if last_inbound_at is not None and now - last_inbound_at < IN_TOUCH:
        return None
    if wishes.only_reply:
        return Hold("only_reply", now + LOOK_AGAIN)
    if wishes.hours:
        start = find_next_start(wishes.hours, now, zone)
        if start > now:
            return Hold("safe_hours", start)
    if wishes.shared:
        return Hold("shared_phone", now + LOOK_AGAIN)
    return None


def find_next_start(hours: str, now: datetime, zone: ZoneInfo) -> datetime:
    """Return `now` if it lies in her hours, else when they begin next."""
    first, last = HOURS[hours]
    local = now.astimezone(zone)
    if first <= local.hour < last:
        return now
    start = local.replace(hour=first, minute=0, second=0, microsecond=0)
    return start if start > local else start + timedelta(days=1)
