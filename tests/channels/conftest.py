"""Channels on the stand-ins, and the provider payloads in fixtures/."""

from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import pytest

from bot.channels.base import WebhookRequest
from bot.channels.telegram import requests as telegram_requests
from bot.channels.telegram.channel import TelegramChannel
from bot.channels.twilio import http as twilio_http
from bot.channels.twilio.channel import TwilioChannel
from bot.config import Settings
from tests.channels.kit import PUBLIC_URL, build_settings, sign_form
from tests.standins.telegram import TelegramStandin
from tests.standins.twilio import TwilioStandin


@pytest.fixture(scope="session")
def _telegram_server() -> Iterator[TelegramStandin]:
    with TelegramStandin() as standin:
        yield standin


@pytest.fixture(scope="session")
def _twilio_server() -> Iterator[TwilioStandin]:
    with TwilioStandin() as standin:
        yield standin


@pytest.fixture
def telegram_api(_telegram_server: TelegramStandin) -> TelegramStandin:
    _telegram_server.forget()
    return _telegram_server


@pytest.fixture
def twilio_api(_twilio_server: TwilioStandin) -> TwilioStandin:
    _twilio_server.forget()
    return _twilio_server


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Channels built from here on wait 0.3 seconds for an answer."""
    monkeypatch.setattr(telegram_requests, "READ_TIMEOUT", 0.3)
    monkeypatch.setattr(twilio_http, "TIMEOUT", 0.3)


@pytest.fixture
def settings(telegram_api: TelegramStandin, twilio_api: TwilioStandin) -> Settings:
    return build_settings(telegram_api, twilio_api)


@pytest.fixture
async def telegram(settings: Settings) -> AsyncIterator[TelegramChannel]:
    channel = TelegramChannel(settings)
    await channel.open()
    yield channel
    await channel.close()


@pytest.fixture
async def twilio(settings: Settings) -> AsyncIterator[TwilioChannel]:
    channel = TwilioChannel(settings)
    await channel.open()
    yield channel
    await channel.close()


@pytest.fixture
def signed(twilio_api: TwilioStandin) -> Callable[..., WebhookRequest]:
    """Return a webhook request of Twilio's with these form parameters, properly signed."""

    def build(params: dict[str, str], path: str = "/webhooks/twilio", **more: Any) -> WebhookRequest:
        return sign_form(twilio_api, params, PUBLIC_URL + path, path, **more)

    return build
