"""Part "memory": what every process of `helpline serve` keeps resident, idle and loaded."""

from bot.bench.figures import Options, Part, memory_of
from bot.bench.load import drive
from bot.bench.messages import SPARE
from bot.bench.sentences import list_sentences
from bot.bench.server import serve_helpline
from bot.bench.stock import find_missing_model
from bot.bench.telegram import TelegramStandin, Writers

IN_FLIGHT, COUNT = 50, 2_000
QUICK_COUNT = 100


async def measure(options: Options) -> Part:
    part = Part("memory", "Resident memory of helpline serve, SQLite", ("process", "idle MiB", "loaded MiB"))
    missing = find_missing_model(options.settings)
    if missing:
        part.notes.append(f"skipped: {missing}")
        return part
    count = QUICK_COUNT if options.quick else COUNT
    task = options.progress.add_task("memory", total=count)
    standin = TelegramStandin()
    async with standin.serve() as telegram_url, serve_helpline(telegram_url, options.settings) as helpline:
        writers = Writers(standin, list_sentences(), IN_FLIGHT + SPARE)
        await drive(helpline.url, writers.exchange, in_flight=1, count=1)  # NLU loads its last parts with the first
        idle = memory_of(helpline.pid)
        await drive(
            helpline.url, writers.exchange, in_flight=IN_FLIGHT, count=count,
            advance=lambda: options.progress.advance(task),
        )  # fmt: skip
        loaded = memory_of(helpline.pid)
    for name in dict.fromkeys((*idle, *loaded)):
        part.add(name, idle.get(name, "–"), loaded.get(name, "–"))
    part.add("together", round(sum(idle.values()), 1), round(sum(loaded.values()), 1))
    part.notes.append(f"loaded: after {count} messages, {IN_FLIGHT} contacts at once, in all variants")
    return part
