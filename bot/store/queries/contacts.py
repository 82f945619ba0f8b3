"""Contacts and the lease on a contact's turn."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from itertools import groupby
from operator import itemgetter
from typing import Any, cast

from sqlalchemy import Row, Table, bindparam, delete, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.store.models import Contact

# What is asked for every message is put together once, and most of it without the ORM (see messages.py).
_TABLE = cast(Table, Contact.__table__)
_WRITER = ("id", "channel", "address_index", "sealed_key", "sealed_name", "language_hint")
_KEYS = select(*(_TABLE.c[name] for name in _WRITER)).where(
    _TABLE.c.channel == bindparam("on"), _TABLE.c.address_index.in_(bindparam("indexes", expanding=True))
)
_WROTE = (
    update(_TABLE)
    .where(_TABLE.c.id.in_(bindparam("those", expanding=True)))
    .values(last_inbound_at=bindparam("now"), stopped_at=None, erase_at=None)
)
_TAKE_LEASE = (
    update(_TABLE)
    .where(
        _TABLE.c.id == bindparam("of"), or_(_TABLE.c.lease_until.is_(None), _TABLE.c.lease_until <= bindparam("now"))
    )
    .values(lease_token=_TABLE.c.lease_token + 1, lease_until=bindparam("until"))
    .returning(_TABLE.c.lease_token, _TABLE.c.channel, _TABLE.c.sealed_key, _TABLE.c.sealed_address)
)
_GIVE_BACK = (
    update(_TABLE)
    .where(_TABLE.c.id == bindparam("of"), _TABLE.c.lease_token == bindparam("token"))
    .values(lease_until=None)
)
_FENCE = (
    select(Contact)
    .where(Contact.id == bindparam("of"), Contact.lease_token == bindparam("token"))
    .with_for_update()
    .execution_options(populate_existing=True)
)


async def find_contact(session: AsyncSession, channel: str, address_index: str) -> Contact | None:
    query = select(Contact).where(Contact.channel == channel, Contact.address_index == address_index)
    return (await session.execute(query)).scalar_one_or_none()


async def list_keys(session: AsyncSession, wanted: Iterable[tuple[str, str]]) -> list[Any]:
    """Return what recording needs of contacts, by channel and index."""
    rows: list[Any] = []
    for channel, pairs in groupby(sorted(wanted), itemgetter(0)):
        rows += (await session.execute(_KEYS, {"on": channel, "indexes": [index for _, index in pairs]})).all()
    return rows


async def note_inbound(session: AsyncSession, news: dict[int, dict[str, Any]], now: datetime) -> None:
    """They write (again): we may answer (again), and their addresses are needed (again). `news`: more columns by id."""
    for contact_id, changed in sorted(news.items()):
        if changed:
            await session.execute(update(_TABLE).where(_TABLE.c.id == contact_id).values(**changed))
    if news:
        await session.execute(_WROTE, {"those": sorted(news), "now": now})


async def get_contact(session: AsyncSession, contact_id: int) -> Contact:
    return await session.get_one(Contact, contact_id)


async def take_lease(session: AsyncSession, contact_id: int, now: datetime, length: timedelta) -> Row[Any] | None:
    """Take a fresh lease; None while another worker holds one.

    Return the `lease_token` that fences it, and what is needed to open her messages: `channel`, `sealed_key` and
    `sealed_address`.
    """
    values = {"of": contact_id, "now": now, "until": now + length}
    return (await session.execute(_TAKE_LEASE, values)).one_or_none()


async def give_back(session: AsyncSession, contact_id: int, token: int) -> None:
    await session.execute(_GIVE_BACK, {"of": contact_id, "token": token})


async def fence(session: AsyncSession, contact_id: int, token: int, until: datetime) -> Contact | None:
    """Renew the lease and return the contact, her row locked; None if somebody else holds it by now."""
    contact = (await session.execute(_FENCE, {"of": contact_id, "token": token})).scalar_one_or_none()
    if contact is not None:
        contact.lease_until = until  # written together with what else changes of her
    return contact


async def list_to_erase(session: AsyncSession) -> list[int]:
    query = select(Contact.id).where(Contact.erase_at.is_not(None))
    return list((await session.execute(query)).scalars())


async def delete_contact(session: AsyncSession, contact_id: int) -> None:
    await session.execute(delete(Contact).where(Contact.id == contact_id))
