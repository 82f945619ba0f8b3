"""PostgreSQL: a connection that died unnoticed is replaced before it is used."""

import psycopg
import pytest
from sqlalchemy import text

from bot.app import Helpline
from bot.store import engine
from tests.conftest import SERVER

pytestmark = pytest.mark.skipif(not SERVER, reason="needs PostgreSQL: make test-postgres")


async def test_a_connection_that_died_in_silence_is_replaced(
    helpline: Helpline, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def find_backend() -> int:
        async with helpline.store.read() as session:
            return int((await session.execute(text("SELECT pg_backend_pid()"))).scalar_one())

    monkeypatch.setattr(engine, "SILENCE", 0.0)
    backend = await find_backend()
    assert await find_backend() == backend  # what lives is kept
    with psycopg.connect(SERVER, autocommit=True) as server:
        server.execute("SELECT pg_terminate_backend(%s)", (backend,))
    assert await find_backend() != backend


async def test_the_statements_of_a_message_stay_prepared(helpline: Helpline) -> None:
    for _ in range(8):
        async with helpline.store.read() as session:
            await session.execute(text("SELECT count(*) FROM contacts"))
            await session.execute(text("SELECT count(*) FROM messages"))
    async with helpline.store.read() as session:
        query = text("SELECT count(*) FROM pg_prepared_statements WHERE statement LIKE '%FROM messages'")
        assert (await session.execute(query)).scalar_one() == 1
