"""Whatever she sends gets a clear answer, and nothing is lost."""

import pytest

from bot.app import Helpline
from bot.inbox import open_message
from bot.messages import Kind, Location
from bot.store.queries import messages
from tests.people import Amina
from tests.standins.nlu import NluStandin

STRANGE = {
    "empty": "",
    "emoji only": "😭😭🙏",
    "ten thousand characters": "help me madam " * 714 + "abcd",
    "control characters": "\x00\x07my\x1b[31m pay\u200b\u202e",
    "mixed direction": "my كفيل took the جواز yesterday",
    "surrogate": "broken \ud83d half",
}


@pytest.mark.parametrize("name", STRANGE)
async def test_a_strange_text_is_kept_whole_and_answered(amina: Amina, helpline: Helpline, name: str) -> None:
    assert await amina.says(STRANGE[name])
    contact = await amina.contact()
    assert contact is not None
    async with helpline.store.read() as session:
        (row,) = await messages.list_messages(session, contact.id)
    key = helpline.vault.open_key(contact.sealed_key)
    assert open_message(row, key, amina.address).text == STRANGE[name]


@pytest.mark.parametrize("kind", [Kind.VOICE, Kind.STICKER, Kind.PHOTO, Kind.DOCUMENT, Kind.LOCATION, Kind.CONTACT])
async def test_what_is_not_text_is_kept_and_a_person_offered(amina: Amina, helpline: Helpline, kind: Kind) -> None:
    place = Location(24.7, 46.7) if kind is Kind.LOCATION else None
    reply = await amina.says(kind=kind, location=place)
    assert helpline.phrases.say(f"kind.{kind}", "en") in reply
    assert "person" in [choice.id for choice in amina.choices]


async def test_two_unclear_messages_reach_a_person(amina: Amina, helpline: Helpline) -> None:
    first = await amina.says("blorp fnord")
    second = await amina.says("fnord blorp again")
    assert helpline.phrases.say("not_understood", "en") in first
    assert helpline.phrases.say("handed_over_missed", "en") in second
    assert await amina.case() is not None


async def test_without_nlu_the_menu_still_works(amina: Amina, helpline: Helpline, nlu: NluStandin) -> None:
    nlu.broken = True
    assert helpline.phrases.say("nlu_down", "en") in await amina.says("madam has my papers")
    await amina.presses("label:passport_withheld")
    assert (await amina.last_decision()).response.startswith("passport_withheld/")


async def test_an_edit_is_noted_and_not_answered(amina: Amina) -> None:
    await amina.says("my salary")
    reply = await amina.says("my salary since march", kind=Kind.EDIT, edits="amina-1")
    assert reply == ""
    assert (await amina.last_decision()).rule == "edit"


async def test_a_message_we_cannot_handle_reaches_a_person_in_the_end(
    amina: Amina, helpline: Helpline, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A fault of ours must neither lose her message nor block those after it."""
    monkeypatch.setattr("bot.conversation.conduct.decide", lambda turn: 1 / 0)
    await amina.writes("something that breaks us")
    for _ in range(4):
        await helpline.worker.run_until_idle()
        helpline.clock.pass_(minutes=1)  # type: ignore[attr-defined]
    case = await amina.case()
    assert case is not None
    assert case.reason == "fault"
    assert helpline.phrases.say("handed_over_fault", "en") in await amina.reads()
