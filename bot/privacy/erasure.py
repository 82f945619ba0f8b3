"""Erasure: what she wrote and what we knew goes at once; the address goes as soon as the receipt has left."""

from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

import structlog
from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot import audit
from bot.clock import Clock
from bot.store.engine import Store
from bot.store.models import Case, CaseNote, Contact, Decision, Message, OutboxMessage, StoredMedia
from bot.store.queries import contacts, messages, outbox

log = structlog.get_logger()


async def erase_words(session: AsyncSession, contact: Contact, now: datetime, actor: str = "contact") -> list[str]:
    """Delete everything but the address; return the files that must go once the transaction is committed."""
    query = select(StoredMedia.path).where(StoredMedia.contact_id == contact.id, StoredMedia.path != "")
    paths = list((await session.execute(query)).scalars())
    for table in (StoredMedia, Decision, OutboxMessage, Message):
        await session.execute(delete(table).where(table.contact_id == contact.id))
    await _empty_cases(session, contact.id, now)
    contact.sealed_name, contact.dialogue, contact.owner = None, {}, "bot"
    contact.sealed_wishes = contact.paused_at = contact.quiet_since = contact.clear_at = None
    contact.clear_ids = []
    contact.destination = contact.origin = contact.language_hint = ""
    contact.erase_at = now
    audit.note(session, now, actor, "contact:erased")
    return paths


async def _empty_cases(session: AsyncSession, contact_id: int, now: datetime) -> None:
    """A case becomes an empty numbered shell: staff see only that she left."""
    for case in (await session.execute(select(Case).where(Case.contact_id == contact_id))).scalars():
        await session.execute(delete(CaseNote).where(CaseNote.case_id == case.id))
        case.contact_id, case.waiting_since = None, None
        case.label = case.destination = case.origin = case.locale = ""
        if case.closed_at is None:
            case.state, case.closed_at = "closed", now
        case.outcome = "erased"


def remove_files(media_dir: Path, paths: Iterable[str]) -> None:
    for path in paths:
        (media_dir / path).unlink(missing_ok=True)


class Eraser:
    def __init__(self, store: Store, media_dir: Path, clock: Clock) -> None:
        self._store, self._media_dir, self._clock = store, media_dir, clock

    def remove_files(self, paths: Iterable[str]) -> None:
        remove_files(self._media_dir, paths)

    async def finish(self, contact_id: int) -> bool:
        """Delete a contact who asked for it, once nothing is left to send to her or to read from her."""
        async with self._store.read() as session:
            contact = await session.get(Contact, contact_id)
            if contact is None or contact.erase_at is None:
                return False
        async with self._store.write() as session:
            contact = await session.get(Contact, contact_id)
            if contact is None or contact.erase_at is None or await outbox.has_open(session, contact_id):
                return False
            if await messages.find_next_unhandled(session, contact_id):
                return False
            await contacts.delete_contact(session, contact_id)
        log.info("contact_erased")
        return True
