"""Contacts and the lease on a contact's turn."""

from datetime import datetime, timedelta

from sqlalchemy import delete, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.store.models import Contact


async def find_contact(session: AsyncSession, channel: str, address_index: str) -> Contact | None:
    query = select(Contact).where(Contact.channel == channel, Contact.address_index == address_index)
    return (await session.execute(query)).scalar_one_or_none()


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


async def renew_lease(session: AsyncSession, contact_id: int, token: int, until: datetime | None) -> bool:
    """Move the lease's end (None gives it back); False if somebody else holds it by now."""
    renewal = update(Contact).where(Contact.id == contact_id, Contact.lease_token == token).values(lease_until=until)
    return bool((await session.execute(renewal)).rowcount)  # type: ignore[attr-defined]


async def list_to_erase(session: AsyncSession) -> list[int]:
    query = select(Contact.id).where(Contact.erase_at.is_not(None))
    return list((await session.execute(query)).scalars())


async def delete_contact(session: AsyncSession, contact_id: int) -> None:
    await session.execute(delete(Contact).where(Contact.id == contact_id))
