"""The outbox: claim by conditional update, write only under the claim."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, cast

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Table,
    and_,
    bindparam,
    delete,
    func,
    not_,
    or_,
    select,
    text,
    update,
)
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased
from sqlalchemy.orm.attributes import set_committed_value

from bot.messages import RATE_LIMITED, Lane, Status
from bot.store.models import Contact, Message, OutboxMessage, ParkedReport
from bot.wishes import PUT_OFF, REASONS

OPEN = (Status.QUEUED, Status.SENDING, Status.ERRORED)
WAITING = (Status.QUEUED, Status.ERRORED)


def _is_open(row: type[OutboxMessage]) -> ColumnElement[bool]:
    """Write the statuses out, as the partial index has them: only then is it used (SQLite compares the words)."""
    statuses = [str(status) for status in OPEN]
    return row.status.in_(bindparam("open", statuses, expanding=True, literal_execute=True, unique=True))


def _holds_back(row: type[OutboxMessage], now: datetime | BindParameter[datetime]) -> ColumnElement[bool]:
    """Whether later rows must wait for this one: it is open, and not put off."""
    put_off = and_(row.status == Status.ERRORED, row.error.in_(PUT_OFF), row.due_at > now)
    return and_(_is_open(row), not_(put_off))


# What is asked for every message is put together once (see messages.py).
_NOW = bindparam("now", type_=OutboxMessage.due_at.type)
_OLDEST = (
    select(Contact, OutboxMessage)
    .outerjoin(OutboxMessage, and_(OutboxMessage.contact_id == Contact.id, _holds_back(OutboxMessage, _NOW)))
    .where(Contact.id == bindparam("of"))
    .order_by(OutboxMessage.id)
    .limit(1)
    .execution_options(populate_existing=True)
)
_TABLE = cast(Table, OutboxMessage.__table__)
_SETTLE = update(_TABLE).where(
    _TABLE.c.id == bindparam("of"), _TABLE.c.claim == bindparam("by"), _TABLE.c.status == Status.SENDING
)
_FAILED = and_(_TABLE.c.contact_id == bindparam("of"), _TABLE.c.status == Status.ERRORED)
_WAKE_HELD = update(_TABLE).where(_FAILED, _TABLE.c.error.in_(REASONS)).values(due_at=_NOW)
_HURRY = update(_TABLE).where(
    _FAILED, _TABLE.c.error.not_in((*PUT_OFF, RATE_LIMITED)), _TABLE.c.due_at > _NOW
).values(due_at=_NOW)  # fmt: skip
_CLAIM = update(_TABLE).where(_TABLE.c.id == bindparam("of"), _TABLE.c.status == bindparam("was"))


async def list_due_contacts(session: AsyncSession, now: datetime, limit: int = 200) -> list[tuple[int, int]]:
    """Return contacts whose oldest open message is due, and the most urgent lane of what waits there: danger first."""
    earlier, waiting = aliased(OutboxMessage), aliased(OutboxMessage)
    first = ~select(earlier.id).where(
        earlier.contact_id == OutboxMessage.contact_id, earlier.id < OutboxMessage.id, _holds_back(earlier, now)
    ).exists()  # fmt: skip
    due = or_(OutboxMessage.status == Status.QUEUED, OutboxMessage.due_at <= now)
    lane = (
        select(func.min(waiting.lane))
        .where(waiting.contact_id == OutboxMessage.contact_id, _is_open(waiting))
        .scalar_subquery()
    )
    query = (
        select(OutboxMessage.contact_id, lane.label("most_urgent"))
        .where(_is_open(OutboxMessage), OutboxMessage.status != Status.SENDING, due, first)
        .order_by(text("most_urgent"), OutboxMessage.due_at)
        .limit(limit)
    )
    return [(row[0], row[1]) for row in (await session.execute(query)).all()]


async def claim_next(
    session: AsyncSession, contact_id: int, claim: str, now: datetime, length: timedelta
) -> tuple[OutboxMessage | None, Contact | None]:
    """Claim the contact's oldest open message, if it is due and nobody sends it: one at a time keeps the order.

    Return it and the contact, or None where she is gone. Where the row does not bear this claim it must wait.
    """
    found = (await session.execute(_OLDEST, {"of": contact_id, "now": now})).first()
    contact, row = found if found is not None else (None, None)
    if row is None or row.status == Status.SENDING or (row.status != Status.QUEUED and row.due_at > now):
        return row, contact  # what was never tried is due, whatever a clock that was set back says
    values = {
        "status": Status.SENDING, "claim": claim, "claimed_until": now + length, "attempts": row.attempts + 1,
        "changed_at": now,
    }  # fmt: skip
    if not (await session.execute(_CLAIM, {"of": row.id, "was": row.status, **values})).rowcount:  # type: ignore[attr-defined]
        return row, contact
    for name, value in values.items():
        set_committed_value(row, name, value)
    return row, contact


async def does_danger_wait(session: AsyncSession, contact_id: int) -> bool:
    query = select(OutboxMessage.id).where(
        OutboxMessage.contact_id == contact_id, _is_open(OutboxMessage), OutboxMessage.lane == Lane.DANGER
    )  # fmt: skip
    return (await session.execute(query.limit(1))).first() is not None


async def hurry(session: AsyncSession, contact_id: int, now: datetime) -> None:
    """An answer in danger comes after them: try again now what the provider failed to take, but not what it put off."""
    await session.execute(_HURRY, {"of": contact_id, "now": now})


async def wake_held(session: AsyncSession, contact_id: int, now: datetime) -> None:
    """She wrote: what waited for that is due."""
    await session.execute(_WAKE_HELD, {"of": contact_id, "now": now})


async def put_back(session: AsyncSession, row: OutboxMessage, claim: str) -> None:
    """Give a claimed row back as it was: this was no attempt."""
    before = Status.ERRORED if row.error else Status.QUEUED
    await settle(session, row.id, claim, status=before, attempts=row.attempts - 1)


async def settle(session: AsyncSession, row_id: int, claim: str, **values: Any) -> bool:
    """Write the outcome of an attempt; False if the claim was lost meanwhile."""
    result = await session.execute(_SETTLE, {"of": row_id, "by": claim, "claimed_until": None, **values})
    return bool(result.rowcount)  # type: ignore[attr-defined]


async def give_up_lost_claims(session: AsyncSession, now: datetime) -> int:
    """A sender died between claim and outcome: the provider may have the message. Never repeat it by ourselves."""
    lost = update(OutboxMessage).where(
        _is_open(OutboxMessage), OutboxMessage.status == Status.SENDING, OutboxMessage.claimed_until <= now
    )
    values = {"status": Status.AMBIGUOUS, "error": "sender_died", "changed_at": now}
    return int((await session.execute(lost.values(**values))).rowcount)  # type: ignore[attr-defined]


async def find_by_external_id(session: AsyncSession, channel: str, external_id: str) -> OutboxMessage | None:
    query = select(OutboxMessage).where(OutboxMessage.channel == channel, OutboxMessage.external_id == external_id)
    return (await session.execute(query)).scalars().first()


async def take_parked_reports(session: AsyncSession, channel: str, external_id: str) -> Sequence[ParkedReport]:
    """Return and remove the reports that came before we knew this id, oldest first."""
    here = (ParkedReport.channel == channel, ParkedReport.external_id == external_id)
    reports = (await session.execute(select(ParkedReport).where(*here).order_by(ParkedReport.id))).scalars().all()
    if reports:
        await session.execute(delete(ParkedReport).where(*here))
    return reports


async def list_outbox(session: AsyncSession, contact_id: int, limit: int = 500) -> Sequence[OutboxMessage]:
    query = (
        select(OutboxMessage)
        .where(OutboxMessage.contact_id == contact_id)
        .order_by(OutboxMessage.id.desc())
        .limit(limit)
    )
    return list(reversed((await session.execute(query)).scalars().all()))


async def list_undelivered(session: AsyncSession, limit: int = 100) -> Sequence[OutboxMessage]:
    """Return messages that need a person's eye: given up, or nobody knows whether they arrived."""
    query = (
        select(OutboxMessage)
        .where(OutboxMessage.status.in_((Status.FAILED, Status.AMBIGUOUS)))
        .order_by(OutboxMessage.id.desc())
        .limit(limit)
    )
    return (await session.execute(query)).scalars().all()


async def has_open(session: AsyncSession, contact_id: int) -> bool:
    query = select(OutboxMessage.id).where(OutboxMessage.contact_id == contact_id, _is_open(OutboxMessage))
    return (await session.execute(query.limit(1))).first() is not None


async def list_external_ids(session: AsyncSession, contact_id: int, since: datetime) -> list[str]:
    """Return the providers' ids of what was said by both sides since then, oldest first."""
    sent = select(OutboxMessage.external_id).where(
        OutboxMessage.contact_id == contact_id, OutboxMessage.changed_at >= since, OutboxMessage.external_id != ""
    )  # fmt: skip
    written = select(Message.external_id).where(Message.contact_id == contact_id, Message.received_at >= since)
    return [*(await session.execute(written)).scalars(), *(await session.execute(sent)).scalars()]
