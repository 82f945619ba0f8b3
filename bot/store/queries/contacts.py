"""Contacts and the lease on a contact's turn."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.store.models import Contact


async def find_contact(session: AsyncSession, channel: str, address_index: str) -> Contact | None:
    query = select(Contact).where(Contact.channel == channel, Contact.address_index == address_index)
    return (await session.execute(query)).scalar_one_or_none()


async def find_key(session: AsyncSession, channel: str, address_index: str) -> tuple[int, bytes] | None:
    """Return id and sealed key of a contact. Without the ORM: this is asked for each message that comes."""
    table = Contact.__table__.c
    query = select(table.id, table.sealed_key).where(table.channel == channel, table.address_index == address_index)
    row = (await session.execute(query)).first()
    return (row[0], row[1]) if row else None


async def note_inbound(session: AsyncSession, contact_id: int, now: datetime, **news: Any) -> None:
    """She writes (again): we may answer (again), and her address is needed (again)."""
    table = Contact.__table__
    changed = {"last_inbound_at": now, "stopped_at": None, "erase_at": None, **news}
    statement = update(table).where(table.c.id == contact_id)  # type: ignore[arg-type]
    await session.execute(statement.values(**changed))


async def get_contact(session: AsyncSession, contact_id: int) -> Contact:
    return await session.get_one(Contact, contact_id)


async def take_lease(session: AsyncSession, contact_id: int, now: datetime, length: timedelta) -> int | None:
    """Return the fencing token of a fresh lease, or None while another worker holds one."""
    free = or_(Contact.lease_until.is_(None), Contact.lease_until <= now)
    claim = (
        update(Contact)
        .where(Contact.id == contact_id, free)
        .values(lease_token=Contact.lease_token + 1, lease_until=now + length)
        .returning(Contact.lease_token)
    )
    return (await session.execute(claim)).scalar_one_or_none()


async def fence(session: AsyncSession, contact_id: int, token: int, until: datetime) -> Contact | None:
    """Renew the lease and return the contact, her row locked; None if somebody else holds it by now."""
    renewal = update(Contact).where(Contact.id == contact_id, Contact.lease_token == token).values(lease_until=until)
    statement = renewal.returning(Contact).execution_options(populate_existing=True)
    return (await session.execute(statement)).scalar_one_or_none()


async def list_to_erase(session: AsyncSession) -> list[int]:
    query = select(Contact.id).where(Contact.erase_at.is_not(None))
    return list((await session.execute(query)).scalars())


async def delete_contact(session: AsyncSession, contact_id: int) -> None:
    await session.execute(delete(Contact).where(Contact.id == contact_id))
