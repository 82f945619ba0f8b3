"""Long polling: nothing is confirmed to Telegram before it is recorded."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest

from bot.channels.telegram import polling
from bot.channels.telegram.channel import TelegramChannel
from bot.channels.telegram.polling import poll
from bot.messages import Event, Inbound
from tests.channels.kit import load_update
from tests.standins.telegram import TelegramStandin

Record = Callable[[list[Event]], Awaitable[None]]


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(polling, "FIRST_DELAY", 0.01)
    monkeypatch.setattr(polling, "LAST_DELAY", 0.02)
    monkeypatch.setattr(polling, "LONG_POLL", 2)


@asynccontextmanager
async def polled(channel: TelegramChannel, record: Record) -> AsyncIterator[None]:
    stop = asyncio.Event()
    task = asyncio.create_task(poll(channel, record, stop))
    try:
        yield
    finally:
        stop.set()
        await asyncio.wait_for(task, 2)


async def happens(condition: Callable[[], object]) -> None:
    async with asyncio.timeout(5):
        while not condition():  # noqa: ASYNC110 (the stand-in is another thread)
            await asyncio.sleep(0.01)


class Notebook:
    """A record that fails as often as it is told to."""

    def __init__(self, failures: int = 0) -> None:
        self.failures = failures
        self.texts: list[str] = []

    async def __call__(self, events: list[Event]) -> None:
        if self.failures:
            self.failures -= 1
            raise RuntimeError("database is locked")
        self.texts += [event.text for event in events if isinstance(event, Inbound)]


def write(api: TelegramStandin, *texts: str) -> list[int]:
    template = load_update("text")
    return [api.push({"message": {**template["message"], "text": text}}) for text in texts]


async def test_updates_are_recorded_in_order_and_then_confirmed(
    telegram: TelegramChannel, telegram_api: TelegramStandin
) -> None:
    notebook = Notebook()
    async with polled(telegram, notebook):
        *_, last = write(telegram_api, "one", "two", "three")
        confirmed = {"offset": str(last + 1)}.items()
        await happens(lambda: any(confirmed <= call.items() for call in telegram_api.list_calls("getUpdates")))
    assert notebook.texts == ["one", "two", "three"]


async def test_a_webhook_is_removed_first_but_not_what_waits_in_it(
    telegram: TelegramChannel, telegram_api: TelegramStandin
) -> None:
    await telegram.register_webhook()
    async with polled(telegram, Notebook()):
        # A late poll of the test before may be noted first: what counts is one after the removal.
        await happens(
            lambda: "getUpdates" in " ".join(call.method for call in telegram_api.calls).partition("deleteW")[2]
        )
    assert telegram_api.list_calls("deleteWebhook") == [{"drop_pending_updates": "false"}]
    assert telegram_api.webhook == {}


async def test_what_could_not_be_recorded_comes_again(telegram: TelegramChannel, telegram_api: TelegramStandin) -> None:
    notebook = Notebook(failures=2)
    write(telegram_api, "one", "two")
    async with polled(telegram, notebook):
        await happens(lambda: len(notebook.texts) == 2)
    assert notebook.texts == ["one", "two"]


async def test_trouble_with_telegram_is_outlasted(telegram: TelegramChannel, telegram_api: TelegramStandin) -> None:
    notebook = Notebook()
    telegram_api.fail_next("server_error", "deleteWebhook")
    telegram_api.fail_next("bad_gateway", "getUpdates", times=3)
    write(telegram_api, "still there?")
    async with polled(telegram, notebook):
        await happens(lambda: notebook.texts == ["still there?"])


async def test_an_update_we_cannot_read_does_not_hide_the_next(
    telegram: TelegramChannel, telegram_api: TelegramStandin
) -> None:
    notebook = Notebook()
    telegram_api.push(load_update("unknown_shape"))
    write(telegram_api, "after it")
    async with polled(telegram, notebook):
        await happens(lambda: notebook.texts == ["after it"])


async def test_an_update_we_stumble_over_does_not_hide_the_next(
    telegram: TelegramChannel, telegram_api: TelegramStandin, monkeypatch: pytest.MonkeyPatch
) -> None:
    notebook = Notebook()
    read = telegram.read
    monkeypatch.setattr(telegram, "read", lambda data: read(data) if "message" in data else 1 / 0)
    telegram_api.push(load_update("callback"))
    write(telegram_api, "after it")
    async with polled(telegram, notebook):
        await happens(lambda: notebook.texts == ["after it"])


async def test_stopping_does_not_wait_for_telegram(telegram: TelegramChannel, telegram_api: TelegramStandin) -> None:
    async with polled(telegram, Notebook()):
        await happens(lambda: telegram_api.list_calls("getUpdates"))
        started = asyncio.get_running_loop().time()
    assert asyncio.get_running_loop().time() - started < 1
