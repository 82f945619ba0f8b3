"""SQLite under SQLAlchemy's async engine without a thread for each call.

A statement of ours takes SQLite some 20 microseconds, and handing it to a thread and back takes ten times as long,
several times for each statement (aiosqlite). So a connection with the option `helpline_inline` runs its statements
where they are; a message's way uses that. What may wait goes to a thread: taking the writer's place (another process
may have it), the commit (the disk), and all statements of others, such as the staff's pages: their lists may take long.
"""

import asyncio
import sqlite3
from copy import copy
from typing import Any

from sqlalchemy.dialects import registry
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite
from sqlalchemy.engine import URL
from sqlalchemy.pool import AsyncAdaptedQueuePool, Pool
from sqlalchemy.util import await_only

INLINE = "helpline_inline"  # execution option
WRITE = "helpline_write"  # execution option of an engine: its transactions take the writer's place at once
PASSING = "helpline_passing"  # and with this one they do not wait for the disk: only a power cut may undo them
BUSY = 15_000  # milliseconds that a writer waits for another


class _Cursor(sqlite3.Cursor):
    async def _async_soft_close(self) -> None:
        """SQLAlchemy awaits this of an async driver's cursor; ours has nothing to wait for."""


class _Connection(sqlite3.Connection):
    _passing = False

    def prepare(self, *, passing: bool) -> None:
        """Let the commits that follow wait for the disk, or not: neither for its own log nor for moving the log."""
        if passing != self._passing:
            self.execute(f"PRAGMA synchronous = {'NORMAL' if passing else 'FULL'}")
            self.execute(f"PRAGMA wal_autocheckpoint = {0 if passing else 1000}")
            self._passing = passing

    def cursor(self, factory: Any = _Cursor) -> Any:
        return super().cursor(factory)


class SQLiteDialect(SQLiteDialect_pysqlite):
    driver = "helpline"
    is_async = True
    supports_statement_cache = True
    _writes = _passing = False

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

    def set_engine_execution_options(self, engine: Any, opts: Any) -> None:
        """An engine that writes has a dialect of its own: a listener for "begin" would slow down every statement."""
        super().set_engine_execution_options(engine, opts)
        if WRITE in opts or PASSING in opts:
            engine.dialect = copy(self)
            engine.dialect._writes = opts.get(WRITE, self._writes)
            engine.dialect._passing = opts.get(PASSING, self._passing)

    def do_begin(self, dbapi_connection: Any) -> None:
        """Begin; what will write takes the lock at once: upgrading later could fail with SQLITE_BUSY."""
        raw = dbapi_connection.dbapi_connection
        if not self._writes:
            raw.execute("BEGIN")
            return
        raw.prepare(passing=self._passing)
        if not _begin_at_once(raw):
            in_thread(raw.execute, "BEGIN IMMEDIATE")

    def do_commit(self, dbapi_connection: Any) -> None:
        if self._passing:
            dbapi_connection.commit()
        else:
            in_thread(dbapi_connection.commit)


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
    return await_only(_finish(asyncio.get_running_loop().run_in_executor(None, do, *arguments)))


async def _finish(call: "asyncio.Future[Any]") -> Any:
    """Wait for the call, also when we are cancelled: nobody else may touch its connection before it ends."""
    try:
        return await asyncio.shield(call)
    except asyncio.CancelledError:
        await asyncio.wait([call])
        raise


registry.register("sqlite.helpline", __name__, "SQLiteDialect")
