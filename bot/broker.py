"""The engine that carries wake-ups: in memory within one process, Redis Streams between several.

A task is an id and nothing else, and the database is the truth: an engine that is away, slow or was emptied costs a
delay until the next sweep, never a message.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from typing import Any

import structlog
from redis.asyncio import Redis
from redis.exceptions import RedisError
from taskiq import AsyncBroker, AsyncTaskiqDecoratedTask, InMemoryBroker
from taskiq.exceptions import SendTaskError
from taskiq.receiver import Receiver
from taskiq_redis import RedisStreamBroker

from bot.clock import pause
from bot.metrics import WAKE_UPS_LOST

log = structlog.get_logger()

AT_ONCE = 50  # tasks of one worker process
IN_A_TASK = 8  # contacts; more would leave other workers idle
KICK_WITHIN = 1.0  # seconds; a webhook does not wait longer for an engine that hangs
AGAIN_AFTER = 1.0
FORGOTTEN_AFTER = 60_000  # milliseconds, after which another worker takes over what a dead one had fetched
MOST_KEPT = 100_000  # entries of the stream


def build_brokers(url: str) -> tuple[AsyncBroker, AsyncBroker]:
    """Return the engine of a BROKER_URL, memory:// or redis://host:port/number, and the one for danger.

    In Redis danger has a stream of its own, so that it never waits behind others; in memory nothing waits anyway.
    """
    if url.startswith("memory:"):
        broker = InMemoryBroker()
        return broker, broker
    return _build_redis(url, "helpline"), _build_redis(url, "helpline-urgent")


def _build_redis(url: str, name: str) -> AsyncBroker:
    return RedisStreamBroker(
        url, queue_name=name, consumer_group_name="helpline", maxlen=MOST_KEPT, idle_timeout=FORGOTTEN_AFTER,
        unacknowledged_lock_timeout=10, socket_connect_timeout=2, socket_timeout=10,
    )  # fmt: skip


def kicker(task: AsyncTaskiqDecoratedTask[[int], Any]) -> Callable[[int], Awaitable[None]]:
    """Return what starts the task for an id. A wake-up that cannot be given is found by the sweep."""

    async def kick(number: int) -> None:
        await _kick(task, number)

    return kick


def kicker_of_many(task: AsyncTaskiqDecoratedTask[[list[int]], Any]) -> Callable[[Sequence[int]], Awaitable[None]]:
    """Return what starts the task for ids, a few in each: a task costs more than looking at a contact in vain."""

    async def kick(numbers: Sequence[int]) -> None:
        for start in range(0, len(numbers), IN_A_TASK):
            await _kick(task, list(numbers[start : start + IN_A_TASK]))

    return kick


async def _kick(task: AsyncTaskiqDecoratedTask[..., Any], argument: int | list[int]) -> None:
    try:
        async with asyncio.timeout(KICK_WITHIN):
            await task.kiq(argument)
    except (SendTaskError, TimeoutError) as error:
        WAKE_UPS_LOST.inc()
        log.warning("wake_up_lost", task=task.task_name, error=type(error).__name__)


async def listen(broker: AsyncBroker, stop: asyncio.Event, grace: float) -> None:
    """Run the tasks that come through a shared engine until told to stop, then finish those that run.

    In memory nothing comes from elsewhere: the engine is started, and that is all.
    """
    if isinstance(broker, InMemoryBroker):
        await broker.startup()
        return
    broker.is_worker_process = True
    while not stop.is_set():
        try:
            await broker.startup()
            receiver = Receiver(broker, max_async_tasks=AT_ONCE, run_startup=False, wait_tasks_timeout=grace)
            await receiver.listen(stop)
        except Exception as error:  # away, or emptied together with our group: begin anew
            log.warning("broker_away", error=type(error).__name__)
            await pause(stop, AGAIN_AFTER)
        finally:
            await _let_go(broker)


async def may_sweep(broker: AsyncBroker, every: float) -> bool:
    """True for one process at a time: what one sweep starts, another need not start again. Redis away: everybody."""
    if not isinstance(broker, RedisStreamBroker):
        return True
    try:
        async with asyncio.timeout(KICK_WITHIN), Redis(connection_pool=broker.connection_pool) as redis:
            return bool(await redis.set("helpline:sweep", 1, nx=True, px=int(every * 900)))
    except (RedisError, OSError, TimeoutError):
        return True


async def close(broker: AsyncBroker) -> None:
    await broker.shutdown()
    await _let_go(broker)


async def _let_go(broker: AsyncBroker) -> None:
    """Close the connection it listened on, too, which the library leaves in use."""
    if isinstance(broker, RedisStreamBroker):
        with suppress(RedisError, OSError):
            await broker.connection_pool.disconnect(inuse_connections=True)


async def check(broker: AsyncBroker) -> str:
    """Return "ok", or what is wrong."""
    if not isinstance(broker, RedisStreamBroker):
        return "ok"  # in memory: it lives as long as this process
    try:
        async with asyncio.timeout(KICK_WITHIN), Redis(connection_pool=broker.connection_pool) as redis:
            await redis.exists("helpline")
    except (RedisError, OSError, TimeoutError) as error:
        return f"not answering ({type(error).__name__}): messages wait for the sweep, none is lost"
    return "ok"
