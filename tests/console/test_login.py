"""Logging in and out: who gets in, and what strangers learn."""

import re

import pytest

from bot.console.frame import HERE
from tests.console.conftest import OURS, PASSWORD, Browser
from tests.people import Clock


async def test_rosa_logs_in_and_sees_the_cases(rosa: Browser) -> None:
    assert "No open case" in await rosa.opens("/console/")


async def test_a_stranger_is_sent_to_log_in_and_then_to_the_page_she_wanted(stranger: Browser, rosa: Browser) -> None:
    await stranger.opens("/console/undelivered")
    assert stranger.page is not None
    assert str(stranger.page.url).endswith("/console/login?next=/console/undelivered")
    answer = await stranger.posts("/console/login", name="rosa", password=PASSWORD, next="/console/undelivered")
    assert answer.url.path == "/console/undelivered"


async def test_a_link_cannot_lead_on_to_another_site(stranger: Browser, rosa: Browser) -> None:
    for next in ("https://evil.example/", "//evil.example/", "/console//evil.example", "/console/\\evil.example"):
        answer = await stranger.posts("/console/login", name="rosa", password=PASSWORD, next=next)
        assert answer.url.host == "testserver"
        stranger.client.cookies.clear()


async def test_an_unknown_name_and_a_wrong_password_look_the_same(stranger: Browser, rosa: Browser) -> None:
    wrong = await stranger.logs_in("rosa", "not the password")
    unknown = await stranger.logs_in("nobody", "not the password")
    assert (wrong.status_code, unknown.status_code) == (403, 403)
    assert wrong.text.replace("rosa", "") == unknown.text.replace("nobody", "")


async def test_after_five_failures_a_name_has_to_wait_but_others_do_not(
    stranger: Browser, rosa: Browser, ben: Browser, clock: Clock
) -> None:
    for _ in range(5):
        await stranger.logs_in("rosa", "not the password")
    assert (await stranger.logs_in("rosa")).status_code == 429
    assert (await stranger.logs_in("ben")).status_code == 200
    stranger.client.cookies.clear()
    clock.pass_(seconds=3)
    assert (await stranger.logs_in("rosa")).status_code == 200


@pytest.mark.sqlite
async def test_the_cookie_is_hidden_from_scripts_and_only_its_hash_is_stored(stranger: Browser, rosa: Browser) -> None:
    form = {"name": "rosa", "password": PASSWORD}
    answer = await stranger.client.post("/console/login", data=form, headers=OURS, follow_redirects=False)
    cookie = answer.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    token = re.search(r"helpline_session=([^;]+)", cookie)
    assert token is not None
    database = (stranger.helpline.settings.var_dir / "helpline.db").read_bytes()
    assert token[1].encode() not in database


async def test_a_session_ends_after_twelve_hours(rosa: Browser, clock: Clock) -> None:
    clock.pass_(hours=12, minutes=1)
    assert "Log in" in await rosa.opens("/console/")


async def test_logging_out_ends_the_session_for_every_copy_of_the_cookie(rosa: Browser) -> None:
    await rosa.opens("/console/account")
    cookies = dict(rosa.client.cookies)
    await rosa.posts("/console/logout")
    rosa.client.cookies.update(cookies)
    assert "Log in" in await rosa.opens("/console/")


async def test_a_form_without_the_mark_of_the_session_is_refused_and_says_what_to_do(rosa: Browser) -> None:
    answer = await rosa.posts("/console/logout", csrf="guessed")
    assert answer.status_code == 403
    assert "reload the page" in rosa.text
    assert "No open case" in await rosa.opens("/console/")


async def test_a_log_in_form_on_another_site_is_refused(stranger: Browser, rosa: Browser) -> None:
    form = {"name": "rosa", "password": PASSWORD}
    answer = await stranger.client.post("/console/login", data=form, headers={"Sec-Fetch-Site": "cross-site"})
    assert answer.status_code == 403


async def test_every_page_is_kept_by_nobody_and_framed_by_nobody(stranger: Browser) -> None:
    for path in ("/console/login", "/console/nothing-here", "/simulator/"):
        answer = await stranger.client.get(path)
        assert answer.headers["cache-control"] == "no-store"
        assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
        assert answer.headers["x-content-type-options"] == "nosniff"


def test_no_page_has_a_script_or_style_of_its_own() -> None:
    """The Content-Security-Policy would stop it in the browser, where no other test looks."""
    for path in (HERE / "templates").glob("*.html"):
        found = re.findall(r"<style|\sstyle=|\son\w+=|<script(?![^>]* src=)", path.read_text("utf-8"))
        assert not found, path
