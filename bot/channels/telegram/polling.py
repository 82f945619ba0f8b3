"""Long polling: the way in where no public address can be had. An update is confirmed only once it is recorded."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import structlog
from telegram.error import RetryAfter, TelegramError

from bot.channels.telegram.channel import TelegramChannel
from bot.channels.telegram.errors import to_send_error
from bot.messages import Event

log = structlog.get_logger()

Record = Callable[[list[Event]], Awaitable[Any]]

LONG_POLL = 25  # seconds Telegram holds a request open
FIRST_DELAY = 1.0  # seconds; doubled with every failure in a row
LAST_DELAY = 60.0


async def poll(channel: TelegramChannel, record: Record, stop: asyncio.Event) -> None:
    """Hand every update's events to `record` until told to stop; outlast any trouble on either side."""
    poller = _Poller(channel, record)
    delay = FIRST_DELAY
    while not stop.is_set():
        try:
            await poller.step(stop)
            delay = FIRST_DELAY
        except Exception as error:  # the network or our database: either way the update comes again
            wait = _find_wait(error, delay)
            log.warning("polling_interrupted", error=_name(error), wait=wait)
            await _unless_stopped(asyncio.sleep(wait), stop)
            delay = min(delay * 2, LAST_DELAY)


class _Poller:
    def __init__(self, channel: TelegramChannel, record: Record) -> None:
        self._channel, self._record = channel, record
        self._webhook_deleted = False
        self._offset: int | None = None

    async def step(self, stop: asyncio.Event) -> None:
        """Fetch once and record what came. A stop drops the waiting for Telegram, never a recording."""
        for update in await _unless_stopped(self._fetch(), stop) or []:
            events = self._read(update)
            if events:
                await self._record(events)
            self._offset = update["update_id"] + 1

    async def _fetch(self) -> list[dict[str, Any]]:
        if not self._webhook_deleted:  # Telegram refuses polling while a webhook is set
            await self._channel.bot.delete_webhook(drop_pending_updates=False)
            self._webhook_deleted = True
        return await self._channel.bot.list_raw_updates(self._offset, LONG_POLL)

    def _read(self, update: dict[str, Any]) -> list[Event]:
        """Return the update's events; one we stumble over must not hold up everybody who wrote after it."""
        try:
            return self._channel.read(update)
        except Exception as error:
            log.error("update_skipped", update=update["update_id"], error=type(error).__name__)
            return []


async def _unless_stopped[T](work: Awaitable[T], stop: asyncio.Event) -> T | None:
    """Await `work`; drop it and return None when told to stop first."""
    working, stopping = asyncio.ensure_future(work), asyncio.ensure_future(stop.wait())
    try:
        await asyncio.wait({working, stopping}, return_when=asyncio.FIRST_COMPLETED)
        return working.result() if working.done() else None
    finally:
        working.cancel()
        stopping.cancel()
        await asyncio.gather(working, stopping, return_exceptions=True)


def _find_wait(error: Exception, delay: float) -> float:
    asked = to_send_error(error).retry_after if isinstance(error, RetryAfter) else None
    return asked or delay


def _name(error: Exception) -> str:
    """Name the trouble without its text, which may quote a message."""
    return to_send_error(error).code if isinstance(error, TelegramError) else type(error).__name__
