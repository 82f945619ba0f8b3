"""What Telegram is sent, and what its refusals and silences mean."""

import asyncio
from typing import Any

import pytest

from bot.channels.telegram.channel import TelegramChannel
from bot.config import Settings
from bot.messages import Media, SendError, Status
from tests.channels.kit import build_outbound
from tests.standins.telegram import TelegramStandin

HELLO = build_outbound("telegram", "7001")


async def test_a_message_is_plain_text_without_preview(
    telegram: TelegramChannel, telegram_api: TelegramStandin
) -> None:
    text = "<b>1 < 2</b> *stars* _lines_ https://example.org"
    result = await telegram.send(build_outbound("telegram", "7001", text))
    (sent,) = telegram_api.sent
    assert (sent["chat_id"], sent["text"]) == ("7001", text)
    assert sent["link_preview_options"] == {"is_disabled": True}
    assert "parse_mode" not in sent
    assert result.status is Status.SENT
    assert result.external_id.isdecimal()


async def test_choices_are_buttons_one_a_row(telegram: TelegramChannel, telegram_api: TelegramStandin) -> None:
    await telegram.send(build_outbound("telegram", "7001", "Safe?", "Yes", "No"))
    rows = telegram_api.sent[0]["reply_markup"]["inline_keyboard"]
    assert rows == [[{"text": "Yes", "callback_data": "q:yes"}], [{"text": "No", "callback_data": "q:no"}]]


ERRORS: list[tuple[str, SendError]] = [
    ("blocked", SendError("blocked", contact_stopped=True)),
    ("rate_limited", SendError("rate_limited", retryable=True, retry_after=7.0)),
    ("server_error", SendError("network", retryable=True)),
    ("bad_gateway", SendError("network", retryable=True)),
    ("no_such_chat", SendError("no_such_chat")),
    ("bad_request", SendError("bad_request")),
    ("bad_token", SendError("bad_token")),
    ("garbled", SendError("bad_response", ambiguous=True)),
]


@pytest.mark.parametrize(("kind", "expected"), ERRORS, ids=[case[0] for case in ERRORS])
async def test_a_refusal_says_what_to_do(
    telegram: TelegramChannel, telegram_api: TelegramStandin, kind: str, expected: SendError
) -> None:
    telegram_api.fail_next(kind, "sendMessage", value=7)
    with pytest.raises(SendError) as caught:
        await telegram.send(HELLO)
    assert caught.value == expected


@pytest.mark.usefixtures("impatient")
async def test_silence_after_sending_is_ambiguous(telegram: TelegramChannel, telegram_api: TelegramStandin) -> None:
    telegram_api.fail_next("hang", "sendMessage", value=1)
    with pytest.raises(SendError) as caught:
        await telegram.send(HELLO)
    assert caught.value == SendError("timed_out", ambiguous=True)


async def test_nobody_listening_can_be_tried_again(settings: Settings) -> None:
    assert await fail_at(settings, "http://127.0.0.1:9") == SendError("unreachable", retryable=True)


async def test_a_line_cut_before_the_answer_is_ambiguous(settings: Settings) -> None:
    async def hang_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.close()

    async with await asyncio.start_server(hang_up, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        error = await fail_at(settings, f"http://127.0.0.1:{port}")
    assert error == SendError("connection_lost", ambiguous=True)


async def fail_at(settings: Settings, base: str) -> SendError:
    channel = TelegramChannel(settings.model_copy(update={"telegram_api_base": base}))
    with pytest.raises(SendError) as caught:
        await channel.send(HELLO)
    await channel.close()
    return caught.value


async def test_a_file_is_fetched(telegram: TelegramChannel, telegram_api: TelegramStandin) -> None:
    telegram_api.files["voice/file_1.oga"] = b"OggS..."
    attachment = await telegram.fetch(Media("voice/file_1.oga", "audio/ogg"))
    assert (attachment.content, attachment.mime) == (b"OggS...", "audio/ogg")


async def test_a_file_over_the_limit_is_not_downloaded(
    telegram: TelegramChannel, telegram_api: TelegramStandin
) -> None:
    telegram_api.files["big"] = bytes(telegram.limits("telegram").media_bytes + 1)
    with pytest.raises(SendError, match="too_large"):
        await telegram.fetch(Media("big"))


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("too_big", SendError("too_large")),
        ("garbled", SendError("bad_response", retryable=True)),
        ("server_error", SendError("network", retryable=True)),
    ],
)
async def test_fetching_is_never_ambiguous(
    telegram: TelegramChannel, telegram_api: TelegramStandin, kind: str, expected: Any
) -> None:
    telegram_api.fail_next(kind, "getFile")
    with pytest.raises(SendError) as caught:
        await telegram.fetch(Media("x"))
    assert caught.value == expected
