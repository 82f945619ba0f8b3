"""Passkeys: how one is made, what it opens, and every answer that opens nothing."""

import json
from typing import Any

import httpx
import pytest
from sqlalchemy import select

from bot.app import Helpline
from bot.config import Settings
from bot.console.ceremony import Site, find_site
from bot.store.models import Passkey, User
from tests.console.conftest import PASSWORD, Browser
from tests.console.test_safety import set_up
from tests.people import Clock
from tests.standins.authenticator import PRESENT, Authenticator

ORIGIN = "http://localhost:8000"  # the demo's own
REFUSED = "The passkey was not accepted"


@pytest.fixture
def key() -> Authenticator:
    return Authenticator(ORIGIN)


@pytest.fixture(autouse=True)
def time_passes(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    """Give each question a moment of its own, as real ones have: a passkey takes none from before its last use."""
    read = Clock.__call__

    def tick(self: Clock) -> Any:
        self.pass_(milliseconds=1)
        return read(self)

    monkeypatch.setattr(Clock, "__call__", tick)


async def ask(browser: Browser, **fields: str) -> dict[str, Any]:
    """Fetch the question of a log-in, as the script does: the page stays."""
    page = browser.page
    answer = await browser.posts("/console/login/passkey/options", **fields)
    browser.page = page
    options: dict[str, Any] = answer.json()
    return options


async def ask_to_add(browser: Browser, password: str = PASSWORD) -> httpx.Response:
    await browser.opens("/console/account")
    page = browser.page
    answer = await browser.posts("/console/account/passkeys/options", password=password)
    browser.page = page
    return answer


async def add(browser: Browser, key: Authenticator, name: str = "Her phone") -> httpx.Response:
    made = key.make((await ask_to_add(browser)).json())
    return await browser.posts("/console/account/passkeys", name=name, credential=made)


async def send(browser: Browser, credential: str, **fields: str) -> int:
    return (await browser.posts("/console/login/passkey", credential=credential, **fields)).status_code


async def logs_in(browser: Browser, key: Authenticator) -> int:
    return await send(browser, key.use(await ask(browser)))


@pytest.mark.parametrize("attestation", ["none", "packed"])
async def test_a_passkey_alone_logs_her_in(rosa: Browser, stranger: Browser, attestation: str) -> None:
    key = Authenticator(ORIGIN, attestation=attestation)
    assert (await add(rosa, key)).status_code == 200
    assert "Her phone added" in rosa.text
    assert "not used yet" in rosa.text
    assert await logs_in(stranger, key) == 200
    assert "No open case" in await stranger.opens("/console/")
    assert "last used" in await rosa.opens("/console/account")
    assert {"passkey:add", "passkey:use"} <= set(await rosa.audit())


async def test_the_device_learns_a_random_handle_and_the_same_for_all_of_hers(rosa: Browser) -> None:
    first, second = Authenticator(ORIGIN), Authenticator(ORIGIN)
    await add(rosa, first)
    await add(rosa, second)
    assert first.handle == second.handle
    assert len(first.handle) == 32
    assert b"rosa" not in first.handle


async def test_a_passkey_is_the_second_factor_after_the_password(
    rosa: Browser, stranger: Browser, key: Authenticator
) -> None:
    await add(rosa, key)
    await stranger.logs_in("rosa")
    assert "Use a passkey" in stranger.text
    assert "Six digits" not in stranger.text
    ticket = stranger.find_hidden("ticket")
    options = await ask(stranger, ticket=ticket)
    assert len(options["allowCredentials"]) == 1
    assert await send(stranger, key.use(options), ticket=ticket, next="/console/undelivered") == 200
    assert stranger.page is not None
    assert stranger.page.url.path == "/console/undelivered"


async def test_who_has_both_may_use_either(rosa: Browser, stranger: Browser, key: Authenticator, clock: Clock) -> None:
    await add(rosa, key)
    _, codes = await set_up(rosa, clock)
    await stranger.logs_in("rosa")
    assert "Use a passkey" in stranger.text
    answer = await stranger.posts("/console/login/code", ticket=stranger.find_hidden("ticket"), next="", code=codes[0])
    assert answer.status_code == 200


async def test_after_her_password_somebody_elses_passkey_opens_nothing(
    rosa: Browser, ben: Browser, stranger: Browser, key: Authenticator
) -> None:
    await add(rosa, Authenticator(ORIGIN))
    await add(ben, key)
    await stranger.logs_in("rosa")
    ticket = stranger.find_hidden("ticket")
    assert await send(stranger, key.use(await ask(stranger, ticket=ticket)), ticket=ticket) == 403
    alone = key.use(await ask(stranger))  # a question without a name is not for the second step either
    assert await send(stranger, alone, ticket=ticket) == 403


async def test_an_answer_lets_in_once(rosa: Browser, stranger: Browser) -> None:
    key = Authenticator(ORIGIN, counts=False)
    await add(rosa, key)
    credential = key.use(await ask(stranger))
    cookies = dict(stranger.client.cookies)
    assert await send(stranger, credential) == 200
    stranger.client.cookies.clear()
    stranger.client.cookies.update(cookies)
    assert await send(stranger, credential) == 403
    assert REFUSED in stranger.text


async def test_an_answer_is_good_in_the_browser_that_asked(
    rosa: Browser, stranger: Browser, key: Authenticator
) -> None:
    await add(rosa, key)
    credential = key.use(await ask(stranger))
    stranger.client.cookies.clear()
    assert await send(stranger, credential) == 403
    await ask(stranger)
    assert await send(stranger, credential) == 403


async def test_an_answer_for_another_site_is_refused(rosa: Browser, stranger: Browser, key: Authenticator) -> None:
    await add(rosa, key)
    key.origin = "https://helpline.evil.example"
    assert await logs_in(stranger, key) == 403
    key.origin = ORIGIN
    elsewhere = {**await ask(stranger), "rpId": "evil.example"}
    assert await send(stranger, key.use(elsewhere)) == 403
    assert await logs_in(stranger, key) == 200


async def test_a_counter_that_goes_back_is_a_copy_and_refused(
    rosa: Browser, stranger: Browser, key: Authenticator
) -> None:
    await add(rosa, key)
    key.count = 7
    assert await logs_in(stranger, key) == 200
    stranger.client.cookies.clear()
    key.count = 3
    assert await logs_in(stranger, key) == 403


async def test_who_was_not_verified_by_the_device_is_refused(
    rosa: Browser, stranger: Browser, key: Authenticator
) -> None:
    assert (await add(rosa, Authenticator(ORIGIN, flags=PRESENT))).status_code == 403
    await add(rosa, key)
    key.flags = PRESENT
    assert await logs_in(stranger, key) == 403


async def test_alone_the_device_has_to_say_whose_passkey_it_is(
    rosa: Browser, stranger: Browser, key: Authenticator
) -> None:
    await add(rosa, key)
    right, key.handle = key.handle, b"x" * 32
    assert await logs_in(stranger, key) == 403
    key.handle = b""
    assert await logs_in(stranger, key) == 403
    key.handle = right
    assert await logs_in(stranger, key) == 200


async def test_a_question_is_good_for_five_minutes(
    rosa: Browser, stranger: Browser, key: Authenticator, clock: Clock
) -> None:
    await add(rosa, key)
    options = await ask(stranger)
    clock.pass_(minutes=4, seconds=58)
    assert await send(stranger, key.use(options)) == 200
    stranger.client.cookies.clear()
    options = await ask(stranger)
    clock.pass_(minutes=5)
    assert await send(stranger, key.use(options)) == 403


async def test_a_removed_passkey_opens_nothing(rosa: Browser, stranger: Browser, key: Authenticator) -> None:
    await add(rosa, key)
    assert (await rosa.posts("/console/account/passkeys/1/remove", password="wrong")).status_code == 403
    assert "Her phone" in rosa.text
    await rosa.posts("/console/account/passkeys/1/remove", password=PASSWORD)
    assert "Her phone" not in rosa.text
    assert "passkey:remove" in await rosa.audit()
    assert await logs_in(stranger, key) == 403
    assert (await stranger.logs_in("rosa")).url.path == "/console/"


async def test_nobody_removes_a_passkey_of_somebody_else(rosa: Browser, ben: Browser, key: Authenticator) -> None:
    await add(rosa, key)
    await ben.opens("/console/account")
    assert (await ben.posts("/console/account/passkeys/1/remove", password=PASSWORD)).status_code == 404
    assert "Her phone" in await rosa.opens("/console/account")


async def test_a_disabled_account_is_refused_as_an_unknown_passkey_is(
    ada: Browser, rosa: Browser, stranger: Browser, key: Authenticator
) -> None:
    await add(rosa, key)
    await ada.opens("/console/users")
    await ada.posts("/console/users/2/access", access="disable")
    seen = []
    for tried in (key, Authenticator(ORIGIN, handle=b"x" * 32)):
        await logs_in(stranger, tried)
        assert stranger.page is not None
        seen.append((stranger.page.status_code, stranger.page.text))
    await send(stranger, "no JSON at all")
    assert stranger.page is not None
    assert seen == [(403, stranger.page.text)] * 2
    assert REFUSED in stranger.text


async def test_failures_count_towards_the_lock_out_of_her_name(
    rosa: Browser, stranger: Browser, key: Authenticator, clock: Clock
) -> None:
    await add(rosa, key)
    forger = Authenticator(ORIGIN, id=key.id, handle=key.handle)  # knows her passkey's id, has not its key
    for _ in range(5):
        assert await logs_in(stranger, forger) == 403
    assert (await stranger.logs_in("rosa")).status_code == 429
    assert await logs_in(stranger, key) == 403
    clock.pass_(minutes=1)
    assert await logs_in(stranger, key) == 200


async def test_a_new_passkey_asks_for_the_password_each_time(rosa: Browser, key: Authenticator) -> None:
    assert (await ask_to_add(rosa, "not the password")).status_code == 403
    made = key.make((await ask_to_add(rosa)).json())
    cookies = dict(rosa.client.cookies)
    await rosa.posts("/console/account/passkeys", name="first", credential=made)
    await rosa.posts("/console/account/passkeys/1/remove", password=PASSWORD)
    rosa.client.cookies.clear()
    rosa.client.cookies.update(cookies)
    answer = await rosa.posts("/console/account/passkeys", name="again", credential=made)
    assert answer.status_code == 403
    assert "was not added" in rosa.text


async def test_a_device_is_not_added_twice_nor_to_two_people(rosa: Browser, ben: Browser, key: Authenticator) -> None:
    await add(rosa, key)
    assert len((await ask_to_add(rosa)).json()["excludeCredentials"]) == 1
    assert (await add(ben, key)).status_code == 403
    assert "was not added" in ben.text


async def test_an_admin_takes_a_lost_passkey_off(
    ada: Browser, rosa: Browser, stranger: Browser, key: Authenticator
) -> None:
    await add(rosa, key)
    assert "Take off a lost second factor" in await ada.opens("/console/users")
    await ada.posts("/console/users/2/second")
    assert await logs_in(stranger, key) == 403


async def test_a_passkey_goes_with_the_account(rosa: Browser, helpline: Helpline, key: Authenticator) -> None:
    await add(rosa, key)
    async with helpline.store.write() as session:
        await session.delete((await session.execute(select(User))).scalar_one())
    async with helpline.store.read() as session:
        assert (await session.execute(select(Passkey))).first() is None


async def test_in_production_a_passkey_is_second_factor_enough(
    helpline: Helpline, settings: Settings, rosa: Browser
) -> None:
    helpline.settings = settings.model_copy(update={"mode": "production", "public_url": "https://help.example.org"})
    assert "Or a passkey instead" in await rosa.opens("/console/")
    rosa.client.base_url = httpx.URL("https://testserver")  # the cookie of the question is for https only
    page = rosa.page
    options = (await rosa.posts("/console/account/passkeys/options", password=PASSWORD)).json()
    rosa.page = page
    made = Authenticator("https://help.example.org").make(options)
    assert (await rosa.posts("/console/account/passkeys", name="Her phone", credential=made)).status_code == 200
    assert "No open case" in await rosa.opens("/console/")


@pytest.mark.parametrize(
    ("mode", "public_url", "site"),
    [
        ("demo", "", Site("http://localhost:8000", "localhost")),
        ("production", "", None),
        ("production", "https://Help.example.org/", Site("https://help.example.org", "help.example.org")),
        ("production", "https://help.example.org:8443/x", Site("https://help.example.org:8443", "help.example.org")),
        ("production", "https://help.example.org:443", Site("https://help.example.org", "help.example.org")),
        ("demo", "http://192.0.2.7:8000", None),
    ],
)
def test_passkeys_are_bound_to_the_public_address(
    settings: Settings, mode: str, public_url: str, site: Site | None
) -> None:
    assert find_site(settings.model_copy(update={"mode": mode, "public_url": public_url})) == site


async def test_where_there_can_be_no_passkeys_nothing_offers_them(
    helpline: Helpline, settings: Settings, rosa: Browser, stranger: Browser
) -> None:
    helpline.settings = settings.model_copy(update={"public_url": "http://192.0.2.7:8000"})
    assert "asskey" not in await rosa.opens("/console/account")
    assert "asskey" not in await stranger.opens("/console/login")
    assert (await stranger.posts("/console/login/passkey/options")).status_code == 404


@pytest.mark.parametrize("credential", ["", "[]", "{}", "[" * 9000, json.dumps({"id": "é", "rawId": "é"})])
async def test_junk_is_refused(rosa: Browser, stranger: Browser, credential: str) -> None:
    await ask(stranger)
    assert await send(stranger, credential) == 403
    await ask_to_add(rosa)
    answer = await rosa.posts("/console/account/passkeys", name="", credential=credential)
    assert answer.status_code == 403
