"""When a caseworker's follow-up goes out: some hours from now, or in the morning of a later day where she is."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

MORNING = 10  # o'clock: after the work of the first hours, before the cooking
DAYS = {"tomorrow": 1, "3d": 3, "7d": 7}
LATER = ("3h", *DAYS)


def find_time(choice: str, now: datetime, zone: ZoneInfo) -> datetime | None:
    """Return when; None for now. Her safe hours are kept all the same: the outbox holds what comes outside them."""
    if choice == "3h":
        return now + timedelta(hours=3)
    if choice not in DAYS:
        return None
    local = now.astimezone(zone) + timedelta(days=DAYS[choice])
    return local.replace(hour=MORNING, minute=0, second=0, microsecond=0)
