"""The Telegram webhook: who may write, and what happens around a pressed button."""

import json

import pytest

from bot.channels.base import Forged, Junk
from bot.channels.telegram import channel as module
from bot.channels.telegram.channel import TelegramChannel
from bot.config import Settings
from bot.messages import Inbound, SendError
from tests.channels.kit import PUBLIC_URL, SECRET, build_update_request, load_update
from tests.standins.telegram import TelegramStandin


async def test_the_right_secret_lets_an_update_in(telegram: TelegramChannel) -> None:
    (event,) = await telegram.parse(build_update_request(json.dumps(load_update("text")).encode()))
    assert isinstance(event, Inbound)
    assert event.text.startswith("Mwajiri")


@pytest.mark.parametrize("secret", ["", "wrong", "пароль", SECRET + "x"])
async def test_a_wrong_secret_is_forged(telegram: TelegramChannel, secret: str) -> None:
    with pytest.raises(Forged):
        await telegram.parse(build_update_request(b"{}", secret))


async def test_without_a_secret_of_ours_everything_is_forged(settings: Settings) -> None:
    unset = settings.model_copy(update={"telegram_webhook_secret": type(settings.telegram_webhook_secret)("")})
    with pytest.raises(Forged):
        await TelegramChannel(unset).parse(build_update_request(b"{}", ""))


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'"text"', b"\xff\xfe", b"[" * 100_000, b"{}"])
async def test_what_is_no_update_is_junk(telegram: TelegramChannel, body: bytes) -> None:
    with pytest.raises(Junk, match="expected a Telegram update"):
        await telegram.parse(build_update_request(body))


async def test_a_pressed_button_is_answered(telegram: TelegramChannel, telegram_api: TelegramStandin) -> None:
    await telegram.parse(build_update_request(json.dumps(load_update("callback")).encode()))
    await telegram.close()  # waits for the answer
    assert telegram_api.list_calls("answerCallbackQuery") == [{"callback_query_id": "4382bfdwdsb323b2d9"}]


async def test_a_button_counts_even_if_the_answer_fails(
    telegram: TelegramChannel, telegram_api: TelegramStandin
) -> None:
    telegram_api.fail_next("server_error", "answerCallbackQuery")
    events = await telegram.parse(build_update_request(json.dumps(load_update("callback")).encode()))
    await telegram.close()
    assert len(events) == 1


async def test_registering_names_our_address_and_secret(
    telegram: TelegramChannel, telegram_api: TelegramStandin
) -> None:
    await telegram.register_webhook()
    assert telegram_api.webhook["url"] == f"{PUBLIC_URL}/webhooks/telegram"
    assert telegram_api.webhook["secret_token"] == SECRET
    assert "my_chat_member" in telegram_api.webhook["allowed_updates"]


async def test_registering_outlasts_one_failure(
    telegram: TelegramChannel, telegram_api: TelegramStandin, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "REGISTER_DELAYS", (0, 0))
    telegram_api.fail_next("bad_gateway", "setWebhook")
    await telegram.register_webhook()
    assert len(telegram_api.list_calls("setWebhook")) == 2


async def test_registering_with_a_wrong_token_says_so(telegram: TelegramChannel, telegram_api: TelegramStandin) -> None:
    telegram_api.fail_next("bad_token", "setWebhook", times=5)
    with pytest.raises(SendError, match="bad_token"):
        await telegram.register_webhook()


async def test_opening_needs_no_telegram(settings: Settings) -> None:
    channel = TelegramChannel(settings.model_copy(update={"telegram_api_base": "http://127.0.0.1:9"}))
    await channel.open()
    await channel.close()
    await channel.open()  # a closed channel can be opened again
    await channel.close()
