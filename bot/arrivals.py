"""Webhooks that come at the same time share a transaction: one commit, one wait for the disk.

Alone, a webhook is recorded at once. While a batch is being recorded the next one gathers, so that batches grow with
the load and nobody ever waits for a batch to fill. Who asked hears only once the batch is in the database.
"""

import asyncio
from collections.abc import Awaitable, Callable

from bot.messages import Event
from bot.store.engine import AWAY

MOST = 100  # requests in one batch
WITHIN = 10.0  # seconds for a batch; Twilio gives up on a webhook after 15

type Record = Callable[[list[Event]], Awaitable[None]]


class Arrivals:
    def __init__(self, record: Record) -> None:
        self._record = record
        self._waiting: list[tuple[list[Event], asyncio.Future[None]]] = []
        self._recording: asyncio.Task[None] | None = None

    async def add(self, events: list[Event]) -> None:
        """Return once the events are recorded; raise what recording them raised, or TimeoutError."""
        loop = asyncio.get_running_loop()
        done = loop.create_future()
        self._waiting.append((events, done))
        if self._recording is None or self._recording.done():
            self._recording = asyncio.create_task(self._record_all(), name="arrivals")
        patience = loop.call_later(WITHIN, _give_up, done)
        try:
            await done
        finally:
            patience.cancel()

    async def _record_all(self) -> None:
        while self._waiting:
            taken, self._waiting = self._waiting[:MOST], self._waiting[MOST:]
            batch = [(events, done) for events, done in taken if not done.done()]  # who gave up has it on the disk
            if batch and not await self._try(batch):
                for each in batch:
                    await self._try([each])

    async def _try(self, batch: list[tuple[list[Event], asyncio.Future[None]]]) -> bool:
        """Record a batch; False where it is worth trying one by one, because one of many is at fault."""
        failure: Exception | None = None
        try:
            async with asyncio.timeout(WITHIN):
                await self._record([event for events, _ in batch for event in events])
        except (*AWAY, TimeoutError) as error:
            failure = error
        except Exception as error:
            if len(batch) > 1:
                return False
            failure = error
        for _, done in batch:
            if done.done():
                continue
            if failure is None:
                done.set_result(None)
            else:
                done.set_exception(failure)
        return True


def _give_up(done: "asyncio.Future[None]") -> None:
    if not done.done():
        done.set_exception(TimeoutError())
