"""The staff of the console's tests: Rosa and Ben are caseworkers, Ada is the admin. Each has a browser of her own."""

import html
import re
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
from argon2 import PasswordHasher
from sqlalchemy import select
from starlette.applications import Starlette

from bot.app import Helpline
from bot.console import accounts, sessions
from bot.console.accounts import create_user
from bot.store.models import AuditEntry, OutboxMessage, User
from bot.web import build_web

PASSWORD = "three words in row"
OURS = {"Sec-Fetch-Site": "same-origin"}


@dataclass
class Browser:
    """A person before the console: opens pages, fills in their forms."""

    client: httpx.AsyncClient
    helpline: Helpline
    page: httpx.Response | None = None

    async def opens(self, path: str, **headers: str) -> str:
        self.page = await self.client.get(path, headers=headers)
        return self.text

    async def posts(self, path: str, **fields: str) -> httpx.Response:
        """Send a form as the page would: with the mark of the session that stands in it."""
        hidden = {name: self.find_hidden(name) for name in ("csrf", "token") if name not in fields}
        self.page = await self.client.post(path, data={**hidden, **fields}, headers=OURS)
        return self.page

    async def logs_in(self, name: str, password: str = PASSWORD) -> httpx.Response:
        return await self.posts("/console/login", name=name, password=password)

    def find_hidden(self, name: str) -> str:
        found = re.search(rf'name="{name}" value="([^"]*)"', self.page.text if self.page else "")
        return found[1] if found else ""

    @property
    def text(self) -> str:
        """What the page says, without its tags."""
        assert self.page is not None
        return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", self.page.text)).split())

    async def audit(self) -> list[str]:
        async with self.helpline.store.read() as session:
            return list((await session.execute(select(AuditEntry.action).order_by(AuditEntry.id))).scalars())


@pytest.fixture(autouse=True)
def fast_hashing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hash passwords with little work: the real cost is tens of milliseconds for each log-in."""
    cheap = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)
    monkeypatch.setattr(sessions, "hasher", lambda: cheap)
    monkeypatch.setattr(accounts, "hasher", lambda: cheap)


@pytest.fixture
def app(helpline: Helpline) -> Starlette:
    return build_web(helpline)


@pytest.fixture
async def browsers(app: Starlette, helpline: Helpline) -> AsyncIterator[Any]:
    async with AsyncExitStack() as stack:

        async def new() -> Browser:
            transport = httpx.ASGITransport(app)
            client = httpx.AsyncClient(transport=transport, base_url="http://testserver", follow_redirects=True)
            return Browser(await stack.enter_async_context(client), helpline)

        yield new


@pytest.fixture
async def stranger(browsers: Any) -> Browser:
    """Somebody who is not logged in."""
    browser: Browser = await browsers()
    return browser


@pytest.fixture
async def rosa(browsers: Any, helpline: Helpline) -> Browser:
    return await _join(await browsers(), helpline, "rosa", "Rosa", "caseworker")


@pytest.fixture
async def ben(browsers: Any, helpline: Helpline) -> Browser:
    return await _join(await browsers(), helpline, "ben", "Ben", "caseworker")


@pytest.fixture
async def ada(browsers: Any, helpline: Helpline) -> Browser:
    return await _join(await browsers(), helpline, "ada", "Ada", "admin")


async def _join(browser: Browser, helpline: Helpline, name: str, display_name: str, role: str) -> Browser:
    async with helpline.store.write() as session:
        await create_user(session, name, display_name, role, PASSWORD, helpline.clock())
    await browser.logs_in(name)
    return browser


async def set_outcome(helpline: Helpline, row_id: int, status: str, error: str) -> None:
    """Let a message that left have ended otherwise."""
    async with helpline.store.write() as session:
        row = await session.get_one(OutboxMessage, row_id)
        row.status, row.error, row.changed_at = status, error, helpline.clock()


async def set_locale(helpline: Helpline, name: str, locale: str) -> None:
    async with helpline.store.write() as session:
        user = (await session.execute(select(User).where(User.name == name))).scalar_one()
        user.locale = locale
