"""What Twilio is sent, and what its refusals and silences mean."""

from dataclasses import replace

import pytest

from bot.channels.twilio.channel import TwilioChannel
from bot.config import Settings
from bot.messages import SendError
from tests.channels.kit import PUBLIC_URL, build_outbound, build_settings
from tests.standins.telegram import TelegramStandin
from tests.standins.twilio import TwilioStandin

HELLO = build_outbound("whatsapp", "+971500000001", "Habari 😢 + & =")


async def test_a_whatsapp_message_goes_out_with_its_callback(twilio: TwilioChannel, twilio_api: TwilioStandin) -> None:
    result = await twilio.send(HELLO)
    assert result.external_id.startswith("SM")
    assert twilio_api.sent == [
        {
            "To": "whatsapp:+971500000001", "From": "whatsapp:+14155238886", "Body": "Habari 😢 + & =",
            "StatusCallback": f"{PUBLIC_URL}/webhooks/twilio/status",
        }
    ]  # fmt: skip


async def test_an_approved_template_goes_out_by_its_content_sid(
    twilio: TwilioChannel, twilio_api: TwilioStandin
) -> None:
    await twilio.send(replace(HELLO, content_sid="HX" + "1" * 32))
    assert twilio_api.sent[0]["ContentSid"] == "HX" + "1" * 32
    assert "Body" not in twilio_api.sent[0]


async def test_an_sms_has_bare_numbers(twilio: TwilioChannel, twilio_api: TwilioStandin) -> None:
    await twilio.send(build_outbound("sms", "+971500000001"))
    assert (twilio_api.sent[0]["To"], twilio_api.sent[0]["From"]) == ("+971500000001", "+14155550100")


async def test_a_messaging_service_stands_for_a_number(
    telegram_api: TelegramStandin, twilio_api: TwilioStandin
) -> None:
    channel = TwilioChannel(build_settings(telegram_api, twilio_api, twilio_sms_from="MG" + "1" * 32))
    await channel.send(build_outbound("sms", "+971500000001"))
    await channel.close()
    assert twilio_api.sent[0]["MessagingServiceSid"] == "MG" + "1" * 32
    assert "From" not in twilio_api.sent[0]


async def test_a_channel_without_a_number_of_ours_cannot_send(
    telegram_api: TelegramStandin, twilio_api: TwilioStandin
) -> None:
    channel = TwilioChannel(build_settings(telegram_api, twilio_api, twilio_sms_from=""))
    with pytest.raises(SendError, match="no_sender"):
        await channel.send(build_outbound("sms", "+971500000001"))
    await channel.close()


ERRORS: list[tuple[str, SendError]] = [
    ("opted_out", SendError("opted_out", contact_stopped=True)),
    ("window_closed", SendError("window_closed")),
    ("bad_address", SendError("bad_address")),
    ("rate_limited", SendError("rate_limited", retryable=True, retry_after=7.0)),
    ("server_error", SendError("http_500", retryable=True)),
    ("bad_credentials", SendError("bad_credentials")),
    ("other", SendError("twilio_21617")),
    ("garbled", SendError("bad_response", ambiguous=True)),
]


@pytest.mark.parametrize(("kind", "expected"), ERRORS, ids=[case[0] for case in ERRORS])
async def test_a_refusal_says_what_to_do(
    twilio: TwilioChannel, twilio_api: TwilioStandin, kind: str, expected: SendError
) -> None:
    twilio_api.fail_next(kind, "Messages", value=7)
    with pytest.raises(SendError) as caught:
        await twilio.send(HELLO)
    assert caught.value == expected


async def test_a_limit_without_a_time_leaves_the_time_to_us(twilio: TwilioChannel, twilio_api: TwilioStandin) -> None:
    twilio_api.fail_next("rate_limited", "Messages")
    with pytest.raises(SendError) as caught:
        await twilio.send(HELLO)
    assert (caught.value.retryable, caught.value.retry_after) == (True, None)


async def test_the_number_is_not_in_the_error(twilio: TwilioChannel, twilio_api: TwilioStandin) -> None:
    twilio_api.fail_next("bad_address", "Messages")
    with pytest.raises(SendError) as caught:
        await twilio.send(HELLO)
    assert "+971" not in repr(caught.value)
    assert caught.value.__suppress_context__


@pytest.mark.usefixtures("impatient")
async def test_silence_after_sending_is_ambiguous(settings: Settings, twilio_api: TwilioStandin) -> None:
    channel = TwilioChannel(settings)
    twilio_api.fail_next("hang", "Messages", value=1)
    with pytest.raises(SendError) as caught:
        await channel.send(HELLO)
    await channel.close()
    assert caught.value == SendError("timed_out", ambiguous=True)


async def test_nobody_listening_can_be_tried_again(settings: Settings) -> None:
    channel = TwilioChannel(settings.model_copy(update={"twilio_api_base": "http://127.0.0.1:9"}))
    with pytest.raises(SendError) as caught:
        await channel.send(HELLO)
    await channel.close()
    assert caught.value == SendError("unreachable", retryable=True)
