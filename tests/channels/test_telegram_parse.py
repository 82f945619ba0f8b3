"""Telegram's updates, as Telegram sends them, into events."""

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.channels.base import Junk
from bot.channels.telegram.parse import find_plain, list_events, load_update
from bot.messages import ContactStopped, Inbound, Kind, Location, Media
from tests.channels import kit

PDF = Media("doc-1", "application/pdf", 81000, "contract.pdf")

CASES: list[tuple[str, dict[str, Any]]] = [
    ("text", {"kind": Kind.TEXT, "text": "Mwajiri hajanilipa miezi mitatu 😢", "external_id": "41"}),
    ("reply", {"kind": Kind.TEXT, "text": "delete", "replies_to": "40"}),
    ("command_start", {"kind": Kind.TEXT, "text": "start"}),
    ("command_help", {"kind": Kind.TEXT, "text": "help"}),
    ("command_sentence", {"kind": Kind.TEXT, "text": "help he locked me in"}),
    ("photo", {"kind": Kind.PHOTO, "text": "my contract", "media": (Media("photo-1280", "image/jpeg", 180233),)}),
    ("voice", {"kind": Kind.VOICE, "media": (Media("voice-1", "audio/ogg", 28310),)}),
    ("audio", {"kind": Kind.VOICE, "media": (Media("audio-1", "audio/mpeg", 990000, "note.mp3"),)}),
    ("video", {"kind": Kind.VIDEO, "text": "see", "media": (Media("video-1", "video/mp4", 500000, "v.mp4"),)}),
    ("video_note", {"kind": Kind.VIDEO, "media": (Media("round-1", "video/mp4", 70000),)}),
    ("animation", {"kind": Kind.VIDEO, "media": (Media("gif-1", "video/mp4", 4000, "a.mp4"),)}),
    ("document", {"kind": Kind.DOCUMENT, "media": (PDF,)}),
    ("sticker", {"kind": Kind.STICKER, "text": "", "media": (Media("sticker-1", "image/webp", 9000),)}),
    ("location", {"kind": Kind.LOCATION, "location": Location(24.7136, 46.6753)}),
    ("venue", {"kind": Kind.LOCATION, "location": Location(24.7, 46.6), "text": "Embassy, Diplomatic Quarter"}),
    ("contact", {"kind": Kind.CONTACT, "shared_contact": "Sister Wanjiru +254700000001"}),
    ("dice", {"kind": Kind.OTHER, "text": ""}),
    ("edited", {"kind": Kind.EDIT, "text": "he took my passport", "edits": "41", "external_id": "edit:41:1795424460"}),
    ("callback", {"kind": Kind.BUTTON, "payload": "danger:no", "text": "No", "external_id": "cb:4382bfdwdsb323b2d9"}),
    ("callback_old_message", {"kind": Kind.BUTTON, "payload": "danger:no", "text": ""}),
]

IGNORED = [
    "group_text", "callback_in_group", "added_to_group", "pinned", "poll_answer", "edited_live_location",
    "unknown_shape",
]  # fmt: skip


def read(name: str) -> list[Any]:
    update = load_update(kit.load_update(name))
    return list_events(update) if update else []


@pytest.mark.parametrize(("name", "expected"), CASES, ids=[case[0] for case in CASES])
def test_a_private_message_becomes_an_inbound(name: str, expected: dict[str, Any]) -> None:
    (event,) = read(name)
    assert isinstance(event, Inbound)
    assert {field: getattr(event, field) for field in expected} == expected
    assert (event.address.channel, event.address.identifier) == ("telegram", "7001")
    assert (event.display_name, event.language_hint) == ("Amina W.", "sw")


def test_every_fixture_is_read_by_some_test() -> None:
    named = {case[0] for case in CASES} | set(IGNORED) | {"blocked", "unblocked"}
    assert {path.stem for path in (kit.FIXTURES / "telegram").iterdir()} == named


def test_the_time_she_wrote_is_aware() -> None:
    assert read("text")[0].sent_at == datetime.fromtimestamp(1795424400, UTC)


