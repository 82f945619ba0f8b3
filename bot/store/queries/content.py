"""Content in versions: which are live, the history of one, worklists, votes."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Integer, Row, cast, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.store.models import ContentVersion, ContentVote


async def find_last_change(session: AsyncSession) -> tuple[int, datetime | None]:
    """Return the number of versions and when one was changed last: both stay as they are until content changes."""
    count, changed = (await session.execute(select(func.count(), func.max(ContentVersion.changed_at)))).one()
    return count, changed


async def list_live(session: AsyncSession, now: datetime) -> list[ContentVersion]:
    """Return of every text the highest published version that has started; of a retired text none."""
    started = (ContentVersion.starts_at.is_(None)) | (ContentVersion.starts_at <= now)
    newest = (
        select(ContentVersion.kind, ContentVersion.name, func.max(ContentVersion.number).label("number"))
        .where(ContentVersion.state.in_(("published", "retired")), started)
        .group_by(ContentVersion.kind, ContentVersion.name)
        .subquery()
    )
    query = (
        select(ContentVersion)
        .join(
            newest,
            (ContentVersion.kind == newest.c.kind)
            & (ContentVersion.name == newest.c.name)
            & (ContentVersion.number == newest.c.number),
        )
        .where(ContentVersion.state == "published")
        .order_by(ContentVersion.name)
    )
    return list((await session.execute(query)).scalars())


async def find_next_start(session: AsyncSession, now: datetime) -> datetime | None:
    """Return when the next planned version starts."""
    query = select(func.min(ContentVersion.starts_at)).where(
        ContentVersion.state == "published", ContentVersion.starts_at > now
    )
    return (await session.execute(query)).scalar_one()


async def list_newest(session: AsyncSession, kind: str = "") -> list[ContentVersion]:
    """Return the newest version of every text, whatever its state."""
    newest = (
        select(ContentVersion.kind, ContentVersion.name, func.max(ContentVersion.number).label("number"))
        .group_by(ContentVersion.kind, ContentVersion.name)
        .subquery()
    )
    query = select(ContentVersion).join(
        newest,
        (ContentVersion.kind == newest.c.kind)
        & (ContentVersion.name == newest.c.name)
        & (ContentVersion.number == newest.c.number),
    )
    if kind:
        query = query.where(ContentVersion.kind == kind)
    return list((await session.execute(query.order_by(ContentVersion.name))).scalars())


async def list_history(session: AsyncSession, kind: str, name: str) -> list[ContentVersion]:
    """Return all versions of one text, newest first."""
    query = (
        select(ContentVersion)
        .where(ContentVersion.kind == kind, ContentVersion.name == name)
        .order_by(ContentVersion.number.desc())
    )
    return list((await session.execute(query)).scalars())


async def list_by_author(session: AsyncSession, author: str) -> list[ContentVersion]:
    """Return an author's versions in the order they were made."""
    query = select(ContentVersion).where(ContentVersion.author == author).order_by(ContentVersion.id)
    return list((await session.execute(query)).scalars())


async def list_in_state(session: AsyncSession, state: str) -> list[ContentVersion]:
    query = select(ContentVersion).where(ContentVersion.state == state).order_by(ContentVersion.changed_at.desc())
    return list((await session.execute(query)).scalars())


async def find_number(session: AsyncSession, kind: str, name: str) -> int:
    """Return the number of a text's newest version, 0 if it has none."""
    query = select(func.max(ContentVersion.number)).where(ContentVersion.kind == kind, ContentVersion.name == name)
    return int((await session.execute(query)).scalar_one() or 0)


async def find_version(session: AsyncSession, kind: str, name: str, number: int) -> ContentVersion | None:
    query = select(ContentVersion).where(
        ContentVersion.kind == kind, ContentVersion.name == name, ContentVersion.number == number
    )  # fmt: skip
    return (await session.execute(query)).scalar_one_or_none()


async def count_votes(session: AsyncSession) -> Sequence[Row[str, int, int, int]]:
    """Return name, number, votes and how many of them said "helpful", most voted first."""
    helpful = func.sum(cast(ContentVote.helpful, Integer))
    query = select(ContentVote.name, ContentVote.number, func.count(), helpful).group_by(
        ContentVote.name, ContentVote.number
    )
    return (await session.execute(query.order_by(func.count().desc()))).all()
