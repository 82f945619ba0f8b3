"""Part "burst": ten thousand messages at once, a provider with faults, and danger among them, late."""

import asyncio
import itertools
import math
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass, field

from bot.bench.check import check, find_first_replies
from bot.bench.databases import (
    count_recorded,
    count_waiting,
    empty_queue,
    find_missing,
    list_replies,
    make_database,
)
from bot.bench.figures import Options, Part, median, percentile
from bot.bench.load import Connection, drive
from bot.bench.scale import NLU_SECONDS
from bot.bench.sentences import list_sentences
from bot.bench.server import Deployment, deploy, run_beside
from bot.bench.telegram import Faults, TelegramStandin, post_update
from bot.nlu.lexicon import load_lexicon
from bot.store.engine import Store

MESSAGES, CONTACTS, DANGER = 10_000, 2_000, 20
QUICK_MESSAGES, QUICK_CONTACTS, QUICK_DANGER = 400, 80, 4
FAULTS = Faults(rate_limited=0.01, server_error=0.01)
TWICE = 100  # every so manieth webhook is delivered twice
LATE = 0.75  # from this share of the burst on, danger is among it
IN_FLIGHT = 40  # webhooks, what we tell Telegram to use at most
HELP = "he beats me help"
SQLITE, SERVERS = "SQLite, serve", "PostgreSQL + Redis, web + 2 workers"
AIM = 0.99
LOOK_EVERY = 0.5  # seconds
STUCK_AFTER = 180.0  # seconds without any progress


@dataclass(frozen=True, slots=True)
class Written:
    number: int
    chat: int
    text: str


@dataclass(slots=True)
class Burst:
    """What was written, and when each message was accepted; the clock is time.perf_counter."""

    messages: list[Written]
    danger: set[int]
    started: float = 0.0
    accepted: dict[int, float] = field(default_factory=dict)
    twice: int = 0


