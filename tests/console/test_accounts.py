"""Accounts: the first admin, invitations, and who may do what."""

import pytest

from bot.app import Helpline
from bot.console.accounts import AccountError, create_user, first_admin_link
from tests.console.conftest import PASSWORD, Browser
from tests.people import Clock

JOIN = {"display_name": "Rosa", "password": PASSWORD, "password_again": PASSWORD, "locale": "en"}


def _path(link: str) -> str:
    return "/console/join/" + link.rsplit("/", 1)[1]


async def test_the_first_start_gives_a_link_that_makes_an_admin(helpline: Helpline, stranger: Browser) -> None:
    link = await first_admin_link(helpline)
    assert link is not None
    assert link.startswith("http://127.0.0.1:8000/console/join/")
    await stranger.posts(_path(link), name="Ada", **JOIN)
    assert "Invite a caseworker" in await stranger.opens("/console/users")
    assert await first_admin_link(helpline) is None


async def test_an_invitation_works_once(ada: Browser, stranger: Browser) -> None:
    path = _path(await _invite(ada))
    assert "You are invited as: Caseworker." in await stranger.opens(path)
    await stranger.posts(path, name="rosa", **JOIN)
    assert "No open case" in stranger.text
    stranger.client.cookies.clear()
    assert (await stranger.posts(path, name="mallory", **JOIN)).status_code == 410


async def test_an_invitation_ends_after_seven_days(ada: Browser, stranger: Browser, clock: Clock) -> None:
    path = _path(await _invite(ada))
    clock.pass_(days=7, seconds=1)
    assert "Ask an administrator for a new one" in await stranger.opens(path)


async def test_a_refused_account_keeps_what_was_typed_and_the_invitation(ada: Browser, stranger: Browser) -> None:
    path = _path(await _invite(ada))
    answer = await stranger.posts(path, name="ada", **JOIN)
    assert answer.status_code == 422
    assert "This name is taken" in stranger.text
    assert 'value="Rosa"' in answer.text
    assert (await stranger.posts(path, name="rosa", **JOIN)).url.path == "/console/"


async def test_the_language_chosen_when_joining_is_the_language_of_the_pages(ada: Browser, stranger: Browser) -> None:
    await stranger.posts(_path(await _invite(ada)), name="rosa", **{**JOIN, "locale": "ar"})
    assert stranger.page is not None
    assert '<html lang="ar" dir="rtl">' in stranger.page.text


@pytest.mark.parametrize(
    ("name", "role", "password", "said"),
    [
        ("r", "admin", PASSWORD, "2 to 64"),
        ("rosa maria", "admin", PASSWORD, "2 to 64"),
        ("rosa", "owner", PASSWORD, "caseworker or admin"),
        ("rosa", "admin", "short", "at least 10"),
        ("rosa", "admin", "x" * 300, "longer than 256"),
    ],
)
async def test_a_wrong_account_says_what_would_be_right(
    helpline: Helpline, name: str, role: str, password: str, said: str
) -> None:
    async with helpline.store.write() as session:
        with pytest.raises(AccountError, match=said):
            await create_user(session, name, "Rosa", role, password, helpline.clock())


async def test_a_caseworker_cannot_open_the_page_of_people_or_invite(rosa: Browser) -> None:
    assert "Only administrators" in await rosa.opens("/console/users")
    await rosa.opens("/console/account")
    assert (await rosa.posts("/console/users/invite", role="admin")).status_code == 403


async def test_disabling_ends_her_session_at_once(ada: Browser, rosa: Browser) -> None:
    await ada.opens("/console/users")
    await ada.posts("/console/users/2/access", access="disable")
    assert "Log in" in await rosa.opens("/console/")
    assert (await rosa.logs_in("rosa")).status_code == 403
    await ada.opens("/console/users")
    await ada.posts("/console/users/2/access", access="enable")
    assert (await rosa.logs_in("rosa")).status_code == 200


async def test_an_admin_cannot_lock_herself_out(ada: Browser) -> None:
    await ada.opens("/console/users")
    assert (await ada.posts("/console/users/1/access", access="disable")).status_code == 409
    assert "Invite a caseworker" in await ada.opens("/console/users")


async def _invite(ada: Browser) -> str:
    await ada.opens("/console/users")
    await ada.posts("/console/users/invite", role="caseworker")
    assert ada.page is not None
    return ada.page.text.split('readonly value="')[1].split('"')[0]
