"""Engines and sessions; the only place that knows which database this is."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from copy import copy
from functools import cache
from typing import Any, cast

from sqlalchemy import Engine, Table, event, make_url, text
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.exc import IntegrityError, InterfaceError, InvalidatePoolError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, AsyncSession, async_sessionmaker, create_async_engine

from bot.store import sqlite
from bot.store.isolation import ORGANISATION, OrganisationSession
from bot.store.models import Base

SILENCE = 1.0  # seconds, after which a connection to PostgreSQL is tried before it is used
AWAY = (OperationalError, InterfaceError, PoolTimeout)  # what a database raises that is away, full or overwhelmed


class Store:
    """Opens sessions. `read` never blocks a writer; `write` commits at its end, or nothing happened.

    A session of `Store.of(organisation)` sees only what is that organisation's (isolation.py).
    """

    def __init__(self, url: str) -> None:
        self.engine = create_engine(url)
        # SQLite has one writer; those of this process queue up here, in order, instead of polling for its lock.
        one_writer = self.engine.dialect.name == "sqlite"
        self._turn: AbstractAsyncContextManager[Any] = asyncio.Lock() if one_writer else nullcontext()
        self._open_sessions(self.engine.execution_options(**{sqlite.INLINE: True}))
        if not one_writer:
            # Each statement of PostgreSQL sees what is committed by then, with a transaction around them or without;
            # one that ends with a rollback makes psycopg forget its prepared statements.
            self._read.configure(bind=self.engine.execution_options(isolation_level="AUTOCOMMIT"))

    def of(self, organisation: int) -> "Store":
        view = copy(self)
        view._open_sessions(self.engine, info={ORGANISATION: organisation}, sync_session_class=OrganisationSession)
        return view

    def _open_sessions(self, engine: AsyncEngine, **more: Any) -> None:
        writer = engine.execution_options(**{sqlite.WRITE: True})
        self._read = async_sessionmaker(engine, expire_on_commit=False, **more)
        self._write = async_sessionmaker(writer, expire_on_commit=False, **more)
        passing = writer.execution_options(**{sqlite.PASSING: True})
        self._write_passing = async_sessionmaker(passing, expire_on_commit=False, **more)

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncSession]:
        async with self._read() as session:
            yield session

    @asynccontextmanager
    async def write(self, *, passing: bool = False) -> AsyncIterator[AsyncSession]:
        """`passing`: what is written may be undone by a power cut, and by nothing else; SQLite is faster then."""
        make = self._write_passing if passing else self._write
        async with self._turn, make() as session, session.begin():
            yield session

    async def close(self) -> None:
        await self.engine.dispose()


def create_engine(url: str) -> AsyncEngine:
    """Return an async engine with what each dialect needs to keep our promises."""
    if not url.startswith("sqlite"):
        engine = create_async_engine(url, pool_use_lifo=True, hide_parameters=True)
        _ping_after_silence(engine.sync_engine)
        return engine
    engine = create_async_engine(
        make_url(url).set(drivername="sqlite+helpline"),
        connect_args={"timeout": sqlite.BUSY / 1000},
        pool_use_lifo=True,  # the connection that was used last has the pages at hand
        hide_parameters=True,
    )
    _prepare_sqlite(engine.sync_engine)
    return engine


def _ping_after_silence(engine: Engine) -> None:
    """Find out about a server that went away before a connection is used. One that was just used is not asked."""

    @event.listens_for(engine, "checkin")
    def note(_connection: Any, record: Any) -> None:
        record.info["used_at"] = time.monotonic()

    @event.listens_for(engine, "checkout")
    def ask(connection: Any, record: Any, _fairy: Any) -> None:
        used_at = record.info.get("used_at")
        if used_at is None or time.monotonic() - used_at < SILENCE:
            return
        try:
            engine.dialect.do_ping(connection)
        except engine.dialect.loaded_dbapi.Error as error:
            raise InvalidatePoolError from error


def _prepare_sqlite(engine: Engine) -> None:
    @event.listens_for(engine, "connect")
    def set_pragmas(connection: Any, _record: Any) -> None:
        # The driver must not open transactions by itself: our dialect decides between BEGIN and BEGIN IMMEDIATE.
        connection.isolation_level = None
        cursor = connection.cursor()
        cursor.execute("PRAGMA journal_mode = WAL")
        cursor.execute("PRAGMA synchronous = FULL")  # an acknowledged message survives a power cut
        cursor.execute("PRAGMA foreign_keys = ON")
        cursor.execute("PRAGMA secure_delete = ON")  # erased rows are overwritten
        cursor.execute("PRAGMA cache_size = -16384")  # KiB; with the default, 2 MB, each statement looks at the disk
        cursor.close()


async def lock_alone(connection: AsyncConnection | AsyncSession, what: str) -> None:
    """Let one process at a time do this, until the transaction ends. SQLite has one writer anyway."""
    bind = connection.sync_session.get_bind() if isinstance(connection, AsyncSession) else connection
    if bind.dialect.name == "postgresql":
        await connection.execute(text("SELECT pg_advisory_xact_lock(hashtext(:what))"), {"what": f"helpline {what}"})


async def is_superuser(engine: AsyncEngine) -> bool:
    """True where PostgreSQL's row-level security does not bind us."""
    if engine.dialect.name != "postgresql":
        return False
    async with engine.connect() as connection:
        query = "SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = current_user"
        return bool((await connection.execute(text(query))).scalar())


async def insert_or_skip(
    session: AsyncSession, model: type[Base], unique: tuple[str, ...], rows: list[dict[str, Any]]
) -> dict[tuple[Any, ...], int]:
    """Insert one row or more, in their order; return the ids of the new ones by their unique columns."""
    statement = _build_insert(session.get_bind().dialect.name, model, unique)
    given = rows if len(rows) > 1 else rows[0]  # one row has a statement that is kept; many are put together each time
    return {tuple(row[1:]): row[0] for row in await session.execute(statement, given)}


@cache
def _build_insert(dialect: str, model: type[Base], unique: tuple[str, ...]) -> Any:
    insert = sqlite_insert if dialect == "sqlite" else postgresql_insert
    table = cast(Table, model.__table__)
    skipping = insert(table).on_conflict_do_nothing(index_elements=unique)
    return skipping.returning(table.c.id, *(table.c[name] for name in unique))


def is_unique_violation(error: IntegrityError) -> bool:
    """Tell a duplicate key from any other broken constraint."""
    original = error.orig
    return getattr(original, "sqlstate", None) == "23505" or "UNIQUE constraint failed" in str(original)


def is_deadlock(error: OperationalError) -> bool:
    """True where PostgreSQL ended a transaction because it and another waited for each other."""
    return getattr(error.orig, "sqlstate", None) == "40P01"
