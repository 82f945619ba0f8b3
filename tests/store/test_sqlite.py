"""SQLite: a writer that finds another process at it waits in a thread, and holds nobody else up."""

import asyncio
import sqlite3
from pathlib import Path

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import OperationalError

from bot.app import Helpline
from bot.store import sqlite
from bot.store.engine import Store
from bot.store.models import Contact
from tests.people import Amina

pytestmark = pytest.mark.sqlite

NORMAL, FULL = 1, 2  # as PRAGMA synchronous says them


def other_process(helpline: Helpline) -> sqlite3.Connection:
    path = helpline.store.engine.url.database
    assert path is not None
    return sqlite3.connect(path, isolation_level=None, check_same_thread=False)


async def write(helpline: Helpline) -> None:
    async with helpline.store.write() as session:
        await session.execute(text("UPDATE contacts SET origin = 'KE'"))


async def test_a_writer_waits_for_another_process_and_readers_do_not(helpline: Helpline) -> None:
    other = other_process(helpline)
    other.execute("BEGIN IMMEDIATE")
    writing = asyncio.create_task(write(helpline))
    await asyncio.sleep(0.1)
    assert not writing.done()
    async with helpline.store.read() as session:  # the loop is free and so is reading
        await session.execute(select(func.count()).select_from(Contact))
    other.execute("COMMIT")
    await asyncio.wait_for(writing, 10)
    other.close()


async def test_a_writer_that_is_cancelled_while_it_waits_leaves_a_usable_store(
    amina: Amina, helpline: Helpline, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite, "BUSY", 300)
    other = other_process(helpline)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises((TimeoutError, OperationalError)):
        await asyncio.wait_for(write(helpline), 0.1)
    other.execute("ROLLBACK")
    other.close()
    await amina.says("hello")
    assert await amina.contact() is not None


async def test_the_statements_of_staff_run_in_a_thread_and_those_of_messages_do_not(
    helpline: Helpline, monkeypatch: pytest.MonkeyPatch
) -> None:
    threads: list[str] = []
    monkeypatch.setattr(sqlite, "in_thread", lambda do, *args: (threads.append(str(args[:1])), do(*args))[1])

    async def ask(store: Store) -> int:
        threads.clear()
        async with store.read() as session:
            await session.execute(select(func.count()).select_from(Contact))
        return sum("SELECT" in each for each in threads)

    assert (await ask(helpline.store), await ask(helpline.store.of(1))) == (0, 1)


async def test_a_database_file_is_opened_with_our_promises(tmp_path: Path) -> None:
    store = Store(f"sqlite:///{tmp_path / 'x.db'}")
    async with store.write() as session:
        asked = [(await session.execute(text(f"PRAGMA {name}"))).scalar() for name in ("busy_timeout", "synchronous")]
    await store.close()
    assert asked == [sqlite.BUSY, 2]


async def test_all_but_a_lease_waits_for_the_disk(helpline: Helpline) -> None:
    for passing, level in ((False, FULL), (True, NORMAL), (False, FULL)):
        async with helpline.store.write(passing=passing) as session:
            assert (await session.execute(text("PRAGMA synchronous"))).scalar() == level
