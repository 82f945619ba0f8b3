"""Part "stock": from a message to its reply, through our whole helpline and through a stock Rasa server."""

import itertools
import json
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from statistics import mean

from bot.bench.figures import Options, Part, cpu_of, median, ms
from bot.bench.load import Connection, Run, drive
from bot.bench.messages import SPARE, summarise
from bot.bench.nlu import choose_examples
from bot.bench.rasa import make_project, run_project
from bot.bench.sentences import list_sentences
from bot.bench.server import NLU_TOKEN, Deployment, serve_helpline
from bot.bench.telegram import Exchange, TelegramStandin, Writers
from bot.config import Settings
from bot.nlu.models import find_current, is_refused, is_stale, models_dir
from bot.nlu.normalise import defuse

AIM, NLU_AIM = 3.0, 0.8
VARIANT = "en"
PER_LABEL, QUICK_PER_LABEL = 12, 3
LOADS = (1, 50)  # in flight
ROUNDS, COUNT = 5, 400
QUICK_ROUNDS, QUICK_COUNT = 2, 60

Send = Callable[[Connection, int], Awaitable[Exchange]]


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two: where it is, how one message is sent and its reply awaited."""

    name: str
    url: str
    pid: int
    send: Send


def find_missing_model(settings: Settings) -> str:
    """Return why `helpline serve` would train first or could not start, or an empty string."""
    if find_current(settings) is None:
        return f"no NLU model in {models_dir(settings)}; run `helpline nlu train`"
    if is_stale(settings) and not is_refused(settings):
        return "the NLU model is older than its data; run `helpline nlu train`"
    return ""


async def measure(options: Options) -> Part:
    part = Part(
        "stock", "Message to delivered reply: ours (Telegram webhook to sendMessage) and stock Rasa (REST channel)",
        ("", "at once", "messages", "lost", "messages/s (median of rounds)", "p50 ms", "p99 ms", "CPU ms each"),
    )  # fmt: skip
    missing = find_missing_model(options.settings)
    if missing:
        part.notes.append(f"skipped: {missing}")
        return part
    examples = choose_examples(VARIANT, QUICK_PER_LABEL if options.quick else PER_LABEL)
    started = time.perf_counter()
    task = options.progress.add_task("training stock Rasa", total=None)
    async with make_project(examples) as folder:
        options.progress.remove_task(task)
        part.notes.append(
            f"stock Rasa: DIET (100 epochs), RulePolicy, SQL tracker store on SQLite, trained on {len(examples)} "
            f"sentences of {VARIANT} in {time.perf_counter() - started:.0f} s, one short text for each label; "
            "ours: the serving model of all variants; both hear the same development sentences"
        )
        standin = TelegramStandin()
        async with (
            standin.serve() as telegram_url,
            serve_helpline(telegram_url, options.settings) as helpline,
            run_project(folder) as (rasa_url, rasa_pid),
        ):
            writers = Writers(standin, list_sentences(VARIANT), max(LOADS) + SPARE)
            ours = Side("ours", helpline.url, helpline.pid, writers.exchange)
            stock = Side("stock Rasa", rasa_url, rasa_pid, _write_to_rasa(list_sentences(VARIANT)))
            await _compare(options, part, ours, stock)
            await _share_of_nlu(options, part, ours, helpline, stock)
    return part


async def _compare(options: Options, part: Part, ours: Side, stock: Side) -> None:
    """Drive the two in turn, so that the machine's moods fall on both."""
    rounds, count = (QUICK_ROUNDS, QUICK_COUNT) if options.quick else (ROUNDS, COUNT)
    task = options.progress.add_task("stock", total=2 * len(LOADS) * rounds * count)
    for side in (ours, stock):
        await drive(side.url, side.send, in_flight=max(LOADS), count=max(LOADS) + SPARE)
    for in_flight in LOADS:
        runs: dict[str, list[Run[Exchange]]] = {ours.name: [], stock.name: []}
        used = dict.fromkeys(runs, 0.0)
        for _, side in itertools.product(range(rounds), (ours, stock)):
            before = sum(cpu_of(side.pid).values())
            run = await drive(
                side.url, side.send, in_flight=in_flight, count=count, advance=lambda: options.progress.advance(task)
            )
            runs[side.name].append(run)
            used[side.name] += sum(cpu_of(side.pid).values()) - before
        rates = {name: _report(part, name, in_flight, each, used[name]) for name, each in runs.items()}
        what = f"messages/s from message to reply, ours / stock Rasa, {in_flight} at once"
        part.at_least(what, rates[ours.name] / rates[stock.name], AIM)


