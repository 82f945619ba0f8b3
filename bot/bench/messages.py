"""helpline bench messages: from a Telegram webhook to the delivered reply, through everything."""

import asyncio
import itertools
import json
import time
from dataclasses import asdict, dataclass
from pathlib import Path

import httpx
import uvicorn
import yaml
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from bot.bench.figures import memory_of, percentile
from bot.bench.server import Server, free_port, serve_helpline
from bot.bench.telegram import ReplyClock
from bot.config import ROOT

console = Console(stderr=True)
REPLY_WITHIN = 120.0  # seconds, after which a message counts as lost


@dataclass(frozen=True, slots=True)
class Figures:
    """One load: `in_flight` contacts each write their next message when the last was answered."""

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
    replies, port = ReplyClock(), free_port()
    config = uvicorn.Config(replies.app, port=port, log_config=None, access_log=False)
    standin = uvicorn.Server(config)
    serving = asyncio.create_task(standin.serve())
    try:
        async with serve_helpline(f"http://127.0.0.1:{port}") as server:
            with Progress(console=console, transient=True) as progress:
                driver = _Driver(server, replies, progress)
                await driver.load(1, 20, "warming up")
                idle = memory_of(server.pid)
                loads = [
                    await driver.load(1, max(10, count // 3), "one at a time"),
                    await driver.load(contacts, count, f"{contacts} contacts at once"),
                ]
            return {"loads": loads, "memory_idle_mib": idle, "memory_loaded_mib": memory_of(server.pid)}
    finally:
        standin.should_exit = True
        await serving


class _Driver:
    def __init__(self, server: Server, replies: ReplyClock, progress: Progress) -> None:
        self._server, self._replies, self._progress = server, replies, progress
        self._texts = itertools.cycle(_sentences())
        self._numbers = itertools.count(1)

    async def load(self, in_flight: int, count: int, name: str) -> Figures:
        task = self._progress.add_task(name, total=count)
        accepts: list[float] = []
        answers: list[float] = []
        lost = 0
        left = iter(range(count))

        async def write(client: httpx.AsyncClient) -> None:
            nonlocal lost
            chat = next(self._numbers) + 10_000
            for _ in left:
                accepted, answered = await self._exchange(client, chat)
                accepts.append(accepted)
                if answered is None:
                    lost += 1
                else:
                    answers.append(answered)
                self._progress.advance(task)

        started = time.perf_counter()
        async with httpx.AsyncClient(timeout=60) as client:
            await asyncio.gather(*(write(client) for _ in range(in_flight)))
        seconds = time.perf_counter() - started
        return Figures(
            in_flight, count, lost, round(len(answers) / seconds, 1),
            *(round(1000 * percentile(times, share), 1) for times in (accepts, answers) for share in (0.5, 0.99)),
        )  # fmt: skip

    async def _exchange(self, client: httpx.AsyncClient, chat: int) -> tuple[float, float | None]:
        """Post one message; return seconds until it was accepted and until its reply arrived (None: lost)."""
        reply = self._replies.expect(chat)
        update = _update(next(self._numbers), chat, next(self._texts))
        headers = {"X-Telegram-Bot-Api-Secret-Token": self._server.secret}
        started = time.perf_counter()
        response = await client.post(f"{self._server.url}/webhooks/telegram", json=update, headers=headers)
        response.raise_for_status()
        accepted = time.perf_counter() - started
        try:
            return accepted, await asyncio.wait_for(reply, REPLY_WITHIN) - started
        except TimeoutError:
            return accepted, None


def _sentences() -> list[str]:
    """The development sentences of all variants: real lengths and scripts, none trained on."""
    texts = []
    for path in sorted((ROOT / "nlu_data" / "dev").glob("*.yml")):
        for block in yaml.safe_load(path.read_text("utf-8"))["nlu"]:
            if block["intent"] != "stop_messages":  # a contact who said stop gets no second answer
                texts += [line.removeprefix("- ") for line in block["examples"].splitlines() if line]
    return texts[:: max(1, len(texts) // 997)]


def _update(number: int, chat: int, text: str) -> dict[str, object]:
    person = {"id": chat, "is_bot": False, "first_name": "Bench"}
    message = {
        "message_id": number, "date": int(time.time()), "text": text,
        "chat": {"id": chat, "type": "private", "first_name": "Bench"}, "from": person,
    }  # fmt: skip
    return {"update_id": number, "message": message}


def _table(loads: list[Figures]) -> Table:
    table = Table(title="Telegram webhook to delivered reply")
    for heading in ("contacts at once", "messages", "lost", "messages/s"):
        table.add_column(heading, justify="right")
    for heading in ("accept p50 ms", "accept p99 ms", "reply p50 ms", "reply p99 ms"):
        table.add_column(heading, justify="right")
    for load in loads:
        table.add_row(*(str(value) for value in asdict(load).values()))
    return table
