"""Part "scale": PostgreSQL and Redis, one web process, and more and more workers."""

from collections.abc import Sequence

from rich.progress import TaskID

from bot.bench.databases import empty_queue, find_missing, make_database
from bot.bench.figures import Options, Part, cpu_of, ms
from bot.bench.load import Run, drive
from bot.bench.messages import SPARE, summarise
from bot.bench.sentences import list_sentences
from bot.bench.server import Deployment, deploy, run_beside
from bot.bench.telegram import Exchange, TelegramStandin, Writers

WORKERS = (1, 2, 4)
NLU_SECONDS = 0.010
IN_FLIGHT, COUNT = 200, 1_500
QUICK_IN_FLIGHT, QUICK_COUNT = 40, 200


async def measure(options: Options) -> Part:
    part = Part(
        "scale", "PostgreSQL + Redis, 1 web and more workers; NLU is a stand-in of 10 ms",
        ("workers", "contacts at once", "messages", "lost", "messages/s", "reply p50 ms", "reply p99 ms",
         "web CPU ms each", "workers' CPU ms each"),
    )  # fmt: skip
    missing = await find_missing(options.postgres, options.redis)
    if missing:
        part.notes.append(f"skipped: {missing}")
        return part
    in_flight, count = (QUICK_IN_FLIGHT, QUICK_COUNT) if options.quick else (IN_FLIGHT, COUNT)
    task = options.progress.add_task("scale", total=len(WORKERS) * count)
    rates = {}
    async with run_beside("standin", NLU_SECONDS) as (nlu_url, _):
        for workers in WORKERS:
            run, web, others = await _measure(options, workers, nlu_url, in_flight, count, task)
            figures = summarise(in_flight, run)
            rates[workers] = figures.per_second
            part.add(
                workers, in_flight, figures.messages, figures.lost, figures.per_second, figures.reply_p50_ms,
                figures.reply_p99_ms, ms(web / count), ms(others / count),
            )  # fmt: skip
            if figures.lost:
                part.faults.append(f"scale, {workers} workers: {figures.lost} lost")
    gains = ", ".join(f"{workers}: {rate / rates[1]:.2f} times" for workers, rate in rates.items() if workers != 1)
    part.notes.append(f"against one worker: {gains}; load, stand-ins, database and helpline share this machine's cores")
    return part


async def _measure(
    options: Options, workers: int, nlu_url: str, in_flight: int, count: int, task: TaskID
) -> tuple[Run[Exchange], float, float]:
    """Return the run, and the processor seconds of the web process and of all workers."""
    standin = TelegramStandin()
    commands = ("web", *("worker",) * workers)
    async with (
        empty_queue(options.redis),
        make_database(options.postgres) as database,
        standin.serve() as telegram_url,
        deploy(telegram_url, *commands, DATABASE_URL=database, BROKER_URL=options.redis, NLU_URL=nlu_url) as helpline,
    ):
        await standin.wait_for_workers(helpline, workers)
        writers = Writers(standin, list_sentences("en"), in_flight + SPARE)
        await drive(helpline.url, writers.exchange, in_flight=in_flight, count=in_flight + SPARE)
        before = _processor_seconds(helpline)
        run = await drive(
            helpline.url, writers.exchange, in_flight=in_flight, count=count,
            advance=lambda: options.progress.advance(task),
        )  # fmt: skip
        used = [after - first for after, first in zip(_processor_seconds(helpline), before, strict=True)]
    return run, used[0], sum(used[1:])


def _processor_seconds(helpline: Deployment) -> Sequence[float]:
    return [sum(cpu_of(pid).values()) for pid in helpline.pids]
