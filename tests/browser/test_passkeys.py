"""A passkey in a real browser: Chromium's virtual authenticator stands in for the lock of her phone."""

import pytest
from playwright.sync_api import CDPSession, Page, expect

from tests.browser.conftest import PHONE, Server
from tests.browser.test_console import _fits, _joins

pytestmark = pytest.mark.browser


@pytest.fixture
def device(page: Page) -> CDPSession:
    """A phone whose lock always opens."""
    session = page.context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True,
        "isUserVerified": True, "automaticPresenceSimulation": True,
    }  # fmt: skip
    session.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    return session


def _on_localhost(page: Page, server: Server, path: str) -> None:
    """Passkeys are bound to a name: in demo mode to localhost, not to 127.0.0.1."""
    page.goto(server.url.replace("127.0.0.1", "localhost") + path)


def _joins_on_localhost(page: Page, server: Server) -> None:
    _joins(page, server)
    _on_localhost(page, server, "/console/login")
    _gives_password(page)
    page.wait_for_url("**/console/")


def _gives_password(page: Page) -> None:
    page.fill("[name=name]", "rosa")
    page.fill("[name=password]", "three words in row")
    page.get_by_role("button", name="Log in", exact=True).click()


def _adds(page: Page, server: Server, password: str = "three words in row") -> None:
    _on_localhost(page, server, "/console/account")
    page.locator("summary", has_text="Add a passkey").click()
    page.get_by_label("Your password").locator("visible=true").fill(password)
    page.get_by_role("button", name="Add a passkey").click()


def _logs_out(page: Page) -> None:
    page.get_by_role("button", name="Log out").click()
    page.wait_for_url("**/console/login")


def test_a_passkey_is_added_and_logs_in_alone_and_after_the_password(
    page: Page, server: Server, device: CDPSession
) -> None:
    page.set_viewport_size(PHONE)  # type: ignore[arg-type]
    _joins_on_localhost(page, server)
    _adds(page, server, "not the password")
    expect(page.locator("[data-problem]")).to_have_text("The password is wrong.")
    _adds(page, server)
    expect(page.get_by_text("not used yet")).to_be_visible()
    assert _fits(page)
    _logs_out(page)
    assert _fits(page)
    page.get_by_role("button", name="Log in with a passkey").click()
    expect(page.get_by_text("No open case.")).to_be_visible()
    page.goto(page.url + "account")
    _logs_out(page)
    _gives_password(page)
    page.get_by_role("button", name="Use a passkey").click()
    expect(page.get_by_text("No open case.")).to_be_visible()


def test_a_device_makes_no_second_passkey_and_says_so(page: Page, server: Server, device: CDPSession) -> None:
    _joins_on_localhost(page, server)
    _adds(page, server)
    expect(page.get_by_text("not used yet")).to_be_visible()
    _adds(page, server)
    expect(page.locator("[data-problem]")).to_have_text("This device has a passkey of yours already.")


def test_without_a_passkey_at_hand_the_page_says_so_and_stays(page: Page, server: Server, device: CDPSession) -> None:
    _joins_on_localhost(page, server)
    page.goto(page.url + "account")
    _logs_out(page)
    page.get_by_role("button", name="Log in with a passkey").click()
    expect(page.locator("[data-problem]")).to_contain_text("Nothing came from your device")
    _gives_password(page)
    expect(page.get_by_text("No open case.")).to_be_visible()


def test_at_an_address_that_passkeys_are_not_bound_to_none_is_offered(page: Page, server: Server) -> None:
    _joins(page, server)
    page.goto(server.url + "/console/account")
    expect(page.get_by_text("open this page at its usual address")).to_be_visible()
    expect(page.locator("summary", has_text="Add a passkey")).to_be_hidden()
    _logs_out(page)
    expect(page.get_by_role("button", name="Log in with a passkey")).to_be_hidden()
