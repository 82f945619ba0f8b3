"""Retention: what is kept how long. Words go first, then who she was; of closed cases only statistics stay."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import structlog
from sqlalchemy import ColumnElement, and_, delete, exists, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot import audit
from bot.clock import Clock
from bot.privacy.erasure import erase_words
from bot.store.engine import Store
from bot.store.models import Case, CaseNote, Contact, Invite, LoginSession, OutboxMessage, ParkedReport
from bot.store.queries import contacts, outbox

log = structlog.get_logger()

PARKED = timedelta(days=7)  # a provider's report that fits no message of ours


@dataclass(frozen=True, slots=True)
class Report:
    """How many of each kind are due, or were done."""

    contacts: int = 0  # everything of theirs goes: silent for so long, no open case
    cases: int = 0  # closed so long ago: reduced to statistics
    sessions: int = 0
    invites: int = 0
    parked: int = 0

    @property
    def total(self) -> int:
        return self.contacts + self.cases + self.sessions + self.invites + self.parked


class Retention:
    """`words` and `cases` are the periods; the audit is not shortened: it holds no words, and its chain must hold."""

    def __init__(self, store: Store, media_dir: Path, clock: Clock, *, words: timedelta, cases: timedelta) -> None:
        self._store, self._media_dir, self._clock = store, media_dir, clock
        self._words, self._cases = words, cases

    async def find(self) -> Report:
        """Return what is due, and change nothing."""
        now = self._clock()
        async with self._store.read() as session:
            return Report(
                contacts=await _count(session, Contact, self._silent(now)),
                cases=await _count(session, Case, self._old(now)),
                sessions=await _count(session, LoginSession, LoginSession.expires_at <= now),
                invites=await _count(session, Invite, Invite.expires_at <= now),
                parked=await _count(session, ParkedReport, ParkedReport.received_at <= now - PARKED),
            )

    async def run(self) -> Report:
        """Do what is due, a contact a transaction; a crash in between loses nothing and the next run goes on."""
        now = self._clock()
        done_contacts = 0
        async with self._store.read() as session:
            ids = list((await session.execute(select(Contact.id).where(self._silent(now)))).scalars())
        for contact_id in ids:
            done_contacts += await self._forget(contact_id, now)
        async with self._store.write() as session:
            report = Report(
                contacts=done_contacts,
                cases=await self._reduce_cases(session, now),
                sessions=await _delete(session, LoginSession, LoginSession.expires_at <= now),
                invites=await _delete(session, Invite, Invite.expires_at <= now),
                parked=await _delete(session, ParkedReport, ParkedReport.received_at <= now - PARKED),
            )
            if report.total:
                detail = f"contacts {report.contacts}, cases {report.cases}"
                audit.note(session, now, "retention", "retention:run", detail=detail)
        log.info("retention_done", contacts=report.contacts, cases=report.cases)
        return report

    async def _forget(self, contact_id: int, now: datetime) -> int:
        async with self._store.write() as session:
            contact = await session.get(Contact, contact_id)
            if contact is None or await outbox.has_open(session, contact_id):
                return 0
            paths = await erase_words(session, contact, now, actor="retention")
            await session.flush()
            await contacts.delete_contact(session, contact_id)
        for path in paths:
            (self._media_dir / path).unlink(missing_ok=True)
        return 1

    async def _reduce_cases(self, session: AsyncSession, now: datetime) -> int:
        rows = (await session.execute(select(Case).where(self._old(now)))).scalars().all()
        for case in rows:
            await session.execute(delete(CaseNote).where(CaseNote.case_id == case.id))
            case.contact_id = case.user_id = None
        return len(rows)

    def _silent(self, now: datetime) -> ColumnElement[bool]:
        """Contacts who have not written, nor were written to, for the period, and have no open case."""
        since = now - self._words
        last = func.coalesce(Contact.last_inbound_at, Contact.created_at)
        open_case = exists().where(Case.contact_id == Contact.id, Case.closed_at.is_(None))
        spoken = exists().where(OutboxMessage.contact_id == Contact.id, OutboxMessage.created_at > since)
        return and_(last <= since, ~open_case, ~spoken)

    def _old(self, now: datetime) -> ColumnElement[bool]:
        notes = exists().where(CaseNote.case_id == Case.id)
        left = or_(Case.contact_id.is_not(None), Case.user_id.is_not(None), notes)
        return and_(Case.closed_at <= now - self._cases, left)


async def _count(session: AsyncSession, table: type, where: ColumnElement[bool]) -> int:
    return int((await session.execute(select(func.count()).select_from(table).where(where))).scalar_one())


async def _delete(session: AsyncSession, table: type, where: ColumnElement[bool]) -> int:
    return int((await session.execute(delete(table).where(where))).rowcount)  # type: ignore[attr-defined]
