"""WhatsApp's clock before a caseworker, and the approved words for when it has run out."""

from datetime import timedelta

import pytest

from bot.app import Helpline
from bot.channels.simulator.channel import SimulatorChannel
from bot.messages import Limits
from bot.outbox.enqueue import open_bubble
from bot.store.models import Contact
from bot.wishes import Wishes
from tests.console.conftest import Browser
from tests.people import Amina, Clock

HELLO, WAITS = "HX" + "1" * 32, "HX" + "2" * 32
TEMPLATES = f"hello/en={HELLO},answer_waits/en={WAITS}"


@pytest.fixture
async def case(amina: Amina, helpline: Helpline, monkeypatch: pytest.MonkeyPatch) -> str:
    """Amina has asked for a person, on a channel with WhatsApp's window."""
    limits = Limits(text=1600, buttons=True, window=timedelta(hours=24))
    monkeypatch.setattr(SimulatorChannel, "limits", lambda self, channel: limits)
    helpline.settings = helpline.settings.model_copy(update={"whatsapp_templates": TEMPLATES})
    await amina.says("person")
    return "/console/cases/1"


async def test_the_clock_is_shown_and_then_the_approved_words(rosa: Browser, case: str, clock: Clock) -> None:
    assert "WhatsApp takes our words until" in await rosa.opens(case)
    clock.pass_(hours=25)
    await rosa.logs_in("rosa")
    text = await rosa.opens(case)
    assert "Send the approved words: Hello, how are you?" in text
    assert "Send the approved words: Hello. There is an answer for you." in text


async def test_a_template_goes_out_where_words_wait_and_only_one(
    rosa: Browser, amina: Amina, case: str, clock: Clock
) -> None:
    await amina.receives()
    clock.pass_(hours=25)
    await rosa.logs_in("rosa")
    await rosa.opens(case)
    await rosa.posts(f"{case}/reply", text="I am Rosa")
    await rosa.posts(f"{case}/template", template="answer_waits")
    assert await amina.receives() == "Hello. There is an answer for you. Write when it suits you."
    key = amina.helpline.vault.open_key((await amina.contact()).sealed_key)  # type: ignore[union-attr]
    assert [open_bubble(row, key).content_sid for row in await amina.outbox()][-1] == WAITS
    again = await rosa.posts(f"{case}/template", template="hello")
    assert again.status_code == 409
    assert "hers to write" in rosa.text
    await amina.writes("yes?")
    assert "I am Rosa" in await amina.receives()


async def test_to_a_phone_that_others_read_only_a_hello_goes(
    rosa: Browser, amina: Amina, helpline: Helpline, case: str, clock: Clock
) -> None:
    await amina.receives()
    async with helpline.store.write() as session:
        contact = await session.get_one(Contact, 1)
        key = helpline.vault.open_key(contact.sealed_key)
        contact.sealed_wishes = key.seal_fields(Wishes(asked=True, shared=True).to_fields(), "wishes")
    clock.pass_(hours=25)
    await rosa.logs_in("rosa")
    await rosa.opens(case)
    await rosa.posts(f"{case}/template", template="answer_waits")
    assert await amina.receives() == ""
    await amina.says("hi")
    await amina.receives()
    clock.pass_(hours=25)
    await rosa.logs_in("rosa")
    await rosa.opens(case)
    await rosa.posts(f"{case}/template", template="hello")
    assert await amina.receives() == "Hello, how are you?"


async def test_a_template_nobody_has_approved_is_refused(rosa: Browser, case: str) -> None:
    await rosa.opens(case)
    assert (await rosa.posts(f"{case}/template", template="other")).status_code == 409
