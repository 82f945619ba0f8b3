"""The gate: how fast we hand messages to a provider, and who goes first when it is slower than we are.

Danger goes before replies, replies before what we begin; within a lane the organisations take turns. Each channel has
a rate for all messages and one for each chat. With several worker processes the rate is counted in Redis, so that
they keep it together; while Redis is away each keeps it alone.
"""

import asyncio
import heapq
import itertools
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

import structlog
from redis.asyncio import Redis
from redis.exceptions import RedisError

from bot.messages import Lane

log = structlog.get_logger()

CHAT_BURST = 3  # an answer of three bubbles goes at once; Telegram allows short bursts
FORGET_CHATS = 10_000  # chats kept in mind before those that were silent are let go of

Monotonic = Callable[[], float]


@dataclass(frozen=True, slots=True)
class Rate:
    """Messages a second: on the whole channel, and in one chat (0: as fast as we can)."""

    channel: float = 0.0
    chat: float = 0.0


class Counter(Protocol):
    async def take(self, channel: str, rate: float) -> float:
        """Take one message's place; return 0, or the seconds until there may be one."""
        ...


@dataclass(slots=True)
class LocalCounter:
    """A bucket that holds one second's worth, refilled continuously."""

    monotonic: Monotonic = time.monotonic
    _left: dict[str, tuple[float, float]] = field(default_factory=dict)

    async def take(self, channel: str, rate: float) -> float:
        now = self.monotonic()
        left, at = self._left.get(channel, (max(rate, 1.0), now))
        left = min(max(rate, 1.0), left + (now - at) * rate)
        if left < 1:
            self._left[channel] = (left, now)
            return (1 - left) / rate
        self._left[channel] = (left - 1, now)
        return 0.0


@dataclass(slots=True)
class SharedCounter:
    """Counts each second's messages of all processes in Redis; falls back to this process alone."""

    redis: Redis
    alone: LocalCounter = field(default_factory=LocalCounter)

    async def take(self, channel: str, rate: float) -> float:
        if rate < 1:  # a window of one second cannot count these
            return await self.alone.take(channel, rate)
        try:
            seconds, micros = await self.redis.time()
            key = f"helpline:rate:{channel}:{seconds}"
            async with self.redis.pipeline(transaction=False) as pipeline:
                pipeline.incr(key)
                pipeline.expire(key, 5)
                count, _ = await pipeline.execute()
        except (RedisError, OSError) as error:
            log.warning("rate_counted_alone", error=type(error).__name__)
            return await self.alone.take(channel, rate)
        return 0.0 if count <= rate else 1.001 - micros / 1e6


def build_counter(broker_url: str) -> Counter:
    """Return what counts for all processes of this BROKER_URL together."""
    if broker_url.startswith("memory:"):
        return LocalCounter()
    return SharedCounter(Redis.from_url(broker_url, socket_connect_timeout=1, socket_timeout=1))


class Gate:
    def __init__(
        self, rates: Mapping[str, tuple[float, float]], counter: Counter | None = None,
        monotonic: Monotonic = time.monotonic, sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:  # fmt: skip
        self._rates = {channel: Rate(*both) for channel, both in rates.items() if any(both)}
        self._counter = counter or LocalCounter(monotonic)
        self._monotonic, self._sleep = monotonic, sleep
        self._queues: dict[str, _Queue] = {}
        self._chats: dict[int, tuple[float, float]] = {}

    async def try_pass(self, channel: str, contact_id: int) -> bool:
        """Take the place of one message if nobody waits and there is one."""
        rate = self._rates.get(channel)
        if rate is None:
            return True
        if self._wait_of_chat(rate, contact_id) > 0 or self._queue(channel).waiting:
            return False
        if rate.channel and await self._counter.take(channel, rate.channel) > 0:
            return False
        self._note_chat(rate, contact_id)
        return True

    async def wait(self, channel: str, contact_id: int, lane: Lane, organisation: int) -> None:
        """Wait for the place of one message; it is taken when this returns."""
        rate = self._rates[channel]
        while (seconds := self._wait_of_chat(rate, contact_id)) > 0:
            await self._sleep(seconds)
        if rate.channel:
            await self._queue(channel).wait(lane, organisation)
        self._note_chat(rate, contact_id)

    def _queue(self, channel: str) -> "_Queue":
        if channel not in self._queues:
            self._queues[channel] = _Queue(channel, self._rates[channel].channel, self._counter, self._sleep)
        return self._queues[channel]

    def _left_of_chat(self, rate: Rate, contact_id: int) -> float:
        left, at = self._chats.get(contact_id, (float(CHAT_BURST), 0.0))
        return min(float(CHAT_BURST), left + (self._monotonic() - at) * rate.chat)

    def _wait_of_chat(self, rate: Rate, contact_id: int) -> float:
        return max(0.0, (1 - self._left_of_chat(rate, contact_id)) / rate.chat) if rate.chat else 0.0

    def _note_chat(self, rate: Rate, contact_id: int) -> None:
        if not rate.chat:
            return
        if len(self._chats) >= FORGET_CHATS:
            full = CHAT_BURST / rate.chat
            self._chats = {id: kept for id, kept in self._chats.items() if self._monotonic() - kept[1] < full}
        self._chats[contact_id] = (self._left_of_chat(rate, contact_id) - 1, self._monotonic())


@dataclass(slots=True)
class _Queue:
    """Who waits for one channel. The one at the head is let through when there is a place."""

    channel: str
    rate: float
    counter: Counter
    sleep: Callable[[float], Awaitable[None]]
    waiting: list[tuple[Lane, int, int, "asyncio.Future[None]"]] = field(default_factory=list)
    _turns: dict[tuple[Lane, int], int] = field(default_factory=dict)
    _served: dict[Lane, int] = field(default_factory=dict)
    _numbers: "itertools.count[int]" = field(default_factory=itertools.count)
    _keeper: "asyncio.Task[None] | None" = None

    async def wait(self, lane: Lane, organisation: int) -> None:
        # An organisation's next message has its turn after its last one: who sends much waits behind who sends little.
        turn = max(self._served.get(lane, 0), self._turns.get((lane, organisation), 0)) + 1
        self._turns[lane, organisation] = turn
        let_through: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        heapq.heappush(self.waiting, (lane, turn, next(self._numbers), let_through))
        if self._keeper is None or self._keeper.done():
            self._keeper = asyncio.create_task(self._keep(), name=f"gate-{self.channel}")
        await let_through

    async def _keep(self) -> None:
        while self.waiting:
            while (seconds := await self.counter.take(self.channel, self.rate)) > 0:
                await self.sleep(seconds)
            lane, turn, _, let_through = heapq.heappop(self.waiting)
            self._served[lane] = turn
            if not let_through.done():
                let_through.set_result(None)
            await asyncio.sleep(0)  # let who was let through go before the next is chosen
