"""What a caseworker does with a case."""

import pytest

from bot.app import Helpline
from bot.store.models import Contact
from tests.console.conftest import Browser, set_outcome
from tests.people import Amina


@pytest.fixture
async def case(amina: Amina) -> str:
    """Amina has asked for a person: case 1 is open."""
    await amina.says("person")
    return "/console/cases/1"


async def test_rosa_takes_a_case_and_the_bot_is_silent(rosa: Browser, amina: Amina, case: str) -> None:
    await rosa.opens(case)
    await rosa.posts(f"{case}/take")
    assert "You have it" in rosa.text
    assert await amina.says("hello?") == ""
    assert "case:taken" in await rosa.audit()


async def test_replying_takes_the_case_and_reaches_her(rosa: Browser, amina: Amina, case: str) -> None:
    await rosa.opens(case)
    await rosa.posts(f"{case}/reply", text="Hello, I am a caseworker.")
    assert "You have it" in rosa.text
    assert await amina.reads() == "Hello, I am a caseworker."
    assert "case:replied" in await rosa.audit()


async def test_a_double_click_sends_once(rosa: Browser, amina: Amina, case: str) -> None:
    await rosa.opens(case)
    form = {"csrf": rosa.find_hidden("csrf"), "token": rosa.find_hidden("token"), "text": "Are you safe?"}
    await rosa.posts(f"{case}/reply", **form)
    await rosa.posts(f"{case}/reply", **form)
    assert await amina.reads() == "Are you safe?"
    assert (await rosa.audit()).count("case:replied") == 1


async def test_another_text_from_a_page_kept_open_is_another_message(rosa: Browser, amina: Amina, case: str) -> None:
    """A browser that goes back may show the old form: what she types there must not vanish as a double click."""
    await rosa.opens(case)
    form = {"csrf": rosa.find_hidden("csrf"), "token": rosa.find_hidden("token")}
    await rosa.posts(f"{case}/reply", text="one", **form)
    await rosa.posts(f"{case}/reply", text="two", **form)
    assert await amina.reads() == "one\n\ntwo"


async def test_ben_cannot_reply_in_rosas_case_and_keeps_what_he_typed(rosa: Browser, ben: Browser, case: str) -> None:
    await rosa.opens(case)
    await ben.opens(case)
    await rosa.posts(f"{case}/take")
    answer = await ben.posts(f"{case}/reply", text="My long <careful> reply")
    assert answer.status_code == 409
    assert "Another caseworker has taken this case." in ben.text
    assert ">My long &lt;careful&gt; reply</textarea>" in answer.text


async def test_a_reply_to_a_case_closed_meanwhile_is_kept_on_the_page(rosa: Browser, case: str) -> None:
    await rosa.opens(case)
    form = {"csrf": rosa.find_hidden("csrf"), "token": rosa.find_hidden("token")}
    await rosa.posts(f"{case}/close")
    answer = await rosa.posts(f"{case}/reply", text="Half a page", **form)
    assert answer.status_code == 409
    assert ">Half a page</textarea>" in answer.text


@pytest.mark.sqlite
async def test_a_note_is_seen_by_colleagues_and_never_sent(
    rosa: Browser, ben: Browser, amina: Amina, case: str
) -> None:
    await rosa.opens(case)
    await rosa.posts(f"{case}/note", text="Her sister called.")
    assert "Internal note · never sent Her sister called. Rosa" in await ben.opens(case)
    assert await amina.reads() == ""
    database = (rosa.helpline.settings.var_dir / "helpline.db").read_bytes()
    assert b"Her sister called" not in database


async def test_handing_back_tells_her_and_the_bot_answers_again(rosa: Browser, amina: Amina, case: str) -> None:
    await rosa.opens(case)
    await rosa.posts(f"{case}/take")
    await rosa.posts(f"{case}/hand-back")
    assert "automatic assistant is answering again" in await amina.reads()
    assert await amina.says("menu") != ""
    assert "Nobody yet" in await rosa.opens(case)


