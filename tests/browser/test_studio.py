"""The studio in a browser: one admin writes, another publishes, the worker reads it, one click takes it back."""

import pytest
from playwright.sync_api import Browser, Page, expect

from bot.console.accounts import create_user
from tests.browser.conftest import PHONE, Server
from tests.standins.nlu import NluStandin

pytestmark = pytest.mark.browser

LEBANON = {"entity": "destination", "value": "LB", "start": 0, "end": 1}
QUESTION = "madam not paid me three months"
TEXT = "/console/studio/answer/wages_unpaid/en/LB"


def _logs_in(page: Page, server: Server, name: str) -> None:
    async def create() -> None:
        helpline = server.helpline
        async with helpline.store.write() as session:
            await create_user(session, name, name.capitalize(), "admin", "three words in row", helpline.clock())

    server.do(create())
    page.goto(f"{server.url}/console/login")
    page.fill("[name=name]", name)
    page.fill("[name=password]", "three words in row")
    page.click("button.main")
    page.wait_for_url("**/console/")


def _asks(page: Page, server: Server) -> None:
    page.goto(f"{server.url}/simulator/")
    page.fill("textarea, input[name=text]", QUESTION)
    page.keyboard.press("Enter")


def test_edit_review_publish_arrive_and_back(page: Page, chromium: Browser, server: Server, nlu: NluStandin) -> None:
    nlu.hears(QUESTION, ("wages_unpaid", 0.95), entities=[LEBANON])
    _logs_in(page, server, "ada")
    page.goto(f"{server.url}{TEXT}")
    page.fill("[name=short]", "Your pay is due each month, says our new text.")
    expect(page.locator("#preview .telegram")).to_contain_text("says our new text")  # while typing
    expect(page.locator("#preview .sms")).to_contain_text("SMS parts")
    page.click("button:has-text('Save and send to review')")
    expect(page.get_by_text("It waits for a second person")).to_be_visible()

    other = chromium.new_context(locale="en-GB")
    eve = other.new_page()
    _logs_in(eve, server, "eve")
    eve.goto(f"{server.url}/console/studio/work")
    eve.click("#waiting a")
    eve.click("summary:has-text('What changed')")
    expect(eve.locator("ins").first).to_be_visible()
    eve.click("button:has-text('publish')")
    expect(eve.locator("main .tag").first).to_have_text("Published")

    _asks(page, server)
    expect(page.get_by_text("says our new text")).to_be_visible()

    eve.click("button:has-text('Go back to this version')")
    expect(eve.locator(".history li").first).to_contain_text("back to version 1")
    other.close()
    before = page.get_by_text("says our new text").count()
    _asks(page, server)
    expect(page.locator("body")).to_contain_text(QUESTION)
    expect(page.get_by_text("says our new text")).to_have_count(before)


@pytest.mark.parametrize("size", [PHONE, {"width": 1280, "height": 900}])
def test_nothing_is_wider_than_the_screen(page: Page, server: Server, size: dict[str, int]) -> None:
    page.set_viewport_size(size)  # type: ignore[arg-type]
    _logs_in(page, server, "ada")
    for path in ("/console/studio/work", "/console/studio?kind=fact", TEXT):
        page.goto(f"{server.url}{path}")
        assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth"), path
