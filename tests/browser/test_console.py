"""The console in a browser, on a phone and on a desk: what only a browser can show."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import PHONE, Server

pytestmark = pytest.mark.browser


def _joins(page: Page, server: Server, locale: str = "en") -> None:
    """Make the first account by its link, as whoever sets the helpline up does."""
    page.goto(server.admin_link())
    page.fill("[name=name]", "rosa")
    page.fill("[name=display_name]", "Rosa")
    page.fill("[name=password]", "three words in row")
    page.fill("[name=password_again]", "three words in row")
    page.select_option("[name=locale]", locale)
    page.click("button.main")
    page.wait_for_url("**/console/")


def _fits(page: Page) -> bool:
    """True if nothing makes the page wider than the screen."""
    return bool(page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth"))


def test_a_case_appears_by_itself_and_is_answered_and_closed_on_a_phone(page: Page, server: Server) -> None:
    page.set_viewport_size(PHONE)  # type: ignore[arg-type]
    _joins(page, server)
    expect(page.get_by_text("No open case.")).to_be_visible()
    server.amina_writes("person")
    page.get_by_text("Asked for a person").click()  # without reloading
    assert _fits(page)
    page.fill("#reply-text", "Hello, are you safe?")
    page.click("[aria-label='Send to her']")
    expect(page.locator(".staff .words")).to_have_text("Hello, are you safe?")
    expect(page.locator(".staff .state")).to_have_text("Delivered")
    expect(page.locator("#reply-text")).to_have_value("")
    page.click("#to-panel")
    assert _fits(page)
    page.click("summary:has-text('Close the case')")
    page.click("button:has-text('Yes, close it')")
    expect(page.locator("#facts")).to_contain_text("Closed")


def test_a_new_message_appears_and_destroys_nothing_that_is_being_done(page: Page, server: Server) -> None:
    server.amina_writes("person")
    _joins(page, server)
    page.get_by_text("Asked for a person").click()
    page.fill("#reply-text", "A half-typed rep")
    page.fill("#note-text", "A half-typed note")
    page.locator(".why summary").first.click()
    server.amina_writes("are you still there")
    expect(page.get_by_text("are you still there")).to_be_in_viewport()
    expect(page.locator("#reply-text")).to_have_value("A half-typed rep")
    expect(page.locator("#note-text")).to_have_value("A half-typed note")
    expect(page.locator(".why dl").first).to_be_visible()


def test_a_note_is_kept_while_the_reply_is_still_being_typed(page: Page, server: Server) -> None:
    server.amina_writes("person")
    _joins(page, server)
    page.get_by_text("Asked for a person").click()
    page.fill("#reply-text", "A half-typed rep")
    page.fill("#note-text", "Her sister called.")
    page.click("button:has-text('Keep the note')")
    expect(page.locator(".note .words")).to_have_text("Her sister called.")
    expect(page.locator("#reply-text")).to_have_value("A half-typed rep")
    expect(page.locator("#note-text")).to_have_value("")


def test_a_reply_that_cannot_leave_stays_in_its_field(page: Page, server: Server) -> None:
    server.amina_writes("person")
    _joins(page, server)
    page.get_by_text("Asked for a person").click()
    page.fill("#reply-text", "Important words")
    page.context.set_offline(True)
    page.click("[aria-label='Send to her']")
    expect(page.locator("#reply .problem")).to_contain_text("nothing was sent")
    expect(page.locator("#reply-text")).to_have_value("Important words")
    page.context.set_offline(False)
    page.click("[aria-label='Send to her']")
    expect(page.locator(".staff .words")).to_have_text("Important words")


def test_in_arabic_her_words_are_at_the_right_and_english_words_run_left_to_right(page: Page, server: Server) -> None:
    server.amina_writes("person 1234")
    server.amina_writes("person")
    page.set_viewport_size(PHONE)  # type: ignore[arg-type]
    _joins(page, server, "ar")
    page.locator(".line-link").click()
    expect(page.locator("html")).to_have_attribute("dir", "rtl")
    box = page.locator(".her .bubble").first.bounding_box()
    assert box is not None
    assert box["x"] + box["width"] > PHONE["width"] - 30
    assert page.locator(".her .words").first.evaluate("e => getComputedStyle(e).direction") == "ltr"
    assert _fits(page)


def test_without_scripts_a_case_is_answered_by_ordinary_forms(page: Page, server: Server) -> None:
    server.amina_writes("person")
    page.route("**/live.js*", lambda route: route.abort())
    _joins(page, server)
    page.reload()
    page.get_by_text("Asked for a person").click()
    page.fill("#reply-text", "Hello without scripts")
    page.click("[aria-label='Send to her']")
    page.wait_for_url("**/console/cases/1")
    expect(page.locator(".staff .words")).to_have_text("Hello without scripts")


def test_the_simulator_is_a_chat(page: Page, server: Server) -> None:
    page.set_viewport_size(PHONE)  # type: ignore[arg-type]
    page.goto(server.url + "/simulator/")
    assert _fits(page)
    first = page.locator("#worker-1")
    first.locator("textarea").fill("menu")
    first.locator("textarea").press("Enter")
    first.get_by_role("button", name="Talk to a person").last.click()
    expect(first.get_by_text("I am passing you to a caseworker")).to_be_visible()
    expect(first.locator("textarea")).to_have_value("")
    first.locator(".why summary").first.click()
    expect(first.locator(".why dl").first).to_contain_text("a single command word")
    first.get_by_label("Language of her app").select_option("sw")
    expect(page.locator("#worker-1 select")).to_have_value("sw")
    expect(page.locator("#worker-1").get_by_text("I am passing you to a caseworker")).to_be_visible()
    page.locator("#worker-1").get_by_role("button", name="Start afresh").click()
    expect(page.locator("#worker-1").get_by_text("Write as a worker would")).to_be_visible()