async def test_closing_tells_her_in_her_language(rosa: Browser, helpline: Helpline) -> None:
    amina = Amina(helpline, "arab", language_hint="ar")
    await amina.says("person")
    await rosa.opens("/console/cases/1")
    await rosa.posts("/console/cases/1/close")
    assert await amina.reads() == helpline.phrases.say("case_closed", "ar")
    assert await amina.case() is None


async def test_only_who_has_a_case_or_an_admin_gives_it_up(
    rosa: Browser, ben: Browser, ada: Browser, case: str
) -> None:
    await rosa.opens(case)
    await rosa.posts(f"{case}/take")
    await ben.opens(case)
    assert (await ben.posts(f"{case}/close")).status_code == 409
    await ada.opens(case)
    assert (await ada.posts(f"{case}/hand-back")).status_code == 200


async def test_a_case_is_marked_urgent_and_unmarked(rosa: Browser, case: str) -> None:
    await rosa.opens(case)
    await rosa.posts(f"{case}/raise")
    assert "(1 urgent)" in await rosa.opens("/console/")
    await rosa.opens(case)
    await rosa.posts(f"{case}/lower")
    assert "Urgent" not in await rosa.opens("/console/")
    assert (await rosa.audit())[-2:] == ["case:raised", "case:lowered"]


async def test_after_she_stopped_us_nothing_is_sent_and_the_page_says_why(
    rosa: Browser, amina: Amina, case: str
) -> None:
    await amina.says("stop")
    assert "She asked us to stop writing" in await rosa.opens(case)
    answer = await rosa.posts(f"{case}/reply", text="Please call")
    assert answer.status_code == 409
    assert ">Please call</textarea>" in answer.text


async def test_a_switched_off_channel_keeps_the_reply_on_the_page(
    rosa: Browser, amina: Amina, helpline: Helpline, case: str
) -> None:
    contact = await amina.contact()
    assert contact is not None
    async with helpline.store.write() as session:
        (await session.get_one(Contact, contact.id)).channel = "telegram"
    await rosa.opens(case)
    answer = await rosa.posts(f"{case}/reply", text="Hello")
    assert answer.status_code == 409
    assert "switched off" in rosa.text


async def test_an_empty_reply_is_not_sent(rosa: Browser, amina: Amina, case: str) -> None:
    await rosa.opens(case)
    assert (await rosa.posts(f"{case}/reply", text="  \n ")).status_code == 409
    assert await amina.reads() == ""


async def test_an_unknown_step_is_not_found(rosa: Browser, case: str) -> None:
    await rosa.opens(case)
    assert (await rosa.posts(f"{case}/explode")).status_code == 404


async def test_an_ambiguous_message_is_explained_and_sent_again_once(
    rosa: Browser, amina: Amina, helpline: Helpline, case: str
) -> None:
    await rosa.opens(case)
    await rosa.posts(f"{case}/reply", text="Are you safe?")
    await amina.reads()
    row = (await amina.outbox())[-1]
    await set_outcome(helpline, row.id, "ambiguous", "timed_out")
    text = await rosa.opens(case)
    assert "May or may not have arrived" in text
    assert "she may get it twice" in text
    await rosa.posts(f"/console/outbox/{row.id}/again")
    await rosa.posts(f"/console/outbox/{row.id}/again")
    assert await amina.reads() == "Are you safe?"
    assert "Sent again below" in await rosa.opens(case)
    assert [r.status for r in await amina.outbox()][-2:] == ["ambiguous", "delivered"]


async def test_a_delivered_message_cannot_be_sent_again(rosa: Browser, amina: Amina, case: str) -> None:
    await rosa.opens(case)
    row = (await amina.outbox())[-1]
    assert (await rosa.posts(f"/console/outbox/{row.id}/again")).status_code == 404
