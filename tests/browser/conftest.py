"""A real browser before a real server: Debian's chromium, and the app on a free port in a thread of its own."""

import asyncio
import os
import shutil
import socket
import threading
from collections.abc import Coroutine, Iterator
from pathlib import Path
from typing import Any, Self

import pytest
import uvicorn
from playwright.sync_api import Browser, Page, sync_playwright

from bot.app import Helpline, build
from bot.config import Settings
from bot.console.accounts import first_admin_link
from bot.messages import Address, Inbound, Kind
from bot.web import build_web
from tests.standins.server import wait_until

ARGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
)  # fmt: skip
PHONE = {"width": 390, "height": 844}


class Server:
    """The whole helpline, web and worker, while the context is entered."""

    helpline: Helpline

    def __init__(self, settings: Settings) -> None:
        self._socket = socket.create_server(("127.0.0.1", 0))
        port = self._socket.getsockname()[1]
        self.url = f"http://127.0.0.1:{port}"
        self._settings = settings.model_copy(update={"bind": f"127.0.0.1:{port}"})
        self._thread = threading.Thread(target=lambda: asyncio.run(self._run()), daemon=True)
        self._server: uvicorn.Server | None = None

    async def _run(self) -> None:
        self.loop = asyncio.get_running_loop()
        self.helpline = build(self._settings, start_nlu=False)
        config = uvicorn.Config(build_web(self.helpline), log_config=None, timeout_graceful_shutdown=1, ws="none")
        async with self.helpline.running():
            self._server = uvicorn.Server(config)
            await self._server.serve(sockets=[self._socket])

    def __enter__(self) -> Self:
        self._thread.start()
        wait_until(lambda: self._server is not None and self._server.started, 30)
        return self

    def __exit__(self, *_: object) -> None:
        assert self._server is not None
        self._server.should_exit = self._server.force_exit = True
        self._thread.join(timeout=20)
        self._socket.close()

    def do(self, step: Coroutine[Any, Any, Any]) -> Any:
        """Run a step in the server's own loop."""
        return asyncio.run_coroutine_threadsafe(step, self.loop).result(20)

    def amina_writes(self, text: str) -> None:
        self._written = getattr(self, "_written", 0) + 1
        message = Inbound(
            address=Address("simulator", "amina"), external_id=str(self._written), kind=Kind.TEXT, text=text
        )
        self.do(self.helpline.receive([message]))

    def admin_link(self) -> str:
        return str(self.do(first_admin_link(self.helpline)))


@pytest.fixture(scope="module")
def chromium(empty_database: Path) -> Iterator[Browser]:
    """One browser for a module. While it lives, Playwright's loop runs in this thread: no async test may be near,
    and the database, which is made in a loop of its own, has to be there already."""
    path = shutil.which("chromium")
    if path is None:
        problem = "no chromium on this machine: apt-get install chromium"
        assert os.environ.get("CI") != "true", problem
        pytest.skip(problem)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=list(ARGS))
        yield browser
        browser.close()


@pytest.fixture
def server(settings: Settings, empty_database: Path) -> Iterator[Server]:
    shutil.copy(empty_database, settings.var_dir / "helpline.db")
    with Server(settings) as server:
        yield server


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    """A page that fails the test if its script fails or the Content-Security-Policy stops something."""
    context = chromium.new_context(locale="en-GB", timezone_id="Asia/Riyadh")
    context.set_default_timeout(15_000)
    page = context.new_page()
    problems: list[str] = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on("console", lambda message: problems.append(message.text) if "Content Security" in message.text else None)
    yield page
    context.close()
    assert problems == []
