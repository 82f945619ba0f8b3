"""Cases: a worker's matter in the hands of a caseworker."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, LargeBinary, String, text
from sqlalchemy.orm import Mapped, mapped_column

from bot.store.models.base import Base
from bot.store.models.organisations import HOME

_OPEN = text("closed_at IS NULL")


class Case(Base):
    """At most one open case per contact: the partial unique index is the authority on that."""

    __tablename__ = "cases"
    __table_args__ = (
        Index("uq_cases_open_contact", "contact_id", unique=True, sqlite_where=_OPEN, postgresql_where=_OPEN),
        Index("ix_cases_open", "priority", "opened_at", sqlite_where=_OPEN, postgresql_where=_OPEN),
        {"sqlite_autoincrement": True},  # an erased row's id is never given to another person
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    contact_id: Mapped[int | None] = mapped_column(ForeignKey("contacts.id", ondelete="SET NULL"))
    organisation_id: Mapped[int] = mapped_column(default=HOME, server_default="1")
    state: Mapped[str] = mapped_column(String(8), default="open")  # open | taken | closed
    priority: Mapped[int] = mapped_column(default=1)  # 0 urgent, 1 normal: sorts first
    reason: Mapped[str] = mapped_column(String(32))  # the rule that opened it
    label: Mapped[str] = mapped_column(String(40), default="")
    destination: Mapped[str] = mapped_column(String(2), default="")
    origin: Mapped[str] = mapped_column(String(2), default="")
    locale: Mapped[str] = mapped_column(String(16), default="")
    user_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"), index=True)
    opened_at: Mapped[datetime]
    waiting_since: Mapped[datetime | None]  # her oldest message no person has answered
    taken_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    acknowledged_at: Mapped[datetime | None]  # a person said: I have seen it; until then an urgent case pages
    page_at: Mapped[datetime | None]  # when the next person is paged
    pages: Mapped[int] = mapped_column(default=0)  # how often somebody was
    outcome: Mapped[str] = mapped_column(String(16), default="")  # closed | handed_back | erased


class CaseNote(Base):
    """A caseworker's note, never sent to the worker."""

    __tablename__ = "case_notes"

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id", ondelete="CASCADE"), index=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    sealed_body: Mapped[bytes] = mapped_column(LargeBinary)
    created_at: Mapped[datetime]


class Page(Base):
    """One attempt to reach a person about an urgent case. No words of the worker are in it."""

    __tablename__ = "pages"

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id", ondelete="CASCADE"), index=True)
    user_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))  # none: nobody is on duty
    at: Mapped[datetime]
    sent: Mapped[bool] = mapped_column(default=False)
    error: Mapped[str] = mapped_column(String(64), default="")
