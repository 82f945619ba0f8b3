"""How much one contact, and all together, may ask of the NLU server: a flood must not make others wait.

Nothing is dropped: what is over the limit is recorded, read by the danger lexicon and by the menu's words.
"""

from collections import deque
from dataclasses import dataclass, field
from datetime import datetime, timedelta

WINDOW = timedelta(minutes=1)
MANY = 5_000  # contacts remembered at most


@dataclass(slots=True)
class Limiter:
    """Counts in memory, a sliding minute: a restart forgives. `each` is per contact, `together` for all."""

    each: int
    together: int
    _seen: dict[int, deque[datetime]] = field(default_factory=dict)
    _all: deque[datetime] = field(default_factory=deque)

    def check(self, contact_id: int, now: datetime) -> str:
        """Count a message; return "ok", "limited" (the first over the limit) or "flood" (those after it)."""
        seen = self._seen.setdefault(contact_id, deque())
        _forget(seen, now)
        _forget(self._all, now)
        seen.append(now)
        if len(seen) > self.each:
            return "limited" if len(seen) == self.each + 1 else "flood"
        if len(self._all) >= self.together:
            return "limited"
        self._all.append(now)
        if len(self._seen) > MANY:
            self._seen = {id: times for id, times in self._seen.items() if times and now - times[-1] < WINDOW}
        return "ok"


def _forget(times: deque[datetime], now: datetime) -> None:
    while times and now - times[0] >= WINDOW:
        times.popleft()
