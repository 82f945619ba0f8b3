"""What we tell workers, in versions: answers, facts and contact cards; and whether they helped."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from bot.store.models.base import Base


class ContentVersion(Base):
    """One version of one text. The published one with the highest number whose start has come is what workers get."""

    __tablename__ = "content"
    __table_args__ = (
        UniqueConstraint("kind", "name", "number"),
        Index("ix_content_changed_at", "changed_at"),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(8))  # answer | fact | card
    name: Mapped[str] = mapped_column(String(120))  # wages_unpaid/en/SA, SA-law-01, id-kbri-riyadh
    number: Mapped[int]
    body: Mapped[dict[str, Any]]  # as an entry of the files in responses/
    state: Mapped[str] = mapped_column(String(12))  # draft | review | published | retired
    author: Mapped[str] = mapped_column(String(64))  # user:3 | files | import
    reviewer: Mapped[str] = mapped_column(String(64), default="")
    note: Mapped[str] = mapped_column(String(200), default="")
    created_at: Mapped[datetime]
    changed_at: Mapped[datetime]
    starts_at: Mapped[datetime | None]


class ContentVote(Base):
    """A worker's word on one answer, without the worker: which version, helpful or not, when."""

    __tablename__ = "content_votes"
    __table_args__ = (Index("ix_content_votes_name_number", "name", "number"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    content_id: Mapped[int] = mapped_column(ForeignKey("content.id", ondelete="CASCADE"))
    name: Mapped[str] = mapped_column(String(120))
    number: Mapped[int]
    helpful: Mapped[bool]
    at: Mapped[datetime]
