"""Contacts and the lease on a contact's turn."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from itertools import groupby
from operator import itemgetter
from typing import Any

from sqlalchemy import bindparam, delete, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.store.models import Contact

# What is asked for every message is put together once (see messages.py).
_TAKE_LEASE = (
    update(Contact)
    .where(Contact.id == bindparam("of"), or_(Contact.lease_until.is_(None), Contact.lease_until <= bindparam("now")))
    .values(lease_token=Contact.lease_token + 1, lease_until=bindparam("until"))
    .returning(Contact)
    .execution_options(populate_existing=True, synchronize_session=False)
)
_FENCE = (
    update(Contact)
    .where(Contact.id == bindparam("of"), Contact.lease_token == bindparam("token"))
    .values(lease_until=bindparam("until"))
    .returning(Contact)
    .execution_options(populate_existing=True, synchronize_session=False)
)


async def find_contact(session: AsyncSession, channel: str, address_index: str) -> Contact | None:
    query = select(Contact).where(Contact.channel == channel, Contact.address_index == address_index)
    return (await session.execute(query)).scalar_one_or_none()


async def list_keys(session: AsyncSession, wanted: Iterable[tuple[str, str]]) -> list[Any]:
    """Return what recording needs of contacts, by channel and index. Without the ORM: it is asked for every message."""
    table = Contact.__table__.c
    columns = (
        table.id, table.channel, table.address_index, table.sealed_key, table.sealed_name, table.language_hint,
    )  # fmt: skip
    rows: list[Any] = []
    for channel, pairs in groupby(sorted(wanted), itemgetter(0)):
        indexes = [index for _, index in pairs]
        query = select(*columns).where(table.channel == channel, table.address_index.in_(indexes))
        rows += (await session.execute(query)).all()
    return rows


async def note_inbound(session: AsyncSession, news: dict[int, dict[str, Any]], now: datetime) -> None:
    """They write (again): we may answer (again), and their addresses are needed (again). `news`: more columns by id."""
    table = Contact.__table__
    for contact_id, changed in sorted(news.items()):
        if changed:
            await session.execute(update(table).where(table.c.id == contact_id).values(**changed))  # type: ignore[arg-type]
    again = {"last_inbound_at": now, "stopped_at": None, "erase_at": None}
    await session.execute(update(table).where(table.c.id.in_(sorted(news))).values(**again))  # type: ignore[arg-type]


async def get_contact(session: AsyncSession, contact_id: int) -> Contact:
    return await session.get_one(Contact, contact_id)


async def take_lease(session: AsyncSession, contact_id: int, now: datetime, length: timedelta) -> Contact | None:
    """Take a fresh lease and return the contact, whose `lease_token` fences it; None while another worker holds one."""
    values = {"of": contact_id, "now": now, "until": now + length}
    return (await session.execute(_TAKE_LEASE, values)).scalar_one_or_none()


async def fence(session: AsyncSession, contact_id: int, token: int, until: datetime) -> Contact | None:
    """Renew the lease and return the contact, her row locked; None if somebody else holds it by now."""
    return (await session.execute(_FENCE, {"of": contact_id, "token": token, "until": until})).scalar_one_or_none()


async def list_to_erase(session: AsyncSession) -> list[int]:
    query = select(Contact.id).where(Contact.erase_at.is_not(None))
    return list((await session.execute(query)).scalars())


async def delete_contact(session: AsyncSession, contact_id: int) -> None:
    await session.execute(delete(Contact).where(Contact.id == contact_id))
