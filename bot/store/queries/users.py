"""Staff accounts, invitations, log-in sessions and passkeys."""

from datetime import datetime

from sqlalchemy import delete, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.store.models import Invite, LoginSession, Passkey, User


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


async def list_passkeys(session: AsyncSession, user_id: int) -> list[Passkey]:
    query = select(Passkey).where(Passkey.user_id == user_id).order_by(Passkey.id)
    return list((await session.execute(query)).scalars())


async def has_passkey(session: AsyncSession, user_id: int) -> bool:
    return (await session.execute(select(Passkey.id).where(Passkey.user_id == user_id).limit(1))).first() is not None


async def list_passkey_owners(session: AsyncSession) -> set[int]:
    """Return the ids of those who have one or more."""
    return set((await session.execute(select(Passkey.user_id).distinct())).scalars())


async def find_passkey(session: AsyncSession, credential_id: bytes) -> tuple[Passkey, User] | None:
    """Return the passkey and whose it is; none of somebody who is disabled."""
    query = (
        select(Passkey, User)
        .join(User, User.id == Passkey.user_id)
        .where(Passkey.credential_id == credential_id, User.disabled_at.is_(None))
    )
    row = (await session.execute(query)).first()
    return (row[0], row[1]) if row else None


async def use_passkey(
    session: AsyncSession, passkey: Passkey, sign_count: int, asked_at: datetime, now: datetime
) -> bool:
    """Note a use; False if the passkey is gone, or was used after the question it answers was asked."""
    unused = or_(Passkey.last_used_at.is_(None), Passkey.last_used_at < asked_at)
    use = update(Passkey).where(Passkey.id == passkey.id, Passkey.sign_count == passkey.sign_count, unused)
    result = await session.execute(use.values(sign_count=sign_count, last_used_at=now))
    return bool(result.rowcount)  # type: ignore[attr-defined]
