"""The worker: the engine's tasks, and the sweep that finds what a lost wake-up left behind.

The database is the truth; a task carries only an id. Losing a task costs a delay, never a message.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import structlog
from taskiq import AsyncBroker, InMemoryBroker

from bot.broker import kicker, kicker_of_many, listen, may_sweep
from bot.cases.paging import Pager
from bot.clock import Clock, pause
from bot.conversation.conduct import Conductor
from bot.conversation.serving import ServingRecord
from bot.files import Files
from bot.messages import Lane
from bot.metrics import OLDEST_UNHANDLED, SWEPT
from bot.outbox.send import Sender
from bot.privacy.retention import Retention
from bot.store.engine import Store
from bot.store.queries import contacts, messages, outbox

log = structlog.get_logger()

SWEEP_EVERY = 2.0  # seconds
HANDLED_AT_ONCE = 8  # contacts; NLU and the database serve no more at once, and danger finds a place beside them
RETAIN_EVERY = timedelta(days=1)
SOON = 10.0  # seconds: an answer in danger that may be tried again by then does not wait for the sweep
GRACE = 15.0  # seconds for what runs when we are told to stop


@dataclass(slots=True)
class Worker:
    """Runs tasks of the brokers in this process. What starts a task (`wake` ...) may be called from any process."""

    store: Store
    conductor: Conductor
    sender: Sender
    files: Files
    pager: Pager
    retention: Retention
    serving: ServingRecord
    clock: Clock
    broker: AsyncBroker
    urgent_broker: AsyncBroker  # may be the same
    _queued: set[int] = field(default_factory=set)
    _urgent: int = 0  # tasks with danger messages that are being handled here
    _places: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(HANDLED_AT_ONCE))
    _urgent_places: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(HANDLED_AT_ONCE))
    _retained_at: datetime | None = None
    _again: set[asyncio.Task[None]] = field(default_factory=set)  # what is tried again soon
    wake_urgent: Callable[[Sequence[int]], Awaitable[None]] = field(init=False)
    wake: Callable[[Sequence[int]], Awaitable[None]] = field(init=False)
    send: Callable[[int], Awaitable[None]] = field(init=False)
    fetch: Callable[[int], Awaitable[None]] = field(init=False)

    def __post_init__(self) -> None:
        self.conductor.calm.set()

        # Plain functions, because taskiq renames what it registers, and a bound method cannot be renamed.
        async def handle_contact(contact_id: int) -> None:
            if contact_id in self._queued:  # who waits here already will find this message too
                return
            self._queued.add(contact_id)
            async with self._places:
                await self.conductor.calm.wait()
                self._queued.discard(contact_id)
                handled = await self.conductor.handle_contact(contact_id)
            if handled.messages:
                if not handled.urgent:  # a message in danger came while she had a place here
                    await self.conductor.calm.wait()
                await self._send(contact_id)

        async def handle_contacts(contact_ids: list[int]) -> None:
            await _do_all(handle_contact, contact_ids)

        async def handle_now(contact_id: int) -> None:
            async with self._urgent_places:
                await self.conductor.handle_contact(contact_id, urgent=True)
                await self._send(contact_id)  # also what an earlier attempt could not hand over

        async def handle_urgent(contact_ids: list[int]) -> None:
            self._urgent += 1
            self.conductor.calm.clear()  # one processor: what others begin now would make her wait
            try:
                await _do_all(handle_now, contact_ids)
            finally:
                self._urgent -= 1
                if not self._urgent:
                    self.conductor.calm.set()

        async def send_contact(contact_id: int) -> None:
            await self._send(contact_id)

        async def fetch_file(media_id: int) -> None:
            await self.files.fetch(media_id)

        self.wake_urgent = kicker_of_many(self.urgent_broker.register_task(handle_urgent, task_name="handle_urgent"))
        self.wake = kicker_of_many(self.broker.register_task(handle_contacts, task_name="handle_contacts"))
        self.send = kicker(self.broker.register_task(send_contact, task_name="send_contact"))
        self.fetch = kicker(self.broker.register_task(fetch_file, task_name="fetch_file"))

    async def _send(self, contact_id: int) -> None:
        """Send; where an answer in danger must be tried again soon, do not wait for the sweep."""
        wait = await self.sender.send_contact(contact_id)
        if wait is not None and wait <= SOON:
            task = asyncio.create_task(self._wake_urgent_in(wait, contact_id), name="again")
            self._again.add(task)
            task.add_done_callback(self._again.discard)

    async def _wake_urgent_in(self, seconds: float, contact_id: int) -> None:
        await asyncio.sleep(seconds)
        await self.wake_urgent([contact_id])

    @property
    def brokers(self) -> tuple[AsyncBroker, ...]:
        return tuple(dict.fromkeys((self.broker, self.urgent_broker)))

    async def run(self, stop: asyncio.Event) -> None:
        """Sweep until told to stop; then let running tasks finish."""
        listening = [asyncio.create_task(listen(broker, stop, GRACE)) for broker in self.brokers]
        while not stop.is_set():
            try:
                await self._measure()
                if await may_sweep(self.broker, SWEEP_EVERY):
                    await self.sweep()
                await self._retain()
                await self.serving.keep_current()
            except Exception as error:  # the database may be away for a moment: say so, and try again
                log.error("sweep_failed", error=type(error).__name__)
            await pause(stop, SWEEP_EVERY)
        await self.finish()
        await asyncio.gather(*listening)

    async def sweep(self) -> int:
        """Start what is due: unhandled messages, messages to send, files to fetch, contacts to erase."""
        now = self.clock()
        async with self.store.write() as session:
            await outbox.give_up_lost_claims(session, now)
        async with self.store.read() as session:
            waiting = await messages.list_waiting_contacts(session, now)
            due = await outbox.list_due_contacts(session, now)
            files = await messages.list_waiting_media(session, now)
            to_erase = await contacts.list_to_erase(session)
        # An answer in danger that must be tried again goes the way of danger: it must not queue up behind the others.
        urgent = dict.fromkeys(contact_id for contact_id, lane in (*waiting, *due) if lane == Lane.DANGER)
        await self.wake_urgent(list(urgent))
        await self.wake([contact_id for contact_id, lane in waiting if lane != Lane.DANGER])
        others = (contact_id for contact_id, lane in due if lane != Lane.DANGER)
        for contact_id in dict.fromkeys((*others, *to_erase)):
            await self.send(contact_id)
        for media_id in files:
            await self.fetch(media_id)
        paged = await self.pager.page_due()
        count = len(waiting) + len(due) + len(files) + len(to_erase) + paged
        SWEPT.inc(count)
        return count

    async def _measure(self) -> None:
        """Note the headline; every worker does, as any of them may be asked."""
        async with self.store.read() as session:
            oldest = await messages.find_oldest_unhandled_at(session)
        OLDEST_UNHANDLED.set((self.clock() - oldest).total_seconds() if oldest else 0)

    async def _retain(self) -> None:
        """Once a day let go of what is older than its period."""
        now = self.clock()
        if self._retained_at is None or now - self._retained_at >= RETAIN_EVERY:
            self._retained_at = now
            await self.retention.run()

    async def finish(self, grace: float = GRACE) -> None:
        """Wait for the tasks that run in this process, at most `grace` seconds; what comes later is the sweep's."""
        if isinstance(self.broker, InMemoryBroker):
            try:
                await asyncio.wait_for(self.broker.wait_all(), grace)
            except TimeoutError:
                log.warning("tasks_cut_off")
        for task in tuple(self._again):
            task.cancel()
        await self.pager.settle()  # last: the tasks are what makes cases urgent

    async def run_until_idle(self, rounds: int = 50) -> None:
        """Sweep and wait until nothing is due: for tests and the terminal chat."""
        for _ in range(rounds):
            await self.finish()  # what a wake-up began may have made more
            if not await self.sweep():
                return


async def _do_all(do: Callable[[int], Awaitable[None]], contact_ids: Sequence[int]) -> None:
    """Do it for each at the same time; what fails for one is said, and left to the sweep."""
    done = await asyncio.gather(*map(do, contact_ids), return_exceptions=True)
    for error in (each for each in done if isinstance(each, Exception)):
        log.error("handling_failed", error=type(error).__name__)
