"""One message goes at her wish, and what she changes on her phone is changed here too."""

from pathlib import Path

import pytest

from bot.app import Helpline
from bot.channels.simulator.channel import SimulatorChannel
from bot.messages import Address, Kind, Limits, Media
from bot.store.models import Message
from bot.store.queries import messages
from tests.people import Amina, Clock


async def _words(amina: Amina) -> list[str]:
    """All that stands in the rows of her messages, opened."""
    contact = await amina.contact()
    assert contact is not None
    key = amina.helpline.vault.open_key(contact.sealed_key)
    async with amina.helpline.store.read() as session:
        rows = await messages.list_messages(session, contact.id)
    return [str(key.open_fields(row.sealed_body, "message").get("text", "")) for row in rows]


async def test_delete_in_reply_removes_that_message_only(amina: Amina, helpline: Helpline) -> None:
    await amina.says("his name is Canary", external_id="10")
    await amina.says("and my pay is late", external_id="11")
    said = await amina.says("delete", replies_to="10")
    assert helpline.phrases.say("message_removed_here", "en") in said
    assert await _words(amina) == ["", "and my pay is late", "delete"]
    assert await amina.contact() is not None


async def test_what_we_wrote_can_go_too(amina: Amina, helpline: Helpline) -> None:
    await amina.says("hello")
    (first, *_) = await amina.outbox()
    assert first.external_id
    await amina.says("delete", replies_to=first.external_id)
    (first, *_) = await amina.outbox()
    contact = await amina.contact()
    assert contact is not None
    assert helpline.vault.open_key(contact.sealed_key).open_fields(first.sealed_body, "outbox") == {}


async def test_a_message_that_is_not_there_is_said_to_be_missing(amina: Amina, helpline: Helpline) -> None:
    assert helpline.phrases.say("message_not_found", "en") in await amina.says("delete", replies_to="99")
    assert await amina.contact() is not None


async def test_its_file_goes_too(amina: Amina, helpline: Helpline, tmp_path: Path) -> None:
    await amina.says("see", Kind.PHOTO, external_id="10", media=(Media("sample:photo", "image/png"),))
    await helpline.worker.run_until_idle()
    await amina.says("delete", replies_to="10")
    async with helpline.store.read() as session:
        message = await session.get_one(Message, 1)
    assert message.kind == Kind.REMOVED
    assert [path for path in (tmp_path / "var" / "media").rglob("*") if path.is_file()] == []


@pytest.mark.parametrize("edits", [1, 2])
async def test_her_edit_leaves_nothing_of_the_old_words(amina: Amina, edits: int) -> None:
    await amina.says("my madam is Canary", external_id="10")
    for number in range(edits):
        await amina.says(f"my madam is good {number}", Kind.EDIT, external_id=f"edit:10:{number}", edits="10")
    assert await _words(amina) == [""] * edits + [f"my madam is good {edits - 1}"]


@pytest.fixture
def taken_off(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Let her channel be one that takes messages off her phone; return what it was asked to take."""
    gone: list[str] = []

    async def delete(self: SimulatorChannel, address: Address, external_id: str) -> bool:
        gone.append(external_id)
        return True

    monkeypatch.setattr(SimulatorChannel, "delete", delete)
    monkeypatch.setattr(SimulatorChannel, "limits", lambda self, channel: Limits(text=4096, buttons=True, deletes=True))
    return gone


async def test_one_message_is_taken_off_her_phone_and_no_other(amina: Amina, taken_off: list[str]) -> None:
    await amina.says("his name is Canary", external_id="10")
    await amina.says("delete", external_id="11", replies_to="10")
    assert taken_off == ["10"]


async def test_a_clean_chat_takes_all_of_the_last_two_days(amina: Amina, taken_off: list[str], clock: Clock) -> None:
    await amina.says("long ago", external_id="9")
    clock.pass_(hours=49)
    await amina.says("hello", external_id="10")
    await amina.says("clear", external_id="11")
    assert {"10", "11"} <= set(taken_off)
    assert "9" not in taken_off
