"""The page of what did not arrive."""

from bot.app import Helpline
from tests.console.conftest import Browser, set_outcome
from tests.people import Amina


async def test_a_lost_message_is_listed_in_plain_words_until_it_is_sent_again(
    rosa: Browser, amina: Amina, helpline: Helpline
) -> None:
    assert "Everything arrived." in await rosa.opens("/console/undelivered")
    await amina.says("person")
    row = (await amina.outbox())[-1]
    await set_outcome(helpline, row.id, "failed", "window_closed")
    text = await rosa.opens("/console/undelivered")
    assert "WhatsApp lets us write only within 24 hours" in text
    assert "Case 1" in text
    await rosa.posts(f"/console/outbox/{row.id}/again", back="undelivered")
    assert "Everything arrived." in rosa.text
    assert "message:sent_again" in await rosa.audit()


async def test_to_who_stopped_us_nothing_can_be_sent_again(rosa: Browser, amina: Amina, helpline: Helpline) -> None:
    await amina.says("stop")
    row = (await amina.outbox())[-1]
    await set_outcome(helpline, row.id, "failed", "blocked")
    assert "Send again" not in await rosa.opens("/console/undelivered")
    await rosa.opens("/console/account")
    assert (await rosa.posts(f"/console/outbox/{row.id}/again")).status_code == 409


async def test_an_unknown_code_is_shown_as_it_is(rosa: Browser, amina: Amina, helpline: Helpline) -> None:
    await amina.says("person")
    await set_outcome(helpline, (await amina.outbox())[-1].id, "failed", "http_418")
    assert "The provider answered: http_418." in await rosa.opens("/console/undelivered")
