"""The Telegram channel: webhook in, messages out, files fetched. Long polling is in polling.py."""

import asyncio
import hmac
import json
import os
from contextlib import suppress
from typing import Any

import structlog
from telegram import Bot, InlineKeyboardButton, InlineKeyboardMarkup, LinkPreviewOptions
from telegram.error import InvalidToken, TelegramError

from bot.channels.base import Forged, Junk, WebhookRequest
from bot.channels.telegram.errors import to_fetch_error, to_send_error
from bot.channels.telegram.parse import ALLOWED_UPDATES, find_plain, list_events, load_update
from bot.channels.telegram.requests import QuietRequest
from bot.config import Settings
from bot.messages import Address, Attachment, Choice, Event, Limits, Media, Outbound, SendError, SendResult

log = structlog.get_logger()

SECRET_HEADER = "x-telegram-bot-api-secret-token"  # noqa: S105 (its name, not its value)
REGISTER_DELAYS = (1.0, 4.0, 0.0)  # seconds between the attempts to register the webhook

# The library warns about times given as int unless this is set; _seconds() takes either.
os.environ.setdefault("PTB_TIMEDELTA", "1")


class RawBot(Bot):
    """A Bot that can also hand out updates unparsed, so that one it cannot read does not hide those after it."""

    async def list_raw_updates(self, offset: int | None, seconds: int) -> list[dict[str, Any]]:
        data = {"offset": offset, "timeout": seconds, "allowed_updates": ALLOWED_UPDATES}
        updates: list[dict[str, Any]] = await self._post("getUpdates", data, read_timeout=seconds + 10)
        return updates


class TelegramChannel:
    names: tuple[str, ...] = ("telegram",)
    webhooks: tuple[str, ...] = ("telegram",)

    def __init__(self, settings: Settings) -> None:
        self._token = settings.telegram_token.get_secret_value()
        self._secret = settings.telegram_webhook_secret.get_secret_value()
        self._webhook_url = f"{settings.public_url}/webhooks/telegram"
        self._requests = (QuietRequest(connections=2), QuietRequest(connections=64))
        self._answering: set[asyncio.Task[None]] = set()
        base = settings.telegram_api_base
        self.bot = RawBot(
            self._token, base_url=f"{base}/bot", base_file_url=f"{base}/file/bot",
            get_updates_request=self._requests[0], request=self._requests[1],
        )  # fmt: skip

    def limits(self, channel: str) -> Limits:
        return Limits(text=4096, buttons=True, deletes=True, reports=False)

    def secrets(self) -> tuple[str, ...]:
        return tuple(secret for secret in (self._token, self._secret) if secret)

    async def parse(self, request: WebhookRequest) -> list[Event]:
        given = request.headers.get(SECRET_HEADER, "")
        # without a secret of ours anybody could write in anybody's name
        if not self._secret or not hmac.compare_digest(given.encode(), self._secret.encode()):
            raise Forged
        return self.read(_load_object(request.body))

    def read(self, data: dict[str, Any]) -> list[Event]:
        """Return the events of one update that is known to be Telegram's; a pressed button is told so."""
        plain = find_plain(data)
        if plain is not None:
            return [plain]
        update = load_update(data)
        if update is None:
            return []
        if update.callback_query:
            self._start_answer(update.callback_query.id)
        return list_events(update)

    def _start_answer(self, callback_id: str) -> None:
        task = asyncio.create_task(self._answer(callback_id))
        self._answering.add(task)
        task.add_done_callback(self._answering.discard)

    async def _answer(self, callback_id: str) -> None:
        """Stop the clock on the button. Best effort: it only turns for a minute anyway."""
        with suppress(TelegramError):
            await self.bot.answer_callback_query(callback_id)

    async def send(self, message: Outbound) -> SendResult:
        chat_id = message.address.identifier
        try:
            sent = await self.bot.send_message(
                chat_id, message.text, parse_mode=None, reply_markup=_build_keyboard(message.choices),
                link_preview_options=LinkPreviewOptions(is_disabled=True),
            )  # fmt: skip
        except TelegramError as error:
            raise to_send_error(error) from None  # their texts may quote what was sent
        return SendResult(str(sent.message_id))  # without the chat: that is who she is

    async def fetch(self, media: Media) -> Attachment:
        limit = self.limits("telegram").media_bytes
        try:
            file = await self.bot.get_file(media.reference)
            if (file.file_size or 0) > limit:
                raise SendError("too_large")
            content = bytes(await file.download_as_bytearray())
        except TelegramError as error:
            raise to_fetch_error(error) from None
        if len(content) > limit:
            raise SendError("too_large")
        return Attachment(content, media.mime)

    async def delete(self, address: Address, external_id: str) -> bool:
        """Take a message off her phone; Telegram lets a bot do so for 48 hours, with hers as with ours."""
        number = external_id.rpartition("/")[2]
        if not number.isdigit():
            return False
        try:
            return await self.bot.delete_message(address.identifier, int(number))
        except TelegramError:
            return False

    async def register_webhook(self) -> None:
        """Tell Telegram where to deliver; try a few times, then raise SendError."""
        for delay in REGISTER_DELAYS:
            try:
                await self._set_webhook()
                log.info("webhook_registered")
                return
            except TelegramError as error:
                problem = to_send_error(error)
                log.warning("webhook_not_registered", error=problem.code)
                if isinstance(error, InvalidToken):
                    break
            await asyncio.sleep(delay)
        raise problem

    async def _set_webhook(self) -> None:
        await self.bot.set_webhook(
            self._webhook_url, secret_token=self._secret, allowed_updates=ALLOWED_UPDATES, max_connections=40
        )

    async def open(self) -> None:
        """Make the connection pools ready, without a request: the helpline must start while Telegram is down."""
        for request in self._requests:
            await request.initialize()

    async def close(self) -> None:
        if self._answering:
            await asyncio.wait(self._answering, timeout=2)
        for request in self._requests:
            await request.shutdown()


def _load_object(body: bytes) -> dict[str, Any]:
    try:
        data = json.loads(body)
    except (ValueError, RecursionError):
        raise Junk("expected a Telegram update: the body is not JSON") from None
    if not isinstance(data, dict):
        raise Junk("expected a Telegram update: the body is not a JSON object")
    return data


def _build_keyboard(choices: tuple[Choice, ...]) -> InlineKeyboardMarkup | None:
    rows = [[InlineKeyboardButton(choice.label, callback_data=choice.id)] for choice in choices]
    return InlineKeyboardMarkup(rows) if rows else None
