"""Part "accept": how fast our web process takes webhooks, beside the least that keeps them as safely."""

import tempfile
from pathlib import Path

import httpx

from bot.bench.databases import empty_queue, find_missing_redis
from bot.bench.figures import Options, Part, cpu_of, median, ms, percentile
from bot.bench.load import Run, drive
from bot.bench.sentences import list_sentences
from bot.bench.server import deploy, run_beside
from bot.bench.telegram import TelegramStandin, Writers

AIM = 0.6  # of the bare app's rate
IN_FLIGHT = 40  # what we tell Telegram to use at most
CONTACTS = 500
ROUNDS, COUNT = 5, 1_500
QUICK_ROUNDS, QUICK_COUNT = 3, 600


async def measure(options: Options) -> Part:
    part = Part(
        "accept", "Webhook accept rate: Telegram webhook, SQLite, synchronous = FULL, worker elsewhere",
        ("", "requests", "accepted/s (median of rounds)", "p50 ms", "p99 ms", "CPU ms each"),
    )  # fmt: skip
    missing = await find_missing_redis(options.redis)
    if missing:  # in memory, a wake-up runs in the web process: its handling would be measured as well
        part.notes.append(
            f"skipped: {missing}; without a queue to a worker elsewhere accepting cannot be measured alone"
        )
        return part
    runs, used, spooled = await _measure_in_turn(options)
    for name, rounds in runs.items():
        times = [each for run in rounds for each in run.results]
        part.add(
            name, len(times), round(median(run.per_second for run in rounds), 1), ms(percentile(times, 0.5)),
            ms(percentile(times, 0.99)), ms(used[name] / len(times)),
        )  # fmt: skip
    ours, bare = (median(run.per_second for run in rounds) for rounds in runs.values())
    part.at_least("accept rate, ours / bare Starlette with one INSERT", ours / bare, AIM)
    part.notes.append(f"{spooled} of ours went to the spool on disk because the database took too long")
    part.notes.append(f"{IN_FLIGHT} requests in flight; the two took turns, {len(runs['ours'])} rounds each")
    return part


async def _measure_in_turn(options: Options) -> tuple[dict[str, list[Run[float]]], dict[str, float], int]:
    """Return the rounds of "ours" and "bare", the processor seconds each used, and how many of ours were spooled."""
    rounds, count = (QUICK_ROUNDS, QUICK_COUNT) if options.quick else (ROUNDS, COUNT)
    task = options.progress.add_task("accept", total=2 * rounds * count)
    standin = TelegramStandin()
    runs: dict[str, list[Run[float]]] = {"ours": [], "bare": []}
    with tempfile.TemporaryDirectory(prefix="helpline-bench-") as folder:
        async with (
            empty_queue(options.redis),
            deploy("http://127.0.0.1:9", "web", BROKER_URL=options.redis) as helpline,
            run_beside("bare", Path(folder) / "bare.db") as (bare_url, bare_pid),
        ):
            writers = Writers(standin, list_sentences(), CONTACTS)
            servers = {"ours": (helpline.url, helpline.pid), "bare": (bare_url, bare_pid)}
            for url, _ in servers.values():  # connections are opened, contacts made
                await drive(url, writers.post, in_flight=IN_FLIGHT, count=CONTACTS)
            before = {name: sum(cpu_of(pid).values()) for name, (_, pid) in servers.items()}
            for _ in range(rounds):
                for name, (url, _) in servers.items():
                    run = await drive(
                        url, writers.post, in_flight=IN_FLIGHT, count=count,
                        advance=lambda: options.progress.advance(task),
                    )  # fmt: skip
                    runs[name].append(run)
            used = {name: sum(cpu_of(pid).values()) - before[name] for name, (_, pid) in servers.items()}
            spooled = await _count_spooled(helpline.url)
    return runs, used, spooled


async def _count_spooled(url: str) -> int:
    async with httpx.AsyncClient(trust_env=False) as client:
        lines = (await client.get(f"{url}/metrics")).text.splitlines()
    return next((int(float(line.split()[1])) for line in lines if line.startswith("helpline_spooled_total ")), 0)
