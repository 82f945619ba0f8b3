"""What the channel tests share: settings for the stand-ins, webhook requests, fixtures by name."""

import json
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode

from bot.channels.base import WebhookRequest
from bot.config import Settings
from bot.messages import Address, Choice, Outbound
from tests.standins.telegram import TelegramStandin
from tests.standins.twilio import TwilioStandin

PUBLIC_URL = "https://helpline.example.org"
SECRET = "webhook-secret"
FIXTURES = Path(__file__).parent / "fixtures"


def build_settings(telegram: TelegramStandin, twilio: TwilioStandin, **more: Any) -> Settings:
    values = {
        "public_url": PUBLIC_URL, "telegram_token": telegram.token, "telegram_webhook_secret": SECRET,
        "telegram_api_base": telegram.url, "twilio_account_sid": twilio.sid, "twilio_auth_token": twilio.auth_token,
        "twilio_api_base": twilio.url, "twilio_whatsapp_from": "+14155238886", "twilio_sms_from": "+14155550100",
    }  # fmt: skip
    return make_settings(**{**values, **more})


def make_settings(**values: Any) -> Settings:
    """Settings of these values only: no .env of the developer's."""
    return Settings(_env_file=None, **values)  # type: ignore[call-arg]


def load_update(name: str) -> dict[str, Any]:
    update: dict[str, Any] = json.loads((FIXTURES / "telegram" / f"{name}.json").read_text())
    return update


def load_form(name: str) -> dict[str, str]:
    text = (FIXTURES / "twilio" / f"{name}.txt").read_text().strip()
    return dict(parse_qsl(text, keep_blank_values=True))


def build_update_request(body: bytes, secret: str = SECRET) -> WebhookRequest:
    headers = {"content-type": "application/json", "x-telegram-bot-api-secret-token": secret}
    return WebhookRequest("/webhooks/telegram", headers, body)


def sign_form(api: TwilioStandin, params: dict[str, str], url: str, path: str, query: str = "") -> WebhookRequest:
    headers = api.build_headers(f"{url}?{query}" if query else url, params)
    return WebhookRequest(path, headers, urlencode(params).encode(), query)


def build_outbound(channel: str, identifier: str, text: str = "Hello", *labels: str) -> Outbound:
    choices = tuple(Choice(f"q:{label.lower()}", label) for label in labels)
    return Outbound(address=Address(channel, identifier), text=text, choices=choices, key="1")
