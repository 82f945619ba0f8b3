"""The Telegram Bot API's side of the bench, and the contacts who write to our webhook."""

import asyncio
import contextlib
import itertools
import json
import random
import socket
import time
from collections import deque
from collections.abc import AsyncIterator, Iterable, Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs

import uvicorn

from bot.bench.load import Connection
from bot.bench.server import READY_WITHIN, SECRET, Deployment

REPLY_WITHIN = 120.0  # seconds, after which a message counts as lost
SEED = 20  # the faults of two runs are the same


@dataclass(frozen=True, slots=True)
class Arrival:
    """A message that the stand-in took for a chat; `number` is the id it gave it."""

    at: float
    chat: int
    number: int
    text: str


@dataclass(frozen=True, slots=True)
class Faults:
    """Which share of sends is answered with 429 ("retry after a second") and with 500."""

    rate_limited: float = 0.0
    server_error: float = 0.0


@dataclass(frozen=True, slots=True)
class Exchange:
    """Seconds until a message was accepted and until its reply arrived (None: it did not)."""

    accepted: float
    answered: float | None


class TelegramStandin:
    """Takes sendMessage, keeps what arrived in order, and tells who waits for a chat's next message."""

    def __init__(self, faults: Faults | None = None) -> None:
        self.arrivals: list[Arrival] = []
        self.refused: dict[int, int] = {429: 0, 500: 0}
        self.refusals: list[tuple[float, int]] = []  # when, and in which chat
        self.registered = 0  # times that a process told us its webhook: each worker does so when it starts
        self._faults = faults or Faults()
        self._chance = random.Random(SEED)  # noqa: S311  no secret
        self._waiting: dict[int, asyncio.Future[float]] = {}

    def expect(self, chat: int) -> "asyncio.Future[float]":
        """Return what becomes the time at which the chat's next message arrives."""
        self._waiting[chat] = asyncio.get_running_loop().create_future()
        return self._waiting[chat]

    async def wait_for_workers(self, helpline: Deployment, count: int) -> None:
        """Wait until so many workers have started; raise RuntimeError with what they logged if they do not."""
        for _ in range(int(READY_WITHIN / 0.1)):
            if self.registered >= count:
                return
            await asyncio.sleep(0.1)
        raise RuntimeError(f"{self.registered} of {count} workers started:\n{helpline.read_log('worker')}")

    @contextlib.asynccontextmanager
    async def serve(self) -> AsyncIterator[str]:
        """Listen while the context is open; give the address."""
        config = uvicorn.Config(self._app, log_config=None, access_log=False, lifespan="off", interface="asgi3")
        server = _Server(config)
        with socket.create_server(("127.0.0.1", 0), backlog=1024) as listener:
            serving = asyncio.create_task(server.serve(sockets=[listener]))
            try:
                yield f"http://127.0.0.1:{listener.getsockname()[1]}"
            finally:
                server.should_exit = server.force_exit = True
                await serving

    async def _app(self, scope: Any, receive: Any, send: Any) -> None:
        body = b""
        while True:
            event = await receive()
            body += event.get("body", b"")
            if not event.get("more_body"):
                break
        self.registered += scope["path"].endswith("/setWebhook")
        sends = scope["path"].endswith("/sendMessage")
        status, document = self._take(body) if sends else (200, {"ok": True, "result": True})
        headers = [(b"content-type", b"application/json")]
        content = json.dumps(document).encode()
        headers.append((b"content-length", str(len(content)).encode()))
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": content})

    def _take(self, body: bytes) -> tuple[int, dict[str, Any]]:
        at, chance = time.perf_counter(), self._chance.random()
        form = parse_qs(body.decode())
        chat_id = int(form["chat_id"][0])
        if chance < self._faults.rate_limited:
            self._note_refusal(429, at, chat_id)
            more = {"description": "Too Many Requests: retry after 1", "parameters": {"retry_after": 1}}
            return 429, {"ok": False, "error_code": 429, **more}
        if chance < self._faults.rate_limited + self._faults.server_error:
            self._note_refusal(500, at, chat_id)
            return 500, {"ok": False, "error_code": 500, "description": "Internal Server Error"}
        arrival = Arrival(at, chat_id, len(self.arrivals) + 1, form["text"][0])
        self.arrivals.append(arrival)
        waiting = self._waiting.pop(arrival.chat, None)
        if waiting is not None and not waiting.done():
            waiting.set_result(at)
        chat = {"id": arrival.chat, "type": "private"}
        message = {"message_id": arrival.number, "date": int(time.time()), "chat": chat, "text": "taken"}
        return 200, {"ok": True, "result": message}

    def _note_refusal(self, status: int, at: float, chat: int) -> None:
        self.refused[status] += 1
        self.refusals.append((at, chat))


class _Server(uvicorn.Server):
    """Leaves signals to the bench, which has processes to end."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


class Writers:
    """Contacts who take turns: each writes again only after all others did.

    So her earlier reply, which may have several bubbles, has arrived before she is measured again.
    """

    def __init__(self, standin: TelegramStandin, texts: Iterable[str], contacts: int) -> None:
        self._standin, self._texts = standin, itertools.cycle(texts)
        self._chats = deque(range(100_000, 100_000 + contacts))
        self._numbers = itertools.count(1)

    async def post(self, connection: Connection, _turn: int = 0) -> float:
        """Write one message; return the seconds until it was accepted."""
        chat = self._chats[0]
        self._chats.rotate(-1)
        return await post_update(connection, next(self._numbers), chat, next(self._texts))

    async def exchange(self, connection: Connection, _turn: int = 0) -> Exchange:
        """Write one message and wait for its reply."""
        chat = self._chats.popleft()
        reply = self._standin.expect(chat)
        started = time.perf_counter()
        accepted = await post_update(connection, next(self._numbers), chat, next(self._texts))
        try:
            return Exchange(accepted, await asyncio.wait_for(reply, REPLY_WITHIN) - started)
        except TimeoutError:
            return Exchange(accepted, None)
        finally:
            self._chats.append(chat)


async def post_update(connection: Connection, number: int, chat: int, text: str) -> float:
    """Deliver one update as Telegram would; return the seconds it took, raise RuntimeError unless it was accepted."""
    body = compose_update(number, chat, text)
    started = time.perf_counter()
    answer = await connection.post("/webhooks/telegram", body, {"X-Telegram-Bot-Api-Secret-Token": SECRET})
    if answer.status != 200:
        raise RuntimeError(f"the webhook answered {answer.status}")
    return time.perf_counter() - started


def compose_update(number: int, chat: int, text: str) -> bytes:
    """Return an update of Telegram's form: `number` is update and message in one."""
    person = {"id": chat, "is_bot": False, "first_name": "Bench", "language_code": "en"}
    message = {
        "message_id": number, "date": int(time.time()), "text": text,
        "chat": {"id": chat, "type": "private", "first_name": "Bench"}, "from": person,
    }  # fmt: skip
    return json.dumps({"update_id": number, "message": message}).encode()
