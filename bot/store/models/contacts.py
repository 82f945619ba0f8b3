"""Contacts: the workers who write. Everything that names one is sealed."""

from datetime import datetime
from typing import Any

from sqlalchemy import Index, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from bot.store.models.base import Base
from bot.store.models.organisations import HOME


class Contact(Base):
    """One address on one channel.

    `organisation_id` is whose people see her: the one that has her newest case. `owner` is who speaks for us: bot
    or human. `dialogue` is the dialogue's state (labels and flags, never her words). The lease fences her messages:
    only the holder of the newest `lease_token` may write her turn.
    """

    __tablename__ = "contacts"
    __table_args__ = (
        UniqueConstraint("channel", "address_index"),
        Index("ix_contacts_lease_until", "lease_until"),
        {"sqlite_autoincrement": True},  # an erased row's id is never given to another person
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    organisation_id: Mapped[int] = mapped_column(default=HOME, server_default="1")
    channel: Mapped[str] = mapped_column(String(16))
    address_index: Mapped[str] = mapped_column(String(64))
    sealed_key: Mapped[bytes] = mapped_column(LargeBinary)
    sealed_address: Mapped[bytes] = mapped_column(LargeBinary)
    sealed_name: Mapped[bytes | None] = mapped_column(LargeBinary)
    locale: Mapped[str] = mapped_column(String(16), default="")
    destination: Mapped[str] = mapped_column(String(2), default="")
    origin: Mapped[str] = mapped_column(String(2), default="")
    language_hint: Mapped[str] = mapped_column(String(16), default="")
    owner: Mapped[str] = mapped_column(String(8), default="bot")
    dialogue: Mapped[dict[str, Any]] = mapped_column(default=dict)
    sealed_wishes: Mapped[bytes | None] = mapped_column(LargeBinary)  # how it is safe to write to her (bot/wishes.py)
    paused_at: Mapped[datetime | None]  # her code word: she may not be the one who reads
    quiet_since: Mapped[datetime | None]  # "not safe now": nothing goes out before she writes again
    clear_at: Mapped[datetime | None]  # she asked to have messages taken off her phone
    clear_ids: Mapped[list[Any]] = mapped_column(default=list)  # these of the provider's ids; none: all of late
    stopped_at: Mapped[datetime | None]
    erase_at: Mapped[datetime | None]  # set when she asked to be forgotten; gone once the receipt left
    created_at: Mapped[datetime]
    last_inbound_at: Mapped[datetime | None]
    lease_token: Mapped[int] = mapped_column(default=0)
    lease_until: Mapped[datetime | None]
