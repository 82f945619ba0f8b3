"""The audit: who did what to which thing. Rows, not logs; no words, names or numbers of a worker."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from bot.store.models import AuditEntry


def note(session: AsyncSession, now: datetime, actor: str, action: str, subject: str = "", detail: str = "") -> None:
    """Add an entry to the transaction at hand: what is rolled back was never done."""
    session.add(AuditEntry(at=now, actor=actor, action=action, subject=subject, detail=detail))
