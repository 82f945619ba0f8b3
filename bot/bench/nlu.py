"""helpline bench nlu: our pipeline beside Rasa's stock one, over the same HTTP API, and the sentence vector alone."""

import asyncio
import json
import subprocess
import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

import httpx
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from bot.bench.figures import memory_of, percentile
from bot.bench.server import free_port
from bot.bench.training import Sentence, console, train, write_training
from bot.config import ROOT, Settings
from bot.nlu.child import make_command
from bot.nlu.examples import Example, list_dev, list_training
from bot.nlu.models import CONFIG, get_current
from bot.nlu.process import child_environment, server_environment

CONFIGS = {"stock DIET": Path(__file__).with_name("stock.yml"), "ours": CONFIG}
WIDTH = 110  # characters a table needs where there is no terminal to ask
ROUNDS = 3  # each server is driven so often, in turn: the machine's moods fall on all alike
START_WITHIN = 180.0  # seconds


@dataclass(frozen=True, slots=True)
class Figures:
    """One server under one load; times in milliseconds, memory in MiB."""

    name: str
    at_once: int
    messages: int
    per_second: float
    p50_ms: float
    p99_ms: float
    accuracy: float
    memory_mib: float


@dataclass(frozen=True, slots=True)
class Served:
    name: str
    url: str
    pid: int
    query: dict[str, str]


def bench(settings: Settings, part: str, per_label: int, count: int, output: Path | None) -> int:
    """Train both pipelines on the same examples of one variant (never on dev), then drive them in turn."""
    examples = choose_examples(part, per_label)
    sentences = [example for example in list_dev() if example.variant == part][:count]
    with tempfile.TemporaryDirectory(prefix="helpline-bench-") as scratch:
        folder = Path(scratch)
        write_training(folder / "data" / part, examples)
        models = {
            name: train(
                settings, f"{name} on {len(examples)} examples of {part}", data=folder / "data", config=config,
                out=folder / name,
            )
            for name, config in CONFIGS.items()
        }  # fmt: skip
        models["ours, all variants"] = get_current(settings)
        figures = asyncio.run(_measure(settings, models, sentences))
    floor = _measure_floor(settings, sentences)
    Console(width=max(console.width, WIDTH)).print(_table(figures, floor))
    if output:
        document = {"part": part, "servers": [asdict(each) for each in figures], "vector_alone": asdict(floor)}
        output.write_text(json.dumps(document, indent=1))
    return 0


def choose_examples(part: str, per_label: int) -> list[Sentence]:
    """Return the first examples of each label: DIET would train for an hour on all of them."""
    taken: Counter[str] = Counter()
    chosen = []
    for example in list_training():
        if example.variant == part and taken[example.label] < per_label:
            taken[example.label] += 1
            chosen.append((example.text, example.label))
    return chosen


async def _measure(settings: Settings, models: dict[str, Path], sentences: Sequence[Example]) -> list[Figures]:
    figures: dict[tuple[str, int], list[Figures]] = {}
    with Progress(console=console, transient=True) as progress:
        task = progress.add_task("driving the servers", total=ROUNDS * len(models) * 2)
        async with _serve_all(settings, models) as servers:
            for _ in range(ROUNDS):
                for server in servers:
                    for at_once in (1, 4):
                        figures.setdefault((server.name, at_once), []).append(await _drive(server, at_once, sentences))
                        progress.advance(task)
    return [sorted(rounds, key=lambda each: each.per_second)[len(rounds) // 2] for rounds in figures.values()]


@asynccontextmanager
async def _serve_all(settings: Settings, models: dict[str, Path]) -> AsyncIterator[list[Served]]:
    with _processes(settings, models) as servers:
        for server in servers:
            await _wait_until_ready(server)
        yield servers


@contextmanager
def _processes(settings: Settings, models: dict[str, Path]) -> Iterator[list[Served]]:
    """Start a Rasa server for each model on a port of its own; end them all afterwards."""
    processes: list[subprocess.Popen[bytes]] = []
    query = {"token": settings.nlu_token.get_secret_value()}
    try:
        servers = []
        for name, model in models.items():
            port = free_port()
            processes.append(_start(settings, model, port))
            servers.append(Served(name, f"http://127.0.0.1:{port}", processes[-1].pid, query))
        yield servers
    finally:
        for process in processes:
            process.terminate()
            process.wait()


def _start(settings: Settings, model: Path, port: int) -> subprocess.Popen[bytes]:
    return subprocess.Popen(  # noqa: S603
        make_command("serve", "--model", model, "--port", port), env=server_environment(settings), cwd=ROOT,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip


async def _wait_until_ready(server: Served) -> None:
    deadline = time.monotonic() + START_WITHIN
    async with httpx.AsyncClient(timeout=5, trust_env=False) as client:
        while time.monotonic() < deadline:
            try:
                response = await client.get(f"{server.url}/status", params=server.query)
                if response.status_code == 200 and response.json().get("model_file"):
                    return
            except httpx.HTTPError:
                pass
            await asyncio.sleep(0.2)
    raise SystemExit(f"the server of {server.name} did not become ready")


async def _drive(server: Served, at_once: int, sentences: Sequence[Example]) -> Figures:
    """Send every sentence once, `at_once` at a time."""
    seconds: list[float] = []
    right = 0
    left = iter(sentences)

    async def ask(client: httpx.AsyncClient) -> None:
        nonlocal right
        for example in left:
            started = time.perf_counter()
            response = await client.post("/model/parse", params=server.query, json={"text": example.text})
            response.raise_for_status()
            seconds.append(time.perf_counter() - started)
            ranking = response.json()["intent_ranking"]
            names = [each["name"] for each in ranking if each["name"] != "nlu_fallback"]
            right += bool(names) and names[0] == example.label

    async with httpx.AsyncClient(base_url=server.url, timeout=60, trust_env=False) as client:
        await client.post("/model/parse", params=server.query, json={"text": "warm up"})
        started = time.perf_counter()
        await asyncio.gather(*(ask(client) for _ in range(at_once)))
        total = time.perf_counter() - started
    return _figures(server.name, at_once, seconds, total, right / len(sentences), sum(memory_of(server.pid).values()))


def _measure_floor(settings: Settings, sentences: Sequence[Example]) -> Figures:
    done = subprocess.run(  # noqa: S603
        make_command("floor"), env=child_environment(settings), cwd=ROOT, capture_output=True, text=True, check=True,
        input="".join(json.dumps({"text": example.text}) + "\n" for example in sentences),
    )  # fmt: skip
    seconds = json.loads(done.stdout.splitlines()[-1])
    return _figures("the vector alone", 1, seconds, sum(seconds), 0.0, 0.0)


def _figures(name: str, at_once: int, seconds: list[float], total: float, accuracy: float, memory: float) -> Figures:
    p50, p99 = (round(1000 * percentile(seconds, share), 1) for share in (0.5, 0.99))
    return Figures(name, at_once, len(seconds), round(len(seconds) / total, 1), p50, p99, round(accuracy, 3), memory)


def _table(figures: Sequence[Figures], floor: Figures) -> Table:
    table = Table(title="NLU over Rasa's HTTP API (median of three rounds)")
    for heading in ("", "at once", "messages", "messages/s", "p50 ms", "p99 ms", "accuracy", "memory MiB"):
        table.add_column(heading, justify="right" if heading else "left")
    for each in sorted(figures, key=lambda each: each.at_once):
        table.add_row(*(str(value) for value in asdict(each).values()))
    table.add_row(*[str(value) for value in asdict(floor).values()][:6])
    return table
