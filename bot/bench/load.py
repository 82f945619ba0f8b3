"""The load generator that all parts share: lean HTTP connections, and a closed loop over them.

It writes HTTP by hand, because a client library takes more of this machine's time than the servers it would measure.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

IDLE = 2.0  # seconds after which a kept connection is opened anew: servers close theirs after five
WITHIN = 120.0  # seconds for one answer


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    body: bytes


@dataclass(frozen=True, slots=True)
class Run[T]:
    """What each turn returned, in no order, and how long all of them took."""

    results: list[T]
    seconds: float

    @property
    def per_second(self) -> float:
        return len(self.results) / self.seconds


class Connection:
    """One kept connection to a server on this machine. Not for two requests at once."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self._host, self._port = parts.hostname or "127.0.0.1", parts.port or 80
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None
        self._used_at = 0.0

    async def post(self, path: str, body: bytes, headers: Mapping[str, str] | None = None) -> Answer:
        """Post JSON and return the answer, whatever its status; OSError or EOFError where there is none."""
        lines = [
            f"POST {path} HTTP/1.1", f"Host: {self._host}:{self._port}", "Content-Type: application/json",
            f"Content-Length: {len(body)}", *(f"{name}: {value}" for name, value in (headers or {}).items()),
        ]  # fmt: skip
        request = "\r\n".join([*lines, "", ""]).encode() + body
        try:
            async with asyncio.timeout(WITHIN):
                reader, writer = await self._open()
                writer.write(request)
                answer = await _read_answer(reader)
        except BaseException:
            self.close()  # half an answer may be in it
            raise
        self._used_at = time.monotonic()
        return answer

    async def _open(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        if self._streams is not None and time.monotonic() - self._used_at > IDLE:
            self.close()
        if self._streams is None:
            self._streams = await asyncio.open_connection(self._host, self._port)
        return self._streams

    def close(self) -> None:
        if self._streams is not None:
            self._streams[1].close()
            self._streams = None


async def _read_answer(reader: asyncio.StreamReader) -> Answer:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    length = 0
    for line in head[1:]:
        name, _, value = line.partition(":")
        if name.lower() == "content-length":
            length = int(value)
        elif name.lower() == "transfer-encoding":
            raise ValueError("the load generator reads no chunked answers")
    return Answer(int(head[0].split(" ")[1]), await reader.readexactly(length) if length else b"")


async def drive[T](
    url: str, send: Callable[[Connection, int], Awaitable[T]], *, in_flight: int, count: int,
    advance: Callable[[], object] = lambda: None,
) -> Run[T]:  # fmt: skip
    """Call `send` for the numbers 0 to count-1, `in_flight` at a time, each on a connection of its own."""
    numbers = iter(range(count))
    results: list[T] = []

    async def work() -> None:
        connection = Connection(url)
        try:
            for number in numbers:
                results.append(await send(connection, number))
                advance()
        finally:
            connection.close()

    started = time.perf_counter()
    async with asyncio.TaskGroup() as group:
        for _ in range(min(in_flight, count)):
            group.create_task(work())
    return Run(results, time.perf_counter() - started)
