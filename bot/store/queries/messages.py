"""Inbound messages, their files and the decisions about them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, cast

from sqlalchemy import Row, Table, bindparam, func, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.store.models import Contact, Decision, Message, StoredMedia

# What is asked for every message goes to the tables, without the ORM (objects cost several times what the database
# does), and is put together once: building a statement takes longer than running it.
_TABLE = cast(Table, Message.__table__)
_NEXT = (
    select(_TABLE)
    .where(_TABLE.c.contact_id == bindparam("of"), _TABLE.c.handled_at.is_(None), _TABLE.c.id > bindparam("after"))
    .order_by(_TABLE.c.id)
    .limit(1)
)
_CHANGE = update(_TABLE).where(_TABLE.c.id == bindparam("of"))
_DECIDE = insert(cast(Table, Decision.__table__))


async def find_message(session: AsyncSession, contact_id: int, external_id: str) -> Message | None:
    query = select(Message).where(Message.contact_id == contact_id, Message.external_id == external_id)
    return (await session.execute(query)).scalar_one_or_none()


async def find_next_unhandled(session: AsyncSession, contact_id: int, after: int = 0) -> Row[Any] | None:
    """Return the row of the contact's oldest unhandled message: hers are handled in the order we recorded them.

    `after` is the id of one that is handled in this transaction.
    """
    return (await session.execute(_NEXT, {"of": contact_id, "after": after})).one_or_none()


async def note_handled(session: AsyncSession, message_id: int, now: datetime, **decision: Any) -> None:
    """The message is done with; the decision about it stands as a row of its own."""
    await session.execute(_CHANGE, {"of": message_id, "handled_at": now})
    await session.execute(_DECIDE, {"message_id": message_id, "decided_at": now, **decision})


async def put_off(session: AsyncSession, message_id: int, until: datetime, attempts: int) -> None:
    """Let the message wait; `attempts` of our own faults with it so far."""
    await session.execute(_CHANGE, {"of": message_id, "retry_at": until, "attempts": attempts})


async def list_waiting_contacts(session: AsyncSession, now: datetime, limit: int = 200) -> list[tuple[int, int]]:
    """Return contacts with unhandled messages that nobody is working on, and their lane: danger first, then by age."""
    free = or_(Contact.lease_until.is_(None), Contact.lease_until <= now)
    due = or_(Message.retry_at.is_(None), Message.retry_at <= now)
    query = (
        select(Message.contact_id, func.min(Message.lane))
        .join(Contact, Contact.id == Message.contact_id)
        .where(Message.handled_at.is_(None), free, due)
        .group_by(Message.contact_id)
        .order_by(func.min(Message.lane), func.min(Message.id))
        .limit(limit)
    )
    return [(row[0], row[1]) for row in (await session.execute(query)).all()]


async def find_oldest_unhandled_at(session: AsyncSession) -> datetime | None:
    query = select(Message.received_at).where(Message.handled_at.is_(None)).order_by(Message.id).limit(1)
    return (await session.execute(query)).scalar_one_or_none()


async def list_messages(session: AsyncSession, contact_id: int, limit: int = 500) -> Sequence[Message]:
    """Return the newest messages of a contact, oldest first."""
    query = select(Message).where(Message.contact_id == contact_id).order_by(Message.id.desc()).limit(limit)
    return list(reversed((await session.execute(query)).scalars().all()))


async def list_decisions(session: AsyncSession, contact_id: int) -> dict[int, Decision]:
    query = select(Decision).where(Decision.contact_id == contact_id)
    return {decision.message_id: decision for decision in (await session.execute(query)).scalars()}


async def list_media(session: AsyncSession, contact_id: int) -> dict[int, list[StoredMedia]]:
    """Return the contact's files by message."""
    query = select(StoredMedia).where(StoredMedia.contact_id == contact_id).order_by(StoredMedia.id)
    by_message: dict[int, list[StoredMedia]] = {}
    for media in (await session.execute(query)).scalars():
        by_message.setdefault(media.message_id, []).append(media)
    return by_message


async def list_waiting_media(session: AsyncSession, now: datetime, limit: int = 50) -> list[int]:
    query = (
        select(StoredMedia.id)
        .where(StoredMedia.state == "waiting", StoredMedia.retry_at <= now)
        .order_by(StoredMedia.retry_at)
        .limit(limit)
    )
    return list((await session.execute(query)).scalars())


async def find_last_response(session: AsyncSession, contact_id: int, label: str) -> str:
    """Return the response that this contact got last for a label, as decisions name it, or an empty string."""
    query = (
        select(Decision.response)
        .where(Decision.contact_id == contact_id, Decision.response.startswith(f"{label}/"))
        .order_by(Decision.id.desc())
        .limit(1)
    )
    return ((await session.execute(query)).scalar_one_or_none() or "").split(" ")[0]


async def count_unanswered(session: AsyncSession) -> Sequence[Row[str, str, int]]:
    """Return label, destination and how many messages seemed to ask it and got no answer, most first."""
    query = (
        select(Decision.intent, Contact.destination, func.count())
        .join(Contact, Contact.id == Decision.contact_id)
        .where(Decision.response == "", Decision.intent != "", Decision.action.in_(("ask", "escalate")))
        .group_by(Decision.intent, Contact.destination)
        .order_by(func.count().desc())
    )
    return (await session.execute(query)).all()