def _report(part: Part, name: str, in_flight: int, runs: Sequence[Run[Exchange]], used: float) -> float:
    """Add the row; return messages per second, the median of the rounds."""
    figures = summarise(in_flight, *runs)
    rate = median(run.per_second for run in runs)
    part.add(
        name, in_flight, figures.messages, figures.lost, round(rate, 1), figures.reply_p50_ms, figures.reply_p99_ms,
        ms(used / figures.messages),
    )  # fmt: skip
    if figures.lost:
        part.faults.append(f"stock, {name}, {in_flight} at once: {figures.lost} lost")
    return rate


def _write_to_rasa(texts: Sequence[str]) -> Send:
    """Return what posts the next sentence to the REST channel; the reply is in its answer."""
    turns, senders = itertools.cycle(texts), itertools.cycle(range(max(LOADS) + SPARE))

    async def send(connection: Connection, _turn: int) -> Exchange:
        body = json.dumps({"sender": f"bench-{next(senders)}", "message": next(turns)}).encode()
        started = time.perf_counter()
        answer = await connection.post("/webhooks/rest/webhook", body)
        seconds = time.perf_counter() - started
        said = answer.status == 200 and bool(json.loads(answer.body))
        return Exchange(seconds, seconds if said else None)

    return send


async def _share_of_nlu(options: Options, part: Part, ours: Side, helpline: Deployment, stock: Side) -> None:
    """How much of one message's time is NLU: the same sentences through everything, and to the NLU server alone."""
    count = QUICK_COUNT if options.quick else COUNT
    url, texts = helpline.find_nlu_url(), list_sentences(VARIANT)
    whole: list[float] = []
    alone: list[float] = []
    rasa_whole: list[float] = []
    rasa_alone: list[float] = []
    used: dict[str, float] = {}
    for _ in range(QUICK_ROUNDS if options.quick else ROUNDS):
        before = cpu_of(ours.pid)
        run = await drive(ours.url, ours.send, in_flight=1, count=count)
        for name, seconds in cpu_of(ours.pid).items():
            used[name] = used.get(name, 0.0) + seconds - before.get(name, 0.0)
        whole += [each.answered for each in run.results if each.answered is not None]
        alone += (await drive(url, _ask_nlu(texts), in_flight=1, count=count)).results
        rasa_run = await drive(stock.url, stock.send, in_flight=1, count=count)
        rasa_whole += [each.answered for each in rasa_run.results if each.answered is not None]
        rasa_alone += (await drive(stock.url, _ask_nlu(texts), in_flight=1, count=count)).results
    app, together = used.get("app", 0.0), sum(used.values())
    wall = sum(alone) / len(alone) / (sum(whole) / len(whole)) if whole else 0.0
    part.notes.append(
        f"one at a time: {ms(median(whole))} ms to the reply, {ms(median(alone))} ms of it at the NLU server (medians; "
        f"means: {ms(sum(whole) / max(1, len(whole)))} and {ms(sum(alone) / len(alone))}); processor time of one "
        f"message: {ms(together / max(1, len(whole)))} ms, of it outside NLU {ms(app / max(1, len(whole)))} ms, "
        "which is also for the bubbles after the first"
    )
    if whole:
        model = mean(alone)
        beside, rasa_beside = mean(whole) - model, mean(rasa_whole) - mean(rasa_alone)
        part.notes.append(
            f"outside the model, means of one at a time: ours {ms(beside)} ms, stock Rasa {ms(rasa_beside)} ms "
            f"({ms(mean(rasa_whole))} to the reply, {ms(mean(rasa_alone))} of it its own model)"
        )
        equal = (rasa_beside + model) / (beside + model)
        part.at_least("the same with one model's cost (ours) counted on both sides, 1 at once", equal, AIM)
    part.at_least("NLU's share of the time to the reply, one at a time (wall)", wall, NLU_AIM)
    part.at_least("NLU's share of the processor time, one at a time", 1 - app / together if together else 0.0, NLU_AIM)


def _ask_nlu(texts: Sequence[str]) -> Callable[[Connection, int], Awaitable[float]]:
    turns = itertools.cycle(texts)

    async def ask(connection: Connection, _turn: int) -> float:
        body = json.dumps({"text": defuse(next(turns))}).encode()
        started = time.perf_counter()
        answer = await connection.post(f"/model/parse?token={NLU_TOKEN}", body)
        if answer.status != 200:
            raise RuntimeError(f"the NLU server answered {answer.status}")
        return time.perf_counter() - started

    return ask
