"""Alembic's entry: uses the connection it is handed, or opens one from the settings for `alembic revision`."""

import asyncio
from typing import Any

from alembic import context
from sqlalchemy import Connection

from bot.config import load_settings
from bot.store.engine import create_engine
from bot.store.models import Base
from bot.store.models.base import UtcDateTime


def render_item(type_: str, obj: Any, autogen_context: Any) -> str | bool:
    if type_ == "type" and isinstance(obj, UtcDateTime):
        return "sa.DateTime(timezone=True)"
    return False


def run(connection: Connection) -> None:
    context.configure(
        connection=connection, target_metadata=Base.metadata, render_as_batch=True, render_item=render_item
    )
    with context.begin_transaction():
        context.run_migrations()


async def run_alone() -> None:
    engine = create_engine(load_settings().database)
    async with engine.connect() as connection:
        await connection.run_sync(run)


handed = context.config.attributes.get("connection")
if handed is not None:
    run(handed)
else:
    asyncio.run(run_alone())
