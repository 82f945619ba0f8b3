"""The outbox: everything we send, and what became of it."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, LargeBinary, SmallInteger, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from bot.store.models.base import Base

_OPEN = text("status IN ('queued', 'sending', 'errored')")


class OutboxMessage(Base):
    """One provider message to one contact. `key` makes enqueuing idempotent; only the claim's holder may write."""

    __tablename__ = "outbox"
    __table_args__ = (
        UniqueConstraint("key"),
        Index("ix_outbox_due", "due_at", sqlite_where=_OPEN, postgresql_where=_OPEN),
        Index("ix_outbox_contact_id_id", "contact_id", "id"),
        Index("ix_outbox_external_id", "channel", "external_id"),
        {"sqlite_autoincrement": True},  # an erased row's id is never given to another person
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    contact_id: Mapped[int] = mapped_column(ForeignKey("contacts.id", ondelete="CASCADE"))
    channel: Mapped[str] = mapped_column(String(16))
    key: Mapped[str] = mapped_column(String(64))
    message_id: Mapped[int | None] = mapped_column(ForeignKey("messages.id", ondelete="SET NULL"), index=True)
    author: Mapped[str] = mapped_column(String(8), default="bot")  # bot | user
    user_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    sealed_body: Mapped[bytes] = mapped_column(LargeBinary)
    status: Mapped[str] = mapped_column(String(12), default="queued")
    lane: Mapped[int] = mapped_column(SmallInteger, default=1, server_default="1")  # messages.Lane
    error: Mapped[str] = mapped_column(String(64), default="")
    attempts: Mapped[int] = mapped_column(default=0)
    override: Mapped[bool] = mapped_column(default=False)  # in danger, against her wishes; audited
    claim: Mapped[str] = mapped_column(String(32), default="")
    claimed_until: Mapped[datetime | None]
    external_id: Mapped[str] = mapped_column(String(128), default="")
    due_at: Mapped[datetime]
    created_at: Mapped[datetime]
    changed_at: Mapped[datetime]


class ParkedReport(Base):
    """A status report that came before we noted the provider's id; matched when the id is written."""

    __tablename__ = "parked_reports"
    __table_args__ = (Index("ix_parked_reports_external_id", "channel", "external_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    channel: Mapped[str] = mapped_column(String(16))
    external_id: Mapped[str] = mapped_column(String(128))
    status: Mapped[str] = mapped_column(String(12))
    error: Mapped[str] = mapped_column(String(64), default="")
    received_at: Mapped[datetime]
