"""The assembly room: builds every part from the settings and starts and stops them in order."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta

import structlog

from bot import inbox
from bot.arrivals import Arrivals
from bot.broker import build_brokers, close
from bot.cases.paging import Pager
from bot.channels.registry import Registry, build_registry
from bot.channels.telegram.channel import TelegramChannel
from bot.channels.telegram.polling import poll
from bot.clock import Clock, now
from bot.config import Settings
from bot.content.keeper import Keeper
from bot.content.load import load_library, read_entries
from bot.content.phrases import Catalogue, load_catalogue
from bot.conversation.bubbles import Speaker
from bot.conversation.conduct import Conductor
from bot.conversation.serving import ServingRecord
from bot.files import Files
from bot.messages import Event
from bot.nlu.client import NluClient
from bot.nlu.lexicon import load_lexicon
from bot.nlu.limit import Limiter
from bot.nlu.process import NluProcess
from bot.nlu.understand import Understander
from bot.outbox.gate import Gate, build_counter
from bot.outbox.send import Sender
from bot.privacy.erasure import Eraser
from bot.privacy.retention import Periods, Retention
from bot.privacy.seal import Vault
from bot.spool import Spool
from bot.store.engine import AWAY, Store
from bot.worker import Worker

log = structlog.get_logger()

TOGETHER = 60  # as many contacts as may use their whole share of NLU in one minute


@dataclass(slots=True)
class Helpline:
    """Every part, built. Nothing runs until `running` is entered."""

    settings: Settings
    clock: Clock
    store: Store
    vault: Vault
    registry: Registry
    phrases: Catalogue
    keeper: Keeper
    speaker: Speaker
    nlu: NluClient
    nlu_process: NluProcess | None
    files: Files
    worker: Worker
    spool: Spool
    _stop: asyncio.Event = field(default_factory=asyncio.Event)
    _arrivals: Arrivals = field(init=False)

    def __post_init__(self) -> None:
        self._arrivals = Arrivals(self._record)

    async def receive(self, events: list[Event]) -> None:
        """Record events, together with those of others that come now, and wake the worker for those who wrote."""
        await self._arrivals.add(events)

    async def accept(self, events: list[Event]) -> None:
        """Record what a webhook brought; on the disk while the database is away. OSError: neither takes it."""
        if self.spool.is_empty():
            try:
                await self.receive(events)
            except (*AWAY, TimeoutError) as error:
                log.warning("database_away", error=type(error).__name__)
            else:
                return
        await self.spool.put(events)

    async def _record(self, events: list[Event]) -> None:
        find_lane = self.worker.conductor.understander.find_lane
        recorded = await inbox.record(self.store, self.vault, events, self.clock(), find_lane)
        await self.worker.wake_urgent(recorded.urgent_ids)
        await self.worker.wake(recorded.contact_ids)

    @asynccontextmanager
    async def running(self, *, work: bool = True) -> AsyncIterator[None]:
        """Run the background parts: NLU process, polling, worker. Leaving stops them and finishes what they hold."""
        async with AsyncExitStack() as stack:
            stack.push_async_callback(self._close)
            await self.keeper.open(read_entries())
            await self.registry.open()
            for name, job in self._jobs(work).items():
                stack.push_async_callback(_finish, asyncio.create_task(job, name=name))
            stack.callback(self._stop.set)  # first of all, and also where what runs beside the jobs has failed
            yield

    def _jobs(self, work: bool) -> dict[str, "asyncio._CoroutineLike[None]"]:
        jobs: dict[str, asyncio._CoroutineLike[None]] = {"spool": self.spool.run(self.receive, self._stop)}
        if work:
            jobs["worker"] = self.worker.run(self._stop)
            telegram = self._telegram()
            if telegram is not None and self.settings.telegram_mode == "polling":
                jobs["polling"] = poll(telegram, self.receive, self._stop)
            elif telegram is not None:
                jobs["register"] = telegram.register_webhook()
        if self.nlu_process is not None:
            jobs["nlu"] = self.nlu_process.run(self._stop)
        return jobs

    def _telegram(self) -> TelegramChannel | None:
        found = (channel for channel in self.registry.all() if isinstance(channel, TelegramChannel))
        return next(found, None)

    async def _close(self) -> None:
        for broker in self.worker.brokers:
            await close(broker)
        await self.registry.close()
        await self.nlu.close()
        await self.store.close()


async def _finish(task: "asyncio.Task[None]") -> None:
    """Wait for a job that was told to stop; a job that failed is reported by name, not re-raised over others."""
    try:
        await task
    except Exception as error:
        log.error("job_failed", job=task.get_name(), error=type(error).__name__)


def build(settings: Settings, *, clock: Clock = now, start_nlu: bool = True) -> Helpline:
    """Build the helpline. With no NLU_URL and `start_nlu`, NLU runs as a child process."""
    store = Store(settings.database)
    vault = Vault(settings.seal_keys.get_secret_value())
    registry = build_registry(settings)
    phrases = load_catalogue()
    keeper = Keeper(store, clock, load_library())
    speaker = Speaker(phrases, keeper, settings.demo, settings.sends_drafts)
    process = NluProcess(settings) if start_nlu and not settings.nlu_url else None
    url = process.url if process else settings.nlu_url
    nlu = NluClient(url, settings.nlu_token.get_secret_value(), settings.nlu_timeout)
    eraser = Eraser(store, settings.var_dir / "media", clock)
    limiter = Limiter(each=settings.nlu_per_minute, together=settings.nlu_per_minute * TOGETHER)
    pager = Pager(store, vault, clock, settings.public_url or f"http://{settings.bind}")
    conductor = Conductor(
        store, vault, registry, Understander(nlu, load_lexicon(), limiter, clock), speaker, eraser, clock,
        look=keeper.look, page_soon=pager.page_soon,
        is_nlu_starting=lambda: process is not None and process.state == "starting",
    )  # fmt: skip
    broker, urgent_broker = build_brokers(settings.broker_url)
    sender = Sender(store, vault, registry, eraser, clock, Gate(settings.rates, build_counter(settings.broker_url)))
    files = Files(store, vault, registry, settings.var_dir / "media", clock)
    retention = build_retention(settings, store, clock)
    serving = ServingRecord(store, nlu, clock)
    worker = Worker(store, conductor, sender, files, pager, retention, serving, clock, broker, urgent_broker)
    return Helpline(
        settings=settings, clock=clock, store=store, vault=vault, registry=registry, phrases=phrases,
        keeper=keeper, speaker=speaker, nlu=nlu, nlu_process=process, files=files, worker=worker,
        spool=Spool(settings.var_dir / "spool", vault),
    )  # fmt: skip


def build_retention(settings: Settings, store: Store, clock: Clock) -> Retention:
    words, files, cases = settings.keep_words_days, settings.keep_files_days, settings.keep_cases_days
    periods = Periods(timedelta(days=words), timedelta(days=files), timedelta(days=cases))
    return Retention(store, settings.var_dir / "media", clock, periods)
