"""Staff and her safety: who is called, what waits and why, who may see a name, and the second factor."""

import re

import pyotp
import pytest
from sqlalchemy import select

from bot.app import Helpline
from bot.config import Settings
from bot.store.models import Contact, User
from tests.console.conftest import PASSWORD, Browser
from tests.people import Amina, Clock
from tests.standins.nlu import NluStandin


async def in_danger(amina: Amina, nlu: NluStandin) -> None:
    nlu.hears("he beats me", ("physical_violence", 0.9), danger=True, danger_signs=["beaten"])
    await amina.says("he beats me")


async def test_who_has_seen_it_stops_the_calls(rosa: Browser, amina: Amina, nlu: NluStandin) -> None:
    await in_danger(amina, nlu)
    assert "nobody is on duty" in await rosa.opens("/console/cases/1")
    await rosa.posts("/console/cases/1/seen")
    case = await amina.case()
    assert case is not None
    assert case.acknowledged_at is not None
    assert "stop calling" not in rosa.text
    assert "case:acknowledged" in await rosa.audit()


async def test_an_admin_puts_people_on_duty_and_the_address_is_never_shown(ada: Browser, rosa: Browser) -> None:
    await ada.opens("/console/users")
    answer = await ada.posts(
        "/console/users/1/duty", rank="1", url="tgram://123456789:abcdefghijklmnopqrstuvwxyz012345678/42"
    )
    assert answer.status_code == 200
    assert "On duty: 1" in ada.text
    assert "tgram://1" not in answer.text
    for rank, url, said in (("first", "", "from 1 to 99"), ("1", "ring me", "cannot be paged")):
        answer = await ada.posts("/console/users/1/duty", rank=rank, url=url)
        assert answer.status_code == 422
        assert said in ada.text


async def test_the_caseworker_sees_why_a_reply_waits_and_may_override_only_in_danger(
    rosa: Browser, amina: Amina, nlu: NluStandin, clock: Clock, helpline: Helpline
) -> None:
    await amina.says("person")
    await amina.presses("wish:only_reply")
    await amina.presses("wish:own")
    clock.pass_(hours=1)
    await amina.receives()
    await rosa.opens("/console/cases/1")
    await rosa.posts("/console/cases/1/reply", text="The office called")
    assert await amina.receives() == ""
    assert "only after she wrote" in await rosa.opens("/console/cases/1")
    row = (await amina.outbox())[-1]
    assert (await rosa.posts(f"/console/outbox/{row.id}/now")).status_code == 409
    assert "Only in an urgent case" in rosa.text
    await rosa.opens("/console/cases/1")
    await rosa.posts("/console/cases/1/raise")
    assert "She is in danger" in rosa.text
    await rosa.posts(f"/console/outbox/{row.id}/now")
    assert await amina.receives() == "The office called"
    assert "message:overridden" in await rosa.audit()


async def test_a_shared_phone_gets_a_hello_before_a_reply(
    rosa: Browser, amina: Amina, clock: Clock, helpline: Helpline
) -> None:
    await amina.says("person")
    await amina.presses("wish:any")
    await amina.presses("wish:shared")
    clock.pass_(hours=1)
    await amina.receives()
    await rosa.opens("/console/cases/1")
    await rosa.posts("/console/cases/1/reply", text="About your wages")
    await rosa.posts("/console/cases/1/reply", text="Can you talk?")
    assert await amina.receives() == helpline.phrases.say("neutral_hello", "en")
    await amina.writes("yes")
    assert "About your wages\n\nCan you talk?" in await amina.receives()


async def test_a_name_is_shown_for_a_reason_a_password_and_on_record(rosa: Browser, amina: Amina) -> None:
    await amina.says("person", display_name="Amina K")
    page = await rosa.opens("/console/cases/1")
    assert "Amina K" not in page
    for reason, password, said in (
        ("why", PASSWORD, "why you need to know"),
        ("the embassy asks for her", "x", "wrong"),
    ):
        await rosa.opens("/console/cases/1")
        await rosa.posts("/console/cases/1/reveal", reason=reason, password=password)
        assert said in rosa.text
        assert "Amina K" not in rosa.text
    await rosa.posts("/console/cases/1/reveal", reason="the embassy asks for her name", password=PASSWORD)
    assert "Amina K" in rosa.text
    assert "contact:revealed" in await rosa.audit()


