"""Organisations: each sees its own cases and people, and nothing of the others'."""

from datetime import datetime
from typing import Any

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from bot.store.models.base import Base

HOME = 1  # the organisation that runs the helpline; it is there from the first migration on


class Organisation(Base):
    """`countries` are the destinations whose cases come to it; HOME gets all others. Never deleted, only left empty.

    The `keep_` periods are in days; None is the period of the settings.
    """

    __tablename__ = "organisations"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(80), unique=True)
    countries: Mapped[list[Any]] = mapped_column(default=list)
    keep_words_days: Mapped[int | None]
    keep_files_days: Mapped[int | None]
    keep_cases_days: Mapped[int | None]
    created_at: Mapped[datetime]