def plan(messages: int, contacts: int, danger: int, texts: Sequence[str]) -> Burst:
    """Return the burst: contacts write in turn, and some messages of the last quarter say danger."""
    first = int(LATE * messages)
    step = max(1, (messages - first) // danger)
    late = set(range(first + 1, first + 1 + step * danger, step))
    turns = itertools.cycle(texts)
    written = [
        Written(number, 500_000 + number % contacts, HELP if number in late else next(turns))
        for number in range(1, messages + 1)
    ]
    return Burst(written, late)


async def measure(options: Options) -> Part:
    sizes = (QUICK_MESSAGES, QUICK_CONTACTS, QUICK_DANGER) if options.quick else (MESSAGES, CONTACTS, DANGER)
    texts = [text for text in list_sentences("en") if not load_lexicon().find_signs(text)]
    missing = await find_missing(options.postgres, options.redis)
    places = (SQLITE,) if missing else (SQLITE, SERVERS)
    title = f"{sizes[0]} messages of {sizes[1]} contacts at once, {sizes[2]} of them danger, late; NLU stand-in 10 ms"
    part = Part("burst", title, ("", *places))
    figures = []
    async with run_beside("standin", NLU_SECONDS) as (nlu_url, _):
        for name in places:
            place = _on_sqlite(nlu_url) if name == SQLITE else _on_servers(options, nlu_url)
            async with place as (standin, helpline, database):
                figures.append(await _measure(options, part, name, plan(*sizes, texts), standin, helpline, database))
    for row in figures[0]:
        part.add(row, *(each[row] for each in figures))
    part.notes.append(
        "answered after danger: of the messages that waited when a danger message was accepted, the share that was "
        "answered later than it; the worst of the danger messages, also of those that the provider took at once"
    )
    if missing:
        part.notes.append(f"{SERVERS} skipped: {missing}")
    return part


@asynccontextmanager
async def _on_sqlite(nlu_url: str) -> AsyncIterator[tuple[TelegramStandin, Deployment, str]]:
    standin = TelegramStandin(FAULTS)
    async with standin.serve() as telegram_url, deploy(telegram_url, "serve", NLU_URL=nlu_url) as helpline:
        yield standin, helpline, f"sqlite:///{helpline.folder}/helpline.db"


@asynccontextmanager
async def _on_servers(options: Options, nlu_url: str) -> AsyncIterator[tuple[TelegramStandin, Deployment, str]]:
    standin = TelegramStandin(FAULTS)
    async with (
        empty_queue(options.redis),
        make_database(options.postgres) as database,
        standin.serve() as telegram_url,
        deploy(
            telegram_url, "web", "worker", "worker", DATABASE_URL=database, BROKER_URL=options.redis, NLU_URL=nlu_url
        ) as helpline,
    ):
        await standin.wait_for_workers(helpline, 2)
        yield standin, helpline, database.replace("postgresql:", "postgresql+psycopg:")


async def _measure(
    options: Options, part: Part, name: str, burst: Burst, standin: TelegramStandin, helpline: Deployment, database: str
) -> dict[str, float]:
    """Return the figures; aims and faults are added to the part."""
    store = Store(database)
    try:
        await _write_all(options, burst, helpline)
        drained = await _wait_until_drained(options, store, standin, len(burst.messages))
        replies, recorded = await list_replies(store), await count_recorded(store)
    finally:
        await store.close()
    verdict = check({each.number: each.chat for each in burst.messages}, replies, standin.arrivals)
    part.faults += [f"burst, {name}: {fault}" for fault in verdict.list_faults()]
    if not drained:
        part.faults.append(f"burst, {name}: nothing moved for {STUCK_AFTER:.0f} s, and not all was answered")
    if set(recorded) != {len(burst.messages)}:
        part.faults.append(f"burst, {name}: {recorded[0]} messages, {recorded[1]} decisions of {len(burst.messages)}")
    first = find_first_replies(replies, standin.arrivals)
    shares = {number: _share_overtaken(burst, first, number) for number in burst.danger}
    overtaken = min(shares.values())
    at_once = [share for number, share in shares.items() if not _was_refused(burst, first, number, standin.refusals)]
    part.at_least(f"answered after danger, {name}", overtaken, AIM)
    waits = {number: at - burst.accepted[number] for number, at in first.items()}
    seconds = max((arrival.at for arrival in standin.arrivals), default=burst.started) - burst.started
    return {
        "accepted in s": round(max(burst.accepted.values()) - burst.started, 1), "drained in s": round(seconds, 1),
        "messages/s": round(len(first) / seconds, 1) if seconds else 0.0,
        "wait p50 s": round(median(waits.values()), 2), "wait p99 s": round(percentile(waits.values(), 0.99), 2),
        "longest wait of danger s": round(max(waits.get(number, math.inf) for number in burst.danger), 2),
        "answered after danger": round(overtaken, 4),
        "answered after danger that was taken at once": round(min(at_once, default=0.0), 4),
        "danger that was not taken at once": len(shares) - len(at_once), "sends refused, 429": standin.refused[429],
        "sends refused, 500": standin.refused[500], "webhooks delivered twice": burst.twice,
        **{name.replace("_", " "): count for name, count in asdict(verdict).items()},
    }  # fmt: skip


async def _write_all(options: Options, burst: Burst, helpline: Deployment) -> None:
    """Deliver all as fast as they are accepted; some twice at the same time.

    A contact's next message is delivered when the one before was acknowledged: else nobody could say what her order is.
    """
    task = options.progress.add_task("burst, delivered", total=len(burst.messages))
    hers: defaultdict[int, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def send(connection: Connection, turn: int) -> None:
        each = burst.messages[turn]
        async with hers[each.chat]:
            if each.number % TWICE == 0:
                burst.twice += 1
                second = Connection(helpline.url)
                posts = (post_update(to, each.number, each.chat, each.text) for to in (connection, second))
                await asyncio.gather(*posts)
                second.close()
            else:
                await post_update(connection, each.number, each.chat, each.text)
            burst.accepted[each.number] = time.perf_counter()

    burst.started = time.perf_counter()
    await drive(
        helpline.url, send, in_flight=IN_FLIGHT, count=len(burst.messages),
        advance=lambda: options.progress.advance(task),
    )  # fmt: skip


async def _wait_until_drained(options: Options, store: Store, standin: TelegramStandin, total: int) -> bool:
    """Return True once all is handled and sent, False if nothing moved for long."""
    task = options.progress.add_task("burst, handled", total=total)
    moved, before = time.monotonic(), (-1, -1, -1)
    while time.monotonic() - moved < STUCK_AFTER:
        unhandled, unsent = await count_waiting(store)
        options.progress.update(task, completed=total - unhandled)
        if not unhandled and not unsent:
            return True
        if (state := (unhandled, unsent, len(standin.arrivals))) != before:
            moved, before = time.monotonic(), state
        await asyncio.sleep(LOOK_EVERY)
    return False


def _share_overtaken(burst: Burst, first: dict[int, float], danger: int) -> float:
    """Return which share of what waited when the danger message was accepted was answered later than it."""
    accepted, answered = burst.accepted[danger], first.get(danger, math.inf)
    waiting = [
        first.get(number, math.inf) for number, at in burst.accepted.items()
        if at < accepted and number not in burst.danger and first.get(number, math.inf) > accepted
    ]  # fmt: skip
    return sum(at > answered for at in waiting) / len(waiting) if waiting else 1.0


def _was_refused(burst: Burst, first: dict[int, float], danger: int, refusals: Sequence[tuple[float, int]]) -> bool:
    """True if the provider refused to send to her while she waited for this answer."""
    chat, until = burst.messages[danger - 1].chat, first.get(danger, math.inf)
    return any(whose == chat and burst.accepted[danger] <= at <= until for at, whose in refusals)
