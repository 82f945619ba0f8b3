"""Organisations."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.store.models import Organisation
from bot.store.models.organisations import HOME


async def list_organisations(session: AsyncSession) -> Sequence[Organisation]:
    return (await session.execute(select(Organisation).order_by(Organisation.id))).scalars().all()


async def choose_organisation(session: AsyncSession, destination: str) -> int:
    """Return who takes the cases of a destination: the first organisation that serves it, else HOME."""
    for organisation in await list_organisations(session):
        if destination and destination in organisation.countries:
            return organisation.id
    return HOME
