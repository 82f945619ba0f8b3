"""The Twilio webhook: only what Twilio signed, for the address Twilio knows."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from bot.channels.base import Forged, Junk, WebhookRequest
from bot.channels.twilio.channel import TwilioChannel
from bot.messages import Inbound, StatusReport
from tests.channels.kit import load_form, sign_form
from tests.standins.twilio import TwilioStandin

Signed = Callable[..., WebhookRequest]


async def test_a_signed_message_comes_in(twilio: TwilioChannel, signed: Signed) -> None:
    (event,) = await twilio.parse(signed(load_form("whatsapp_text")))
    assert isinstance(event, Inbound)
    assert event.text == "मालिक ने पैसा नहीं दिया + & = 😢"


async def test_the_status_path_reads_callbacks(twilio: TwilioChannel, signed: Signed) -> None:
    (event,) = await twilio.parse(signed(load_form("status_read"), "/webhooks/twilio/status"))
    assert isinstance(event, StatusReport)


async def test_the_public_address_is_signed_not_the_proxys(twilio: TwilioChannel, twilio_api: TwilioStandin) -> None:
    request = sign_form(twilio_api, load_form("sms_text"), "http://127.0.0.1:8000/webhooks/twilio", "/webhooks/twilio")
    with pytest.raises(Forged):
        await twilio.parse(request)


async def test_the_query_is_part_of_the_address(twilio: TwilioChannel, signed: Signed) -> None:
    request = signed(load_form("sms_text"), query="via=proxy&x=1")
    assert len(await twilio.parse(request)) == 1
    with pytest.raises(Forged):
        await twilio.parse(replace(request, query="via=other"))


async def test_a_changed_body_is_forged(twilio: TwilioChannel, signed: Signed) -> None:
    request = signed(load_form("sms_text"))
    with pytest.raises(Forged):
        await twilio.parse(replace(request, body=request.body.replace(b"HELP", b"FINE")))


async def test_an_added_second_value_is_forged(twilio: TwilioChannel, signed: Signed) -> None:
    request = signed(load_form("sms_text"))
    with pytest.raises(Forged):
        await twilio.parse(replace(request, body=request.body + b"&Body=other"))


@pytest.mark.parametrize("signature", [None, "", "wrong", "ü" * 28])
async def test_a_missing_or_wrong_signature_is_forged(
    twilio: TwilioChannel, signed: Signed, signature: str | None
) -> None:
    request = signed(load_form("sms_text"))
    headers = {**request.headers, "x-twilio-signature": signature or ""}
    with pytest.raises(Forged):
        await twilio.parse(replace(request, headers=headers))


@pytest.mark.parametrize(("content_type", "body"), [("application/json", b"{}"), ("", b"a=1")])
async def test_what_is_no_form_is_junk(twilio: TwilioChannel, signed: Signed, content_type: str, body: bytes) -> None:
    request = signed(load_form("sms_text"))
    with pytest.raises(Junk, match="expected a Twilio webhook"):
        await twilio.parse(replace(request, headers={**request.headers, "content-type": content_type}, body=body))


@pytest.mark.parametrize("body", [b"Body=\xff\xfe", b"a=1&" * 5000])
async def test_a_broken_form_is_junk(twilio: TwilioChannel, signed: Signed, body: bytes) -> None:
    with pytest.raises(Junk, match="not a form"):
        await twilio.parse(replace(signed({}), body=body))


async def test_signed_but_incomplete_is_junk(twilio: TwilioChannel, signed: Signed) -> None:
    with pytest.raises(Junk, match="From is missing"):
        await twilio.parse(signed({"Body": "hi", "MessageSid": "SM1"}))
