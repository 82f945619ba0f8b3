"""Retention: what is kept how long. Words go first, then who she was; of closed cases only statistics stay.

Each organisation may set periods of its own; where it does not, those of the settings count.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import structlog
from sqlalchemy import ColumnElement, and_, delete, exists, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot import audit
from bot.clock import Clock
from bot.privacy.erasure import erase_words, remove_files
from bot.store.engine import Store
from bot.store.models import (
    Case,
    CaseNote,
    Contact,
    Invite,
    LoginSession,
    Message,
    Organisation,
    OutboxMessage,
    ParkedReport,
    StoredMedia,
)  # fmt: skip
from bot.store.queries import contacts, outbox
from bot.store.queries.organisations import list_organisations

log = structlog.get_logger()

PARKED = timedelta(days=7)  # a provider's report that fits no message of ours


@dataclass(frozen=True, slots=True)
class Periods:
    """How long each kind is kept."""

    words: timedelta  # everything of a contact who is silent and has no open case
    files: timedelta  # a file of hers, sooner than her words if that is wished; not while her case is open
    cases: timedelta  # notes and names of a closed case

    def of(self, organisation: Organisation) -> "Periods":
        """These periods, with what the organisation has set for itself."""
        return Periods(
            _days(organisation.keep_words_days) or self.words,
            _days(organisation.keep_files_days) or self.files,
            _days(organisation.keep_cases_days) or self.cases,
        )


@dataclass(frozen=True, slots=True)
class Line:
    """How many of a kind are due, or were done. `kept` is None for what has an end of its own."""

    organisation: str  # its name; empty for what belongs to none
    kind: str  # contacts | files | cases | sessions | invites | parked
    kept: timedelta | None
    count: int


@dataclass(frozen=True, slots=True)
class Report:
    lines: tuple[Line, ...]

    def count(self, kind: str = "") -> int:
        """Return how many of a kind there are over all organisations; of all kinds without one."""
        return sum(line.count for line in self.lines if kind in ("", line.kind))


class Retention:
    """The audit is not shortened: it holds no words, and its chain must hold."""

    def __init__(self, store: Store, media_dir: Path, clock: Clock, periods: Periods) -> None:
        self._store, self._media_dir, self._clock, self._periods = store, media_dir, clock, periods

    async def find(self) -> Report:
        """Return what is due, and change nothing."""
        now = self._clock()
        lines = []
        async with self._store.read() as session:
            for organisation in await list_organisations(session):
                due = Due(organisation, self._periods.of(organisation), now)
                lines += [
                    due.line("contacts", await _count(session, Contact, due.contacts)),
                    due.line("files", await _count(session, StoredMedia, due.files)),
                    due.line("cases", await _count(session, Case, due.cases)),
                ]
            for kind, (table, where, kept) in _expired(now).items():
                lines.append(Line("", kind, kept, await _count(session, table, where)))
        return Report(tuple(lines))

    async def run(self) -> Report:
        """Do what is due, a contact a transaction; a crash in between loses nothing and the next run goes on."""
        now = self._clock()
        async with self._store.read() as session:
            organisations = await list_organisations(session)
        lines = []
        for due in (Due(organisation, self._periods.of(organisation), now) for organisation in organisations):
            lines += [
                due.line("contacts", await self._forget_contacts(due, now)),
                due.line("files", await self._delete_files(due)),
                due.line("cases", await self._reduce_cases(due)),
            ]
        async with self._store.write() as session:
            for kind, (table, where, kept) in _expired(now).items():
                lines.append(Line("", kind, kept, await _delete(session, table, where)))
            report = Report(tuple(lines))
            if report.count():
                detail = ", ".join(f"{kind} {report.count(kind)}" for kind in ("contacts", "files", "cases"))
                audit.note(session, now, "retention", "retention:run", detail=detail)
        log.info("retention_done", contacts=report.count("contacts"), cases=report.count("cases"))
        return report

    async def _forget_contacts(self, due: "Due", now: datetime) -> int:
        async with self._store.read() as session:
            ids = list((await session.execute(select(Contact.id).where(due.contacts))).scalars())
        return sum([await self._forget(contact_id, now) for contact_id in ids])

    async def _forget(self, contact_id: int, now: datetime) -> int:
        async with self._store.write() as session:
            contact = await session.get(Contact, contact_id)
            if contact is None or await outbox.has_open(session, contact_id):
                return 0
            paths = await erase_words(session, contact, now, actor="retention")
            await session.flush()
            await contacts.delete_contact(session, contact_id)
        remove_files(self._media_dir, paths)
        return 1

    async def _delete_files(self, due: "Due") -> int:
        async with self._store.write() as session:
            found = (await session.execute(select(StoredMedia.id, StoredMedia.path).where(due.files))).all()
            await session.execute(delete(StoredMedia).where(StoredMedia.id.in_([id for id, _ in found])))
        remove_files(self._media_dir, (path for _, path in found if path))
        return len(found)

    async def _reduce_cases(self, due: "Due") -> int:
        async with self._store.write() as session:
            rows = (await session.execute(select(Case).where(due.cases))).scalars().all()
            for case in rows:
                await session.execute(delete(CaseNote).where(CaseNote.case_id == case.id))
                case.contact_id = case.user_id = None
        return len(rows)


@dataclass(frozen=True, slots=True)
class Due:
    """What of an organisation's is older than its periods."""

    organisation: Organisation
    periods: Periods
    now: datetime

    def line(self, kind: str, count: int) -> Line:
        kept = {"contacts": self.periods.words, "files": self.periods.files, "cases": self.periods.cases}[kind]
        return Line(self.organisation.name, kind, kept, count)

    @property
    def contacts(self) -> ColumnElement[bool]:
        """Contacts who have not written, nor were written to, for the period, and have no open case."""
        since = self.now - self.periods.words
        last = func.coalesce(Contact.last_inbound_at, Contact.created_at)
        spoken = exists().where(OutboxMessage.contact_id == Contact.id, OutboxMessage.created_at > since)
        ours = Contact.organisation_id == self.organisation.id
        return and_(ours, last <= since, ~_has_open_case(Contact.id), ~spoken)

    @property
    def files(self) -> ColumnElement[bool]:
        message = exists().where(
            Message.id == StoredMedia.message_id, Message.received_at <= self.now - self.periods.files
        )  # fmt: skip
        ours = exists().where(Contact.id == StoredMedia.contact_id, Contact.organisation_id == self.organisation.id)
        return and_(message, ours, ~_has_open_case(StoredMedia.contact_id))

    @property
    def cases(self) -> ColumnElement[bool]:
        notes = exists().where(CaseNote.case_id == Case.id)
        left = or_(Case.contact_id.is_not(None), Case.user_id.is_not(None), notes)
        ours = Case.organisation_id == self.organisation.id
        return and_(ours, Case.closed_at <= self.now - self.periods.cases, left)


def _expired(now: datetime) -> dict[str, tuple[type, ColumnElement[bool], timedelta | None]]:
    return {
        "sessions": (LoginSession, LoginSession.expires_at <= now, None),
        "invites": (Invite, Invite.expires_at <= now, None),
        "parked": (ParkedReport, ParkedReport.received_at <= now - PARKED, PARKED),
    }


def _has_open_case(contact_id: Any) -> ColumnElement[bool]:
    return exists().where(Case.contact_id == contact_id, Case.closed_at.is_(None))


def _days(days: int | None) -> timedelta | None:
    return timedelta(days=days) if days else None


async def _count(session: AsyncSession, table: type, where: ColumnElement[bool]) -> int:
    return int((await session.execute(select(func.count()).select_from(table).where(where))).scalar_one())


async def _delete(session: AsyncSession, table: type, where: ColumnElement[bool]) -> int:
    return int((await session.execute(delete(table).where(where))).rowcount)  # type: ignore[attr-defined]
