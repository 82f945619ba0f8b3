"""Staff accounts, invitations and log-in sessions."""

from datetime import datetime

from sqlalchemy import delete, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.store.models import Invite, LoginSession, User


async def find_user(session: AsyncSession, name: str) -> User | None:
    query = select(User).where(User.name == name.strip().lower(), User.disabled_at.is_(None))
    return (await session.execute(query)).scalar_one_or_none()


async def count_users(session: AsyncSession) -> int:
    return int((await session.execute(select(func.count(User.id)))).scalar_one())


async def list_users(session: AsyncSession) -> list[User]:
    return list((await session.execute(select(User).order_by(User.name))).scalars())


async def find_session(session: AsyncSession, token_hash: str, now: datetime) -> tuple[LoginSession, User] | None:
    query = (
        select(LoginSession, User)
        .join(User, User.id == LoginSession.user_id)
        .where(LoginSession.token_hash == token_hash, LoginSession.expires_at > now, User.disabled_at.is_(None))
    )
    row = (await session.execute(query)).first()
    return (row[0], row[1]) if row else None


async def delete_session(session: AsyncSession, token_hash: str) -> None:
    await session.execute(delete(LoginSession).where(LoginSession.token_hash == token_hash))


async def find_invite(session: AsyncSession, token_hash: str, now: datetime) -> Invite | None:
    query = select(Invite).where(
        Invite.token_hash == token_hash, Invite.used_at.is_(None), Invite.expires_at > now
    )  # fmt: skip
    return (await session.execute(query)).scalar_one_or_none()


async def list_sessions(session: AsyncSession, user_id: int, now: datetime) -> list[LoginSession]:
    query = select(LoginSession).where(LoginSession.user_id == user_id, LoginSession.expires_at > now)
    return list((await session.execute(query.order_by(LoginSession.id.desc()))).scalars())
