"""Messages that came in, the files with them, and what was decided about each."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, LargeBinary, SmallInteger, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from bot.store.models.base import Base


class Message(Base):
    """One inbound message. The unique key is the authority on duplicates; a null `handled_at` is work to do."""

    __tablename__ = "messages"
    __table_args__ = (
        UniqueConstraint("contact_id", "external_id"),
        Index(
            "ix_messages_unhandled", "contact_id", "id",
            sqlite_where=text("handled_at IS NULL"), postgresql_where=text("handled_at IS NULL"),
        ),
        {"sqlite_autoincrement": True},  # an erased row's id is never given to another person
    )  # fmt: skip

    id: Mapped[int] = mapped_column(primary_key=True)
    contact_id: Mapped[int] = mapped_column(ForeignKey("contacts.id", ondelete="CASCADE"))
    external_id: Mapped[str] = mapped_column(String(128))
    kind: Mapped[str] = mapped_column(String(16))
    sealed_body: Mapped[bytes] = mapped_column(LargeBinary)
    edits: Mapped[str] = mapped_column(String(128), default="")
    lane: Mapped[int] = mapped_column(SmallInteger, default=1, server_default="1")  # messages.Lane
    received_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]
    handled_at: Mapped[datetime | None]
    attempts: Mapped[int] = mapped_column(default=0)
    retry_at: Mapped[datetime | None]


class StoredMedia(Base):
    """A file she sent. It is fetched after the message was recorded and kept sealed under VAR_DIR/media."""

    __tablename__ = "media"
    __table_args__ = (
        Index(
            "ix_media_waiting", "retry_at",
            sqlite_where=text("state = 'waiting'"), postgresql_where=text("state = 'waiting'"),
        ),
        {"sqlite_autoincrement": True},  # an erased row's id is never given to another person
    )  # fmt: skip

    id: Mapped[int] = mapped_column(primary_key=True)
    message_id: Mapped[int] = mapped_column(ForeignKey("messages.id", ondelete="CASCADE"), index=True)
    contact_id: Mapped[int] = mapped_column(ForeignKey("contacts.id", ondelete="CASCADE"), index=True)
    sealed_reference: Mapped[bytes] = mapped_column(LargeBinary)
    mime: Mapped[str] = mapped_column(String(128))
    size: Mapped[int | None]
    state: Mapped[str] = mapped_column(String(8), default="waiting")  # waiting | stored | lost
    path: Mapped[str] = mapped_column(String(128), default="")
    attempts: Mapped[int] = mapped_column(default=0)
    retry_at: Mapped[datetime]
    error: Mapped[str] = mapped_column(String(64), default="")


class Decision(Base):
    """What the bot did with a message and why, in labels and rule names only."""

    __tablename__ = "decisions"

    id: Mapped[int] = mapped_column(primary_key=True)
    message_id: Mapped[int] = mapped_column(ForeignKey("messages.id", ondelete="CASCADE"), unique=True)
    contact_id: Mapped[int] = mapped_column(ForeignKey("contacts.id", ondelete="CASCADE"), index=True)
    action: Mapped[str] = mapped_column(String(16))
    rule: Mapped[str] = mapped_column(String(32))
    missed: Mapped[list[Any]] = mapped_column(default=list)
    intent: Mapped[str] = mapped_column(String(40), default="")
    confidence: Mapped[float] = mapped_column(default=0.0)
    ranking: Mapped[list[Any]] = mapped_column(default=list)
    sealed_entities: Mapped[bytes | None] = mapped_column(LargeBinary)
    language: Mapped[str] = mapped_column(String(8), default="")
    script: Mapped[str] = mapped_column(String(8), default="")
    danger: Mapped[bool] = mapped_column(default=False)
    danger_signs: Mapped[list[Any]] = mapped_column(default=list)
    nlu_state: Mapped[str] = mapped_column(String(32), default="ok")
    response: Mapped[str] = mapped_column(Text, default="")  # which response versions were sent, "label/locale/country"
    decided_at: Mapped[datetime]
