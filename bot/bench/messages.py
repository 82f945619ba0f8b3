"""helpline bench messages: from a Telegram webhook to the delivered reply, through everything."""

import asyncio
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from bot.bench.figures import memory_of, ms, percentile
from bot.bench.load import Run, drive
from bot.bench.sentences import list_sentences
from bot.bench.server import serve_helpline
from bot.bench.telegram import Exchange, TelegramStandin, Writers

console = Console(stderr=True)
SPARE = 50  # contacts more than write at once: nobody writes again before all of her reply is there


@dataclass(frozen=True, slots=True)
class Figures:
    """One load: `in_flight` contacts at a time wait for the reply to what they wrote."""

    in_flight: int
    messages: int
    lost: int
    per_second: float
    accept_p50_ms: float
    accept_p99_ms: float
    reply_p50_ms: float
    reply_p99_ms: float


def bench(count: int, contacts: int, output: Path | None) -> int:
    report = asyncio.run(_bench(count, contacts))
    Console().print(_table(report["loads"]))
    for when in ("memory_idle_mib", "memory_loaded_mib"):
        Console().print(f"{when}: {report[when]}", highlight=False)
    if output:
        document = {**report, "loads": [asdict(load) for load in report["loads"]]}
        output.write_text(json.dumps(document, indent=2))
    return 1 if any(load.lost for load in report["loads"]) else 0


async def _bench(count: int, contacts: int) -> dict:  # type: ignore[type-arg]
    standin = TelegramStandin()
    async with standin.serve() as telegram_url, serve_helpline(telegram_url) as helpline:
        with Progress(console=console, transient=True) as progress:
            writers = Writers(standin, list_sentences(), contacts + SPARE)

            async def load(name: str, in_flight: int, count: int) -> Figures:
                task = progress.add_task(name, total=count)
                run = await drive(
                    helpline.url, writers.exchange, in_flight=in_flight, count=count,
                    advance=lambda: progress.advance(task),
                )  # fmt: skip
                return summarise(in_flight, run)

            await load("warming up", 1, 20)
            idle = memory_of(helpline.pid)
            loads = [
                await load("one at a time", 1, max(10, count // 3)),
                await load(f"{contacts} contacts at once", contacts, count),
            ]
        return {"loads": loads, "memory_idle_mib": idle, "memory_loaded_mib": memory_of(helpline.pid)}


def summarise(in_flight: int, *runs: Run[Exchange]) -> Figures:
    """Return the figures of several runs of one load taken together."""
    exchanges = [each for run in runs for each in run.results]
    accepts = [each.accepted for each in exchanges]
    answers = [each.answered for each in exchanges if each.answered is not None]
    seconds = sum(run.seconds for run in runs)
    return Figures(
        in_flight, len(exchanges), len(exchanges) - len(answers), round(len(answers) / seconds, 1),
        *(ms(percentile(times, share)) for times in (accepts, answers) for share in (0.5, 0.99)),
    )  # fmt: skip


def _table(loads: Sequence[Figures]) -> Table:
    table = Table(title="Telegram webhook to delivered reply")
    for heading in ("contacts at once", "messages", "lost", "messages/s"):
        table.add_column(heading, justify="right")
    for heading in ("accept p50 ms", "accept p99 ms", "reply p50 ms", "reply p99 ms"):
        table.add_column(heading, justify="right")
    for load in loads:
        table.add_row(*(str(value) for value in asdict(load).values()))
    return table
