"""Part "growth": what one message costs with a thousand, a hundred thousand and a million stored."""

import itertools
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from sqlalchemy import event, text

from bot.app import Helpline, build
from bot.bench.databases import find_missing, make_database
from bot.bench.figures import Options, Part, median, ms, percentile
from bot.bench.plans import explain, list_hot
from bot.bench.rows import FIRST_CHAT, PER_CONTACT, fill
from bot.bench.sentences import list_sentences
from bot.bench.server import SECRET, run_beside
from bot.bench.telegram import TelegramStandin
from bot.clock import now
from bot.config import Settings
from bot.messages import Address, Inbound, Kind
from bot.privacy.seal import Vault
from bot.store.engine import create_engine
from bot.store.migrate import migrate

SIZES, QUICK_SIZES = (1_000, 100_000, 1_000_000), (1_000, 5_000, 20_000)  # messages stored
ROUNDS, QUICK_ROUNDS = 10, 3
WRITERS = 20  # contacts who write in each round, spread over all there are
AIM = 1.2


@dataclass(slots=True)
class Site:
    """One helpline in this process, with so many messages in its database."""

    stored: int
    helpline: Helpline
    seconds: list[float] = field(default_factory=list)
    in_database: list[float] = field(default_factory=list)
    spent: float = 0.0  # seconds in statements since the last look


async def measure(options: Options) -> Part:
    sizes = QUICK_SIZES if options.quick else SIZES
    part = Part(
        "growth", "One message, from inbox.record to idle, with more and more messages stored",
        ("database", "stored", "messages", "median ms", "p99 ms", "of it statements, median ms", "against the least"),
    )  # fmt: skip
    standin = TelegramStandin()
    with tempfile.TemporaryDirectory(prefix="helpline-bench-") as scratch:
        async with standin.serve() as telegram_url, run_beside("standin", 0) as (nlu_url, _):
            common = {
                "nlu_url": nlu_url, "nlu_token": "bench", "nlu_per_minute": 1000, "nlu_timeout": 30,
                "telegram_token": "1:bench", "telegram_mode": "webhook", "telegram_webhook_secret": SECRET,
                "telegram_rate": 0, "telegram_chat_rate": 0,
                "telegram_api_base": telegram_url, "public_url": "http://127.0.0.1:9", "secret_key": "b" * 32,
                "seal_keys": options.settings.seal_keys.get_secret_value(),
            }  # fmt: skip
            async with AsyncExitStack() as stack:
                folders = {size: Path(scratch) / str(size) for size in sizes}
                urls = {size: f"sqlite:///{folder}.db" for size, folder in folders.items()}
                await _measure_database(options, part, "SQLite", urls, folders, common)
                missing = await find_missing(options.postgres)
                if missing:
                    part.notes.append(f"PostgreSQL skipped: {missing}")
                    return part
                urls = {size: await stack.enter_async_context(make_database(options.postgres)) for size in sizes}
                await _measure_database(options, part, "PostgreSQL", urls, folders, common)
    return part


