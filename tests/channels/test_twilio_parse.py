"""Twilio's forms, as Twilio sends them, into events."""

from typing import Any

import pytest

from bot.channels.base import Junk
from bot.channels.twilio.parse import list_messages, list_reports
from bot.messages import ContactStopped, Inbound, Kind, Location, Status, StatusReport
from tests.channels.kit import FIXTURES, load_form

HINDI = "मालिक ने पैसा नहीं दिया + & = 😢"
WHATSAPP = ("whatsapp", "+971500000001")
SMS = ("sms", "+971500000001")

CASES: list[tuple[str, tuple[str, str], dict[str, Any]]] = [
    ("whatsapp_text", WHATSAPP, {"kind": Kind.TEXT, "text": HINDI, "display_name": "Amina W."}),
    ("whatsapp_reply", WHATSAPP, {"kind": Kind.TEXT, "text": "delete", "replies_to": "SM" + "b" * 32}),
    ("sms_text", SMS, {"kind": Kind.TEXT, "text": "HELP ME", "display_name": ""}),
    ("whatsapp_photo", WHATSAPP, {"kind": Kind.PHOTO, "text": "my contract"}),
    ("whatsapp_voice", WHATSAPP, {"kind": Kind.VOICE}),
    ("whatsapp_video", WHATSAPP, {"kind": Kind.VIDEO}),
    ("whatsapp_document", WHATSAPP, {"kind": Kind.DOCUMENT, "text": "contract.pdf"}),
    ("whatsapp_sticker", WHATSAPP, {"kind": Kind.STICKER}),
    ("whatsapp_vcard", WHATSAPP, {"kind": Kind.CONTACT}),
    ("sms_two_photos", SMS, {"kind": Kind.PHOTO}),
    ("whatsapp_location", WHATSAPP, {"kind": Kind.LOCATION, "location": Location(24.7136, 46.6753)}),
    ("whatsapp_bad_location", WHATSAPP, {"kind": Kind.TEXT, "text": "here", "location": None}),
    ("whatsapp_button", WHATSAPP, {"kind": Kind.BUTTON, "text": "No", "payload": "danger:no"}),
    ("whatsapp_empty", WHATSAPP, {"kind": Kind.OTHER, "text": ""}),
    ("sms_help", SMS, {"kind": Kind.TEXT, "text": "HELP"}),
]  # fmt: skip


@pytest.mark.parametrize(("name", "address", "expected"), CASES, ids=[case[0] for case in CASES])
def test_an_incoming_form_becomes_an_inbound(name: str, address: tuple[str, str], expected: dict[str, Any]) -> None:
    (event,) = list_messages(load_form(name))
    assert isinstance(event, Inbound)
    assert {field: getattr(event, field) for field in expected} == expected
    assert (event.address.channel, event.address.identifier) == address
    assert event.external_id == "SM" + "a" * 32


def test_every_fixture_is_read_by_some_test() -> None:
    stops = {"sms_stop", "sms_start", "messenger_text"}
    named = {case[0] for case in CASES} | stops | {f"status_{case[0]}" for case in STATUSES}
    assert {path.stem for path in (FIXTURES / "twilio").iterdir()} == named


def test_media_keep_their_address_and_plain_type() -> None:
    (event,) = list_messages(load_form("whatsapp_voice"))
    assert isinstance(event, Inbound)
    (media,) = event.media
    assert media.mime == "audio/ogg"
    assert media.reference.startswith("https://api.twilio.com/2010-04-01/Accounts/")


def test_every_medium_of_a_message_is_kept() -> None:
    (event,) = list_messages(load_form("sms_two_photos"))
    assert isinstance(event, Inbound)
    assert [media.mime for media in event.media] == ["image/jpeg", "image/webp"]


@pytest.mark.parametrize(("name", "stopped"), [("sms_stop", True), ("sms_start", False)])
def test_opting_out_stops_and_opting_in_starts(name: str, stopped: bool) -> None:
    (event,) = list_messages(load_form(name))
    assert isinstance(event, ContactStopped)
    assert (event.stopped, event.address.channel) == (stopped, "sms")


def test_a_channel_of_twilios_that_we_do_not_serve_gives_nothing() -> None:
    assert list_messages(load_form("messenger_text")) == []


STATUSES: list[tuple[str, Status | None, str]] = [
    ("queued", None, ""),
    ("sent", Status.SENT, ""),
    ("delivered", Status.DELIVERED, ""),
    ("read", Status.READ, ""),
    ("undelivered", Status.FAILED, "63016"),
    ("failed", Status.FAILED, "failed"),
]


@pytest.mark.parametrize(("word", "status", "code"), STATUSES)
def test_a_callback_reports_what_is_news(word: str, status: Status | None, code: str) -> None:
    channel = "sms" if word == "failed" else "whatsapp"
    report = status and StatusReport(channel=channel, external_id="SM" + "c" * 32, status=status, error_code=code)
    assert list_reports(load_form(f"status_{word}")) == ([report] if report else [])


@pytest.mark.parametrize("name", ["From", "MessageSid"])
@pytest.mark.parametrize("value", [None, "", " "])
def test_a_message_without_sender_or_id_is_junk_and_says_so(name: str, value: str | None) -> None:
    form = {**load_form("sms_text"), name: value}
    with pytest.raises(Junk, match=f"{name} is missing"):
        list_messages({name: value for name, value in form.items() if value is not None})


def test_a_callback_without_status_is_junk() -> None:
    with pytest.raises(Junk, match="MessageStatus is missing"):
        list_reports({"MessageSid": "SM1"})


@pytest.mark.parametrize("count", ["-1", "many", "", "99999999999", "²"])
def test_a_strange_number_of_media_does_no_harm(count: str) -> None:
    (event,) = list_messages({**load_form("sms_text"), "NumMedia": count})
    assert isinstance(event, Inbound)
    assert event.media == ()
