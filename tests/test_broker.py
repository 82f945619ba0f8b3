"""Redis Streams as the engine: a wake-up arrives in another process's worker; away or emptied it costs only a delay."""

import asyncio
import os
from collections.abc import AsyncIterator

import pytest
import redis.asyncio
from redis.exceptions import RedisError
from taskiq import AsyncBroker

from bot import broker as engine
from bot.app import Helpline, build
from tests.people import Amina

URL = "redis://127.0.0.1:6379/8"


@pytest.fixture
async def server() -> AsyncIterator[redis.asyncio.Redis]:
    client = redis.asyncio.Redis.from_url(URL, socket_connect_timeout=2)
    try:
        await client.flushdb()
    except RedisError:
        await client.aclose()
        if os.environ.get("CI"):
            raise
        pytest.skip("no Redis on this machine")
    yield client
    await client.flushdb()
    await client.aclose()


def count_runs(broker: AsyncBroker) -> tuple[list[int], object]:
    ran: list[int] = []

    async def note(number: int) -> None:
        ran.append(number)

    return ran, broker.register_task(note, task_name="note")


async def until(condition: object, seconds: float = 8) -> None:
    async with asyncio.timeout(seconds):
        while not condition():  # type: ignore[operator]  # noqa: ASYNC110 (another task sets it)
            await asyncio.sleep(0.02)


async def test_what_one_process_gives_another_runs_and_an_emptied_engine_is_begun_anew(
    server: redis.asyncio.Redis,
) -> None:
    giver, taker = engine.build_brokers(URL)[0], engine.build_brokers(URL)[0]
    _, task = count_runs(giver)
    ran, _ = count_runs(taker)
    stop = asyncio.Event()
    listening = asyncio.create_task(engine.listen(taker, stop, grace=2))
    try:
        await until(lambda: taker.is_worker_process)
        await asyncio.sleep(0.3)
        await task.kiq(1)  # type: ignore[attr-defined]
        await until(lambda: ran == [1])
        await server.flushdb()  # the group is gone with the stream
        for number in range(2, 40):
            await task.kiq(number)  # type: ignore[attr-defined]
            await asyncio.sleep(0.1)
            if len(ran) > 1:
                break
        assert len(ran) > 1
    finally:
        stop.set()
        await listening
        assert await engine.check(giver) == "ok"
        await engine.close(giver)
        await engine.close(taker)


async def test_with_the_engine_away_a_message_waits_for_the_sweep_only(helpline: Helpline) -> None:
    settings = helpline.settings.model_copy(update={"broker_url": "redis://127.0.0.1:9/0"})
    away = build(settings, clock=helpline.clock)
    try:
        assert "not answering" in await engine.check(away.worker.broker)
        await Amina(away).writes("hello")  # recorded and acknowledged, though nobody could be woken
    finally:
        await away._close()
    assert await Amina(helpline).reads()
