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
    current = MigrationContext.configure(connection).get_current_revision()
    known = {script.revision for script in ScriptDirectory.from_config(alembic_config()).walk_revisions()}
    if current is not None and current not in known:
        log.warning("database_is_newer", revision=current)
        return
    command.upgrade(alembic_config(connection), "head")


async def is_current(engine: AsyncEngine) -> bool:
    """True if the database has every migration this code knows, or is newer."""
    scripts = ScriptDirectory.from_config(alembic_config())
    head, known = scripts.get_current_head(), {script.revision for script in scripts.walk_revisions()}
    async with engine.connect() as connection:
        current = await connection.run_sync(lambda sync: MigrationContext.configure(sync).get_current_revision())
    return current == head or (current is not None and current not in known)
