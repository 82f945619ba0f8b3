"""The gate: providers' rates are kept, danger goes first, organisations take turns."""

import asyncio
from dataclasses import dataclass, field

import pytest
from redis.asyncio import Redis

from bot.messages import Lane
from bot.outbox.gate import Gate, LocalCounter, SharedCounter

REDIS = "redis://127.0.0.1:6379/8"


@dataclass
class Seconds:
    """Time that passes only while somebody sleeps."""

    now: float = 100.0
    slept: list[float] = field(default_factory=list)

    def __call__(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(0)
        self.now += seconds
        self.slept.append(seconds)


@pytest.fixture
def seconds() -> Seconds:
    return Seconds()


def make(seconds: Seconds, channel: float = 0.0, chat: float = 0.0) -> Gate:
    return Gate({"telegram": (channel, chat)}, monotonic=seconds, sleep=seconds.sleep)


async def test_a_channel_without_a_rate_is_as_fast_as_we_are(seconds: Seconds) -> None:
    gate = make(seconds, channel=1)
    assert all([await gate.try_pass("simulator", 1) for _ in range(100)])


async def test_no_second_holds_more_than_the_rate(seconds: Seconds) -> None:
    gate = make(seconds, channel=30)
    assert sum([await gate.try_pass("telegram", contact) for contact in range(40)]) == 30
    seconds.now += 0.5
    assert sum([await gate.try_pass("telegram", contact) for contact in range(40)]) == 15


async def test_one_chat_gets_a_short_burst_and_then_one_a_second(seconds: Seconds) -> None:
    gate = make(seconds, chat=1)
    assert [await gate.try_pass("telegram", 7) for _ in range(4)] == [True, True, True, False]
    assert await gate.try_pass("telegram", 8)
    await gate.wait("telegram", 7, Lane.REPLY, 1)
    assert seconds.slept == [pytest.approx(1.0)]


async def _order(gate: Gate, *waiting: tuple[str, Lane, int]) -> list[str]:
    """Let them queue up in this order while the gate is full; return the order in which they pass."""
    passed: list[str] = []

    async def come(name: str, lane: Lane, organisation: int) -> None:
        await gate.wait("telegram", hash(name), lane, organisation)
        passed.append(name)

    while await gate.try_pass("telegram", 0):
        pass
    await asyncio.gather(*(come(*who) for who in waiting))
    return passed


async def test_danger_goes_before_replies_and_those_before_what_we_begin(seconds: Seconds) -> None:
    order = await _order(
        make(seconds, channel=2), ("bulk", Lane.BULK, 1), ("reply", Lane.REPLY, 1), ("danger", Lane.DANGER, 1)
    )
    assert order == ["danger", "reply", "bulk"]


async def test_who_sends_much_does_not_hold_up_who_sends_little(seconds: Seconds) -> None:
    many = [(f"a{number}", Lane.REPLY, 1) for number in range(6)]
    order = await _order(make(seconds, channel=1), *many, ("b0", Lane.REPLY, 2), ("b1", Lane.REPLY, 2))
    assert order[:4] == ["a0", "b0", "a1", "b1"]


async def test_nobody_passes_by_those_who_wait(seconds: Seconds) -> None:
    gate = make(seconds, channel=1)
    assert await gate.try_pass("telegram", 1)
    waiting = asyncio.create_task(gate.wait("telegram", 2, Lane.REPLY, 1))
    await asyncio.sleep(0)
    seconds.now += 5
    assert not await gate.try_pass("telegram", 3)
    await waiting


@pytest.fixture
async def redis() -> Redis:
    client = Redis.from_url(REDIS, socket_connect_timeout=1)
    try:
        await client.ping()
    except (OSError, ConnectionError, Exception) as error:
        pytest.skip(f"no Redis at {REDIS}: {type(error).__name__}")
    return client


async def test_several_processes_keep_the_rate_together(redis: Redis) -> None:
    first, second = SharedCounter(redis), SharedCounter(redis)
    taken = [await counter.take("telegram", 5) for _ in range(10) for counter in (first, second)]
    await redis.aclose()
    assert sum(wait == 0 for wait in taken) in (5, 10)  # 10 where the second changed in between
    assert all(0 <= wait <= 1.001 for wait in taken)


async def test_without_redis_each_process_keeps_it_alone(seconds: Seconds) -> None:
    nowhere = Redis.from_url("redis://127.0.0.1:1/0", socket_connect_timeout=1)
    counter = SharedCounter(nowhere, LocalCounter(seconds))
    assert [await counter.take("telegram", 2) for _ in range(2)] == [0, 0]
    assert await counter.take("telegram", 2) > 0
    await nowhere.aclose()
