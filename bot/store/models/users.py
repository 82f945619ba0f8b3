"""Staff: accounts, invitations, log-in sessions, and the audit of what they did."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from bot.store.models.base import Base
from bot.store.models.organisations import HOME


class User(Base):
    __tablename__ = "users"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(64), unique=True)  # what she types to log in, lower case
    display_name: Mapped[str] = mapped_column(String(64))
    role: Mapped[str] = mapped_column(String(16))  # caseworker | admin
    organisation_id: Mapped[int] = mapped_column(default=HOME, server_default="1")
    locale: Mapped[str] = mapped_column(String(16), default="en")
    password_hash: Mapped[str] = mapped_column(String(256))
    created_at: Mapped[datetime]
    disabled_at: Mapped[datetime | None]
    duty_rank: Mapped[int | None]  # the place on the ladder of who is paged; none: not on duty
    sealed_page_url: Mapped[bytes | None] = mapped_column(LargeBinary)  # where she is paged, an Apprise address
    sealed_totp: Mapped[bytes | None] = mapped_column(LargeBinary)  # the secret of her second factor
    totp_step: Mapped[int] = mapped_column(default=0)  # the last step used: a code works once
    recovery_hashes: Mapped[list[Any]] = mapped_column(default=list)


class Invite(Base):
    """A one-time link that lets its holder make an account."""

    __tablename__ = "invites"

    id: Mapped[int] = mapped_column(primary_key=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    role: Mapped[str] = mapped_column(String(16))
    organisation_id: Mapped[int] = mapped_column(default=HOME, server_default="1")
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class LoginSession(Base):
    __tablename__ = "login_sessions"

    id: Mapped[int] = mapped_column(primary_key=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    csrf: Mapped[str] = mapped_column(String(64))
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    fresh_at: Mapped[datetime | None]  # when she last gave her password: what is delicate asks for it again
    device: Mapped[str] = mapped_column(String(80), default="")  # browser and system, so that she knows her sessions


class Passkey(Base):
    """A key pair on a device of hers, by which she logs in. Only the public half is here."""

    __tablename__ = "passkeys"

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    credential_id: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    public_key: Mapped[bytes] = mapped_column(LargeBinary)  # COSE, as the device gave it
    handle: Mapped[bytes] = mapped_column(LargeBinary)  # random; what the device calls her, the same on all of hers
    sign_count: Mapped[int] = mapped_column(
        BigInteger
    )  # how often the device signed; 0 for ever where it does not count
    name: Mapped[str] = mapped_column(String(80))
    created_at: Mapped[datetime]
    last_used_at: Mapped[datetime | None]  # challenges from before it are refused: each lets in once


class AuditEntry(Base):
    """Who did what to which thing. `action` is subject:action, e.g. case:take."""

    __tablename__ = "audit"

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime]
    actor: Mapped[str] = mapped_column(String(64))  # user:3 | bot | contact:7 | command
    action: Mapped[str] = mapped_column(String(48))
    subject: Mapped[str] = mapped_column(String(48), default="")
    detail: Mapped[str] = mapped_column(String(200), default="")
    link: Mapped[str] = mapped_column(String(64), default="")  # hash over this entry and the link before it


class AuditHead(Base):
    """The end of the chain, one row: how many entries there are and the last link."""

    __tablename__ = "audit_head"

    id: Mapped[int] = mapped_column(primary_key=True)
    count: Mapped[int] = mapped_column(default=0)
    link: Mapped[str] = mapped_column(String(64), default="")