async def _measure_database(
    options: Options, part: Part, name: str, urls: dict[int, str], folders: dict[int, Path], common: dict[str, object]
) -> None:
    task = options.progress.add_task(f"growth, filling {name}", total=sum(urls))
    async with AsyncExitStack() as stack:
        sites = []
        for size, url in urls.items():
            settings = Settings(_env_file=None, var_dir=folders[size], database_url=url, **common)  # type: ignore[arg-type, call-arg]
            await _prepare(options, settings, size, task)
            sites.append(await stack.enter_async_context(_open_site(settings, size)))
        await _drive(options, name, sites)
        least = median(sites[0].seconds)
        for site in sites:
            ratio = median(site.seconds) / least
            part.add(
                name, site.stored, len(site.seconds), ms(median(site.seconds)), ms(percentile(site.seconds, 0.99)),
                ms(median(site.in_database)), round(ratio, 2),
            )  # fmt: skip
        what = f"cost of a message, {name}, {sites[-1].stored} stored / {sites[0].stored} stored"
        part.at_most(what, median(sites[-1].seconds) / least, AIM)
        hot = list_hot(sites[-1].stored // PER_CONTACT // 2 + 1, now() + timedelta(seconds=1))
        plans = await explain(sites[-1].helpline.store, hot)
        part.at_most(f"hot queries that read a whole table, {name}", sum(plan.scans for plan in plans), 0)
        for plan in plans:
            part.notes.append(f"{name}, {sites[-1].stored} stored, {plan.query}, {plan.milliseconds} ms: {plan.steps}")


async def _prepare(options: Options, settings: Settings, size: int, task: object) -> None:
    """Make the tables and fill them, then let PostgreSQL look at them as its autovacuum would."""
    settings.var_dir.mkdir(parents=True, exist_ok=True)
    engine = create_engine(settings.database)
    await migrate(engine)
    await engine.dispose()
    helpline = build(settings, start_nlu=False)
    vault = Vault(settings.seal_keys.get_secret_value())
    await fill(
        helpline.store, vault, size, list_sentences(), now(),
        lambda count: options.progress.advance(task, count),  # type: ignore[arg-type]
    )  # fmt: skip
    if helpline.store.engine.dialect.name == "postgresql":
        async with helpline.store.engine.execution_options(isolation_level="AUTOCOMMIT").connect() as connection:
            await _catch_up(connection)
    await helpline.store.close()


async def _catch_up(connection: object) -> None:
    """Set the counters of ids behind the rows that were added with theirs, and gather statistics."""
    for table in ("contacts", "messages"):
        await connection.execute(  # type: ignore[attr-defined]
            text(f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), (SELECT max(id) FROM {table}))")  # noqa: S608
        )
    await connection.execute(text("VACUUM ANALYZE"))  # type: ignore[attr-defined]


@asynccontextmanager
async def _open_site(settings: Settings, size: int) -> AsyncIterator[Site]:
    """Build the helpline in this process; its background jobs do not run, so that only the one message is measured."""
    helpline = build(settings, start_nlu=False)
    site = Site(size, helpline)
    began: list[float] = []

    def start(*_: object) -> None:
        began.append(time.perf_counter())

    def stop(*_: object) -> None:
        site.spent += time.perf_counter() - began.pop()

    event.listen(helpline.store.engine.sync_engine, "before_cursor_execute", start)
    event.listen(helpline.store.engine.sync_engine, "after_cursor_execute", stop)
    async with helpline.running(work=False):
        yield site


async def _drive(options: Options, name: str, sites: list[Site]) -> None:
    """Let the sites take turns; the first round warms up. Every message is a new one of a contact who is there."""
    rounds = 1 + (QUICK_ROUNDS if options.quick else ROUNDS)
    task = options.progress.add_task(f"growth, {name}", total=rounds * len(sites) * WRITERS)
    texts = itertools.cycle(list_sentences("en"))
    for turn in range(rounds):
        for site in sites:
            contacts = site.stored // PER_CONTACT
            for writer in range(WRITERS):
                chat = FIRST_CHAT + 1 + writer * contacts // WRITERS
                await _write(site, chat, f"bench-{turn}", next(texts), measured=turn > 0)
                options.progress.advance(task)


async def _write(site: Site, chat: int, external_id: str, words: str, *, measured: bool) -> None:
    inbound = Inbound(
        address=Address("telegram", str(chat)), external_id=external_id, kind=Kind.TEXT, text=words,
        display_name="Bench", language_hint="en", sent_at=now(),
    )  # fmt: skip
    site.spent = 0.0
    started = time.perf_counter()
    await site.helpline.receive([inbound])
    await site.helpline.worker.run_until_idle()
    if measured:
        site.seconds.append(time.perf_counter() - started)
        site.in_database.append(site.spent)
