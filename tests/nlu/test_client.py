"""The client against a tiny real HTTP server: good answers are read, bad ones become a state."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest

from bot.nlu.client import MAX_TEXT, NluClient

ANSWER = {
    "intent_ranking": [{"name": "wages_unpaid", "confidence": 0.8}, {"name": "wages_deduction", "confidence": 0.1}],
    "entities": [{"entity": "destination", "value": "SA", "start": 3, "end": 9}],
    "language": "sw", "script": "native", "language_confidence": 0.9, "danger": True, "danger_signs": ["beaten"],
}  # fmt: skip

Reply = Callable[[dict[str, Any]], Awaitable[tuple[int, bytes]]]


@asynccontextmanager
async def standing_in(reply: Reply) -> AsyncIterator[NluClient]:
    """Serve one JSON request per connection with whatever `reply` says."""

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError), contextlib.closing(writer):
            head = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
            size = next((int(line.split(":")[1]) for line in head.splitlines() if line.startswith("content-length")), 0)
            status, body = await reply(json.loads(await reader.readexactly(size)) if size else {})
            head_back = b"HTTP/1.1 %d X\r\nconnection: close\r\ncontent-length: %d\r\n\r\n" % (status, len(body))
            writer.write(head_back + body)
            await writer.drain()

    server = await asyncio.start_server(handle, "127.0.0.1", 0)
    client = NluClient(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", "secret", 0.5)
    try:
        yield client
    finally:
        await client.close()
        server.close()
        await server.wait_closed()


def always(status: int, body: bytes) -> Reply:
    async def reply(request: dict[str, Any]) -> tuple[int, bytes]:
        return status, body

    return reply


async def test_an_answer_is_read() -> None:
    async with standing_in(always(200, json.dumps(ANSWER).encode())) as client:
        heard = await client.understand("niko saudi")
    assert (heard.state, heard.intent, heard.confidence) == ("ok", "wages_unpaid", 0.8)
    assert heard.find_entity("destination") == "SA"
    assert (heard.language, heard.danger, heard.danger_signs) == ("sw", True, ("beaten",))


@pytest.mark.parametrize(
    ("status", "body"), [(500, b"{}"), (401, b"{}"), (200, b"not json"), (200, b"[]"), (200, b'{"intent_ranking": 3}')]
)
async def test_a_bad_answer_is_a_state(status: int, body: bytes) -> None:
    async with standing_in(always(status, body)) as client:
        assert (await client.understand("x")).state == "error"


async def test_a_slow_server_is_a_state() -> None:
    async def reply(request: dict[str, Any]) -> tuple[int, bytes]:
        await asyncio.sleep(0.8)
        return 200, b"{}"

    async with standing_in(reply) as client:
        assert (await client.understand("x")).state == "timeout"


async def test_no_server_is_a_state() -> None:
    client = NluClient("http://127.0.0.1:9", "secret", 0.5)
    assert (await client.understand("x")).state == "unreachable"
    assert not await client.is_ready()
    await client.close()


async def sent(text: str) -> str:
    """Return what reaches the server of a text."""
    texts: list[str] = []

    async def reply(request: dict[str, Any]) -> tuple[int, bytes]:
        texts.append(request["text"])
        return 200, json.dumps(ANSWER).encode()

    async with standing_in(reply) as client:
        await client.understand(text)
    return texts[0]


async def test_long_texts_are_cut_and_broken_characters_sent() -> None:
    assert len(await sent("a" * 5000)) == MAX_TEXT
    assert await sent("hi \ud83d") == "hi ?"


async def test_a_worker_cannot_command_rasa() -> None:
    """ "/delete_data" came back as that label with confidence 1, "/stop" as one that does not exist."""
    assert not (await sent(" /delete_data")).strip().startswith("/")


async def test_of_several_servers_one_that_is_away_is_passed_over() -> None:
    asked = []

    async def reply(request: dict[str, Any]) -> tuple[int, bytes]:
        asked.append(request["text"])
        return 200, json.dumps(ANSWER).encode()

    async with standing_in(reply) as only:
        client = NluClient(f"http://127.0.0.1:9,{only.addresses[0]}", "secret", 0.5)
        states = [(await client.understand(f"text {number}")).state for number in range(4)]
        assert await client.is_ready() is False  # this stand-in's /status names no model
        await client.close()
    assert states == ["ok"] * 4
    assert len([text for text in asked if text]) == 4
