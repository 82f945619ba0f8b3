"""SQLite under SQLAlchemy's async engine without a thread for each call.

A statement of ours takes SQLite some 20 microseconds, and handing it to a thread and back takes ten times as long,
several times for each statement (aiosqlite). So a connection with the option `helpline_inline` runs its statements
where they are; a message's way uses that. What may wait goes to a thread: taking the writer's place (another process
may have it), the commit (the disk), and all statements of others, such as the staff's pages: their lists may take long.
"""

import asyncio
import sqlite3
from typing import Any

from sqlalchemy.dialects import registry
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite
from sqlalchemy.engine import URL, Connection
from sqlalchemy.pool import AsyncAdaptedQueuePool, Pool
from sqlalchemy.util import await_only

INLINE = "helpline_inline"  # execution option
BUSY = 15_000  # milliseconds that a writer waits for another


class _Cursor(sqlite3.Cursor):
    async def _async_soft_close(self) -> None:
        """SQLAlchemy awaits this of an async driver's cursor; ours has nothing to wait for."""


class _Connection(sqlite3.Connection):
    def cursor(self, factory: Any = _Cursor) -> Any:
        return super().cursor(factory)


class SQLiteDialect(SQLiteDialect_pysqlite):
    driver = "helpline"
    is_async = True
    supports_statement_cache = True

    @classmethod
    def get_pool_class(cls, url: URL) -> type[Pool]:
        return AsyncAdaptedQueuePool

    def create_connect_args(self, url: URL) -> Any:
        arguments, options = super().create_connect_args(url)
        # one thread at a time, but not always the same one
        return arguments, {**options, "check_same_thread": False, "factory": _Connection}

    def get_driver_connection(self, connection: Any) -> Any:
        return connection

    def do_execute(self, cursor: Any, statement: str, parameters: Any, context: Any = None) -> None:
        if context is not None and context.execution_options.get(INLINE):
            cursor.execute(statement, parameters)
        else:
            in_thread(cursor.execute, statement, parameters)

    def do_commit(self, dbapi_connection: Any) -> None:
        in_thread(dbapi_connection.commit)


def begin(connection: Connection, *, write: bool) -> None:
    """Begin a transaction; one that will write takes the lock at once: upgrading later could fail with SQLITE_BUSY."""
    raw = connection.connection.dbapi_connection
    assert raw is not None
    if not write:
        raw.execute("BEGIN")
    elif not _begin_at_once(raw):
        in_thread(raw.execute, "BEGIN IMMEDIATE")


def _begin_at_once(raw: Any) -> bool:
    """Take the writer's place if it is free, which it nearly always is; False if another process has it."""
    raw.execute("PRAGMA busy_timeout = 0")
    try:
        raw.execute("BEGIN IMMEDIATE")
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY:  # the extended codes are of the same kind
            raise
        return False
    finally:
        raw.execute(f"PRAGMA busy_timeout = {BUSY}")
    return True


def in_thread(do: Any, *arguments: Any) -> Any:
    """Run a blocking call in a thread, from within SQLAlchemy's greenlet."""
    return await_only(_finish(asyncio.ensure_future(asyncio.to_thread(do, *arguments))))


async def _finish(call: "asyncio.Future[Any]") -> Any:
    """Wait for the call, also when we are cancelled: nobody else may touch its connection before it ends."""
    try:
        return await asyncio.shield(call)
    except asyncio.CancelledError:
        await asyncio.wait([call])
        raise


registry.register("sqlite.helpline", __name__, "SQLiteDialect")