@pytest.mark.parametrize("name", IGNORED)
def test_what_is_not_for_us_gives_nothing(name: str) -> None:
    assert read(name) == []


@pytest.mark.parametrize(("name", "stopped"), [("blocked", True), ("unblocked", False)])
def test_blocking_the_bot_is_noticed_and_so_is_coming_back(name: str, stopped: bool) -> None:
    (event,) = read(name)
    assert isinstance(event, ContactStopped)
    assert (event.address.identifier, event.stopped) == ("7001", stopped)


@pytest.mark.parametrize("command", ["start", "help", "language", "country", "delete", "stop", "person"])
@pytest.mark.parametrize("form", ["/{}", "/{}@helpline_bot", "/{} "])
def test_a_bare_command_is_its_word(command: str, form: str) -> None:
    update = kit.load_update("text")
    update["message"]["text"] = form.format(command.upper())
    loaded = load_update(update)
    assert loaded
    (event,) = list_events(loaded)
    assert isinstance(event, Inbound)
    assert event.text == command


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("/language tl", "language"),  # one word after these is an option
        ("/start hello I need help", "start hello I need help"),  # but a sentence is hers
        ("/person emergency", "person emergency"),
        ("/path/to", "/path/to"),
        ("/unknown", "/unknown"),
    ],
)
def test_words_after_a_command_are_kept(text: str, expected: str) -> None:
    update = kit.load_update("text")
    update["message"]["text"] = text
    loaded = load_update(update)
    assert loaded
    assert [event.text for event in list_events(loaded) if isinstance(event, Inbound)] == [expected]


def test_an_object_that_is_no_update_is_junk() -> None:
    with pytest.raises(Junk, match="update_id"):
        load_update({"message": {"text": "hi"}})


NAMES = st.text(min_size=1, max_size=8)
PEOPLE = st.fixed_dictionaries(
    {"id": st.integers(1, 2**52), "is_bot": st.just(False), "first_name": NAMES},
    optional={"last_name": NAMES, "language_code": st.sampled_from(["en", "pt-br", ""]), "username": NAMES},
)
MESSAGES = st.fixed_dictionaries(
    {
        "message_id": st.integers(1, 2**31), "from": PEOPLE, "date": st.integers(1_000_000_000, 4_000_000_000),
        "chat": st.fixed_dictionaries({"id": st.integers(1, 2**52), "type": st.just("private"), "first_name": NAMES}),
        "text": st.text(min_size=1) | st.sampled_from(["/start abc", "/help@our_bot", "/help me please"]),
    },
    optional={"entities": st.just([{"type": "bold", "offset": 0, "length": 1}])},
)  # fmt: skip


@given(MESSAGES, st.integers(1, 2**31))
def test_a_plain_text_is_read_as_the_library_reads_it(message: dict[str, Any], number: int) -> None:
    data = {"update_id": number, "message": message}
    update = load_update(data)
    assert update is not None
    assert [find_plain(data)] == list_events(update)


@given(MESSAGES, st.data())
def test_what_is_not_quite_a_plain_text_is_left_to_the_library(message: dict[str, Any], data: st.DataObject) -> None:
    inner = [f"{part}.{key}" for part in ("from", "chat") for key in message[part]]
    place = data.draw(st.sampled_from([*message, *inner]))
    part, _, key = place.rpartition(".")
    odd = data.draw(st.none() | st.booleans() | st.just(["x"]) | st.just({"x": 1}) | st.floats())
    (message[part] if part else message)[key] = odd
    found = find_plain({"update_id": 1, "message": message})
    update = load_update({"update_id": 1, "message": message})
    assert found is None or (list_events(update) if update else []) in ([], [found])  # the library may read less


@pytest.mark.parametrize("name", [name for name, expected in CASES if expected["kind"] != Kind.TEXT] + IGNORED)
def test_what_is_more_than_a_plain_text_is_left_to_the_library(name: str) -> None:
    assert find_plain(kit.load_update(name)) is None
