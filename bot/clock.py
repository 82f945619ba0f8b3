"""The only place that asks for the time or for randomness; everything else is handed `now`."""

import secrets
from collections.abc import Callable
from datetime import UTC, datetime

Clock = Callable[[], datetime]


def now() -> datetime:
    return datetime.now(UTC)


def new_token(size: int = 24) -> str:
    """Return an unguessable URL-safe token of `size` random bytes."""
    return secrets.token_urlsafe(size)
