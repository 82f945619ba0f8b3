"""Shared fixtures: a fixed clock, a helpline on a fresh database, an NLU that says what the test wrote down."""

import asyncio
import shutil
import socket
from collections.abc import AsyncIterator, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from bot.app import Helpline, build
from bot.config import Settings, load_settings
from bot.content.load import load_library
from bot.log import configure_logging
from bot.store.engine import create_engine
from bot.store.migrate import migrate
from tests.people import Amina, Clock
from tests.standins.nlu import NluStandin

configure_logging(pretty=False)
_library = cache(load_library)


@pytest.fixture(autouse=True)
def no_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    """A connection that leaves this machine fails the test."""
    real = socket.socket.connect

    def connect(self: socket.socket, address: Any) -> None:
        if self.family in (socket.AF_INET, socket.AF_INET6) and address[0] not in ("127.0.0.1", "::1", "localhost"):
            raise AssertionError(f"the test tried to reach {address[0]}")
        real(self, address)

    monkeypatch.setattr(socket.socket, "connect", connect)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(scope="session")
def nlu() -> Iterator[NluStandin]:
    """A server that speaks Rasa's HTTP API and answers what a test told it to; see NluStandin.hears."""
    with NluStandin() as standin:
        yield standin


@pytest.fixture
def settings(tmp_path: Path, nlu: NluStandin, monkeypatch: pytest.MonkeyPatch) -> Settings:
    nlu.forget()
    monkeypatch.chdir(tmp_path)  # no .env of the developer's
    monkeypatch.setenv("HELPLINE_VAR_DIR", str(tmp_path / "var"))
    monkeypatch.setenv("HELPLINE_NLU_URL", nlu.url)
    monkeypatch.setenv("HELPLINE_NLU_TOKEN", nlu.token)
    return load_settings()


@pytest.fixture(scope="session")
def empty_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated database to copy: migrating anew for each test would take most of the tests' time."""
    path = tmp_path_factory.mktemp("database") / "empty.db"

    async def make() -> None:
        engine = create_engine(f"sqlite+aiosqlite:///{path}")
        await migrate(engine)
        await engine.dispose()

    asyncio.run(make())
    return path


@pytest.fixture
async def helpline(
    settings: Settings, clock: Clock, empty_database: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Helpline]:
    monkeypatch.setattr("bot.app.load_library", _library)
    shutil.copy(empty_database, settings.var_dir / "helpline.db")
    built = build(settings, clock=clock)
    await built.registry.open()
    yield built
    await built.worker.finish()
    await built._close()


@pytest.fixture
def amina(helpline: Helpline) -> Amina:
    return Amina(helpline)
