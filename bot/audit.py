"""The audit: who did what to which thing. Rows, not logs; no words, names or numbers of a worker.

Every entry carries a link: a hash over the entry and the link before it. Changing, removing or slipping in an entry
breaks the chain at that place; cutting off its end shows against the count and link of the head, which
`helpline audit verify` prints: written down elsewhere from time to time, it convicts whoever rewrites everything.
"""

import hashlib
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import bindparam, event, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Session

from bot.store.models import AuditEntry, AuditHead

_PAGE = select(AuditEntry).where(AuditEntry.id > bindparam("after")).order_by(AuditEntry.id).limit(1000)
_HEAD = 1  # the id of its only row


def note(session: AsyncSession, now: datetime, actor: str, action: str, subject: str = "", detail: str = "") -> None:
    """Add an entry to the transaction at hand: what is rolled back was never done."""
    session.add(AuditEntry(at=now, actor=actor, action=action, subject=subject, detail=detail))


@event.listens_for(Session, "before_flush")
def _link_entries(session: Session, _context: Any, _instances: Any) -> None:
    """Link what is new. The head row is locked: two transactions cannot both be next."""
    fresh = [entry for entry in session.new if isinstance(entry, AuditEntry) and not entry.link]
    if not fresh:
        return
    with session.no_autoflush:
        head = session.execute(
            select(AuditHead).where(AuditHead.id == _HEAD).with_for_update().execution_options(populate_existing=True)
        ).scalar_one_or_none()
        if head is None:
            head = AuditHead(id=_HEAD, count=0, link="")
            session.add(head)
        for entry in fresh:
            head.link = entry.link = _hash(entry, head.link)
            head.count += 1


def _hash(entry: AuditEntry, before: str) -> str:
    at = entry.at.astimezone(UTC).isoformat()
    fields = [before, at, entry.actor, entry.action, entry.subject or "", entry.detail or ""]
    return hashlib.sha256(json.dumps(fields).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the chain says: how many entries hold, the last link, and the id of the first that does not fit."""

    count: int
    link: str
    broken_at: int | None = None
    missing: int = 0  # entries that the head counted and that are not there any more

    @property
    def holds(self) -> bool:
        return self.broken_at is None and not self.missing


async def verify(session: AsyncSession) -> Verdict:
    """Walk the chain from its beginning. Entries from before there was a chain have no link and come first."""
    head = await session.get(AuditHead, _HEAD)
    count, link = 0, ""
    async for entry in _walk(session):
        if not count and not entry.link:
            continue
        if entry.link != _hash(entry, link):
            return Verdict(count, link, broken_at=entry.id)
        count, link = count + 1, entry.link
    missing = max(head.count - count, 0) if head else 0
    if head and not missing and head.link != link:
        missing = 1
    return Verdict(count, link, missing=missing)


async def _walk(session: AsyncSession) -> AsyncIterator[AuditEntry]:
    """Yield all entries in their order, a page at a time: a chain of years does not fit into memory."""
    after = 0
    while entries := (await session.scalars(_PAGE, {"after": after})).all():
        for entry in entries:
            yield entry
        after = entries[-1].id
        session.expunge_all()
