"""Bring the database to the newest migration."""

import structlog
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.config import ROOT
from bot.store.engine import lock_alone

log = structlog.get_logger()


def alembic_config(connection: Connection | None = None) -> Config:
    config = Config()
    config.set_main_option("script_location", str(ROOT / "bot" / "store" / "migrations"))
    config.attributes["connection"] = connection
    return config


async def migrate(engine: AsyncEngine) -> None:
    """Run all missing migrations in one transaction; of several processes that start at once, one does.

    A database that is newer than this code is left as it is: while an upgrade rolls, old processes may restart.
    """
    async with engine.execution_options(helpline_write=True).begin() as connection:
        await lock_alone(connection, "migrations")
        await connection.run_sync(_upgrade)


def _upgrade(connection: Connection) -> None:
    if _look(connection) is None:
        log.warning("database_is_newer", revision=MigrationContext.configure(connection).get_current_revision())
        return
    command.upgrade(alembic_config(connection), "head")


def _look(connection: Connection) -> bool | None:
    """True if the database has every migration this code knows, False if some are missing, None if it is newer."""
    current = MigrationContext.configure(connection).get_current_revision()
    scripts = ScriptDirectory.from_config(alembic_config())
    if current is not None and current not in {script.revision for script in scripts.walk_revisions()}:
        return None
    return current == scripts.get_current_head()


async def is_current(engine: AsyncEngine) -> bool:
    """True if the database has every migration this code knows, or is newer."""
    async with engine.connect() as connection:
        return await connection.run_sync(_look) is not False