async def test_a_paused_contact_is_visible(rosa: Browser, amina: Amina, helpline: Helpline, clock: Clock) -> None:
    await amina.says("person")
    async with helpline.store.write() as session:
        contact = (await session.execute(select(Contact))).scalar_one()
        contact.paused_at = clock()
    assert "She sent her code word" in await rosa.opens("/console/cases/1")


# --- the second factor


async def set_up(browser: Browser, clock: Clock) -> tuple[pyotp.TOTP, list[str]]:
    await browser.opens("/console/account/second")
    totp = pyotp.TOTP(browser.find_hidden("secret"))
    await browser.posts("/console/account/second", secret=totp.secret, code=totp.at(clock()))
    assert browser.page is not None
    return totp, re.findall(r"<code>([a-z2-9]{5}-[a-z2-9]{5})</code>", browser.page.text)


async def log_in_again(browser: Browser, code: str) -> int:
    browser.client.cookies.clear()
    await browser.logs_in("rosa")
    answer = await browser.posts("/console/login/code", ticket=browser.find_hidden("ticket"), next="", code=code)
    return answer.status_code


async def test_a_code_is_asked_for_and_works_once(rosa: Browser, clock: Clock) -> None:
    totp, _ = await set_up(rosa, clock)
    clock.pass_(minutes=1)
    code = totp.at(clock())
    assert await log_in_again(rosa, code) == 200
    assert "No open case" in await rosa.opens("/console/")
    assert await log_in_again(rosa, code) == 403
    assert "No open case" not in await rosa.opens("/console/")


async def test_the_password_alone_opens_nothing(rosa: Browser, clock: Clock) -> None:
    await set_up(rosa, clock)
    rosa.client.cookies.clear()
    await rosa.logs_in("rosa")
    assert "No open case" not in await rosa.opens("/console/")


async def test_a_recovery_code_works_once(rosa: Browser, clock: Clock) -> None:
    _, codes = await set_up(rosa, clock)
    assert len(codes) == 8
    assert await log_in_again(rosa, codes[0]) == 200
    assert await log_in_again(rosa, codes[0]) == 403
    assert await log_in_again(rosa, codes[1]) == 200


async def test_guessing_codes_has_to_wait(rosa: Browser, clock: Clock) -> None:
    totp, _ = await set_up(rosa, clock)
    rosa.client.cookies.clear()
    await rosa.logs_in("rosa")
    ticket = rosa.find_hidden("ticket")
    guesses = [f"{number:06}" for number in range(5)] + [totp.at(clock())]
    answers = [await rosa.posts("/console/login/code", ticket=ticket, next="", code=code) for code in guesses]
    assert [answer.status_code for answer in answers] == [403] * 5 + [429]


async def test_a_ticket_is_ours_and_young(rosa: Browser, stranger: Browser, clock: Clock) -> None:
    totp, _ = await set_up(rosa, clock)
    await stranger.logs_in("rosa")
    ticket = stranger.find_hidden("ticket")
    clock.pass_(minutes=6)
    for forged in (ticket, "1.99999999999.abc", "", "x"):
        answer = await stranger.posts("/console/login/code", ticket=forged, next="", code=totp.at(clock()))
        assert answer.status_code == 403


async def test_an_admin_takes_a_lost_factor_off(rosa: Browser, ada: Browser, clock: Clock) -> None:
    await set_up(rosa, clock)
    await ada.opens("/console/users")
    await ada.posts("/console/users/1/second")
    rosa.client.cookies.clear()
    await rosa.logs_in("rosa")
    assert "No open case" in await rosa.opens("/console/")


async def test_other_sessions_can_be_ended(rosa: Browser, stranger: Browser, clock: Clock) -> None:
    await stranger.logs_in("rosa")
    assert "No open case" in await stranger.opens("/console/")
    assert "Where you are logged in" in await rosa.opens("/console/account")
    await rosa.posts("/console/account/sessions")
    assert "No open case" not in await stranger.opens("/console/")
    assert "No open case" in await rosa.opens("/console/")


@pytest.fixture
def strict(helpline: Helpline, settings: Settings) -> Helpline:
    helpline.settings = settings.model_copy(update={"mode": "production"})
    return helpline


async def test_in_production_nobody_works_without_a_second_factor(
    strict: Helpline, rosa: Browser, clock: Clock
) -> None:
    assert "Point an authenticator app" in await rosa.opens("/console/")
    assert "Point an authenticator app" in await rosa.opens("/console/cases/1")
    await set_up(rosa, clock)
    assert "No open case" in await rosa.opens("/console/")
    async with strict.store.read() as session:
        user = (await session.execute(select(User))).scalar_one()
    assert user.sealed_totp
