"""Shared fixtures: a fixed clock, a helpline on a fresh database, an NLU that says what the test wrote down."""

import asyncio
import os
import shutil
import socket
from collections.abc import AsyncIterator, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import psycopg
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


def _migrate(url: str) -> None:
    async def make() -> None:
        engine = create_engine(url)
        await migrate(engine)
        await engine.dispose()

    asyncio.run(make())


@pytest.fixture(scope="session")
def empty_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated database to copy: migrating anew for each test would take most of the tests' time."""
    path = tmp_path_factory.mktemp("database") / "empty.db"
    _migrate(f"sqlite:///{path}")
    return path


# A server to run the tests on instead of SQLite, e.g. postgresql://127.0.0.1/test (`make test-postgres`).
SERVER = os.environ.get("HELPLINE_TEST_DATABASE", "")


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """A migrated database to copy on the server; yields its name."""
    name = f"helpline_{os.getpid()}"
    with psycopg.connect(SERVER, autocommit=True) as server:
        server.execute(f"DROP DATABASE IF EXISTS {name}")
        server.execute(f"CREATE DATABASE {name}")
        _migrate(_address(name))
        yield name
        server.execute(f"DROP DATABASE {name} WITH (FORCE)")


def _address(name: str) -> str:
    return SERVER.rpartition("/")[0].replace("postgresql:", "postgresql+psycopg:") + f"/{name}"


@pytest.fixture
def database(request: pytest.FixtureRequest, settings: Settings) -> Iterator[str]:
    """A fresh database: the URL of a copy on the server, or nothing for the SQLite file of the settings."""
    if not SERVER:
        shutil.copy(request.getfixturevalue("empty_database"), settings.var_dir / "helpline.db")
        yield ""
        return
    template = request.getfixturevalue("postgres")
    with psycopg.connect(SERVER, autocommit=True) as server:
        server.execute(f"CREATE DATABASE {template}_x TEMPLATE {template}")
        yield _address(f"{template}_x")
        server.execute(f"DROP DATABASE {template}_x WITH (FORCE)")


@pytest.fixture
async def helpline(
    settings: Settings, clock: Clock, database: str, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Helpline]:
    monkeypatch.setattr("bot.app.load_library", _library)
    built = build(settings.model_copy(update={"database_url": database}), clock=clock)
    await built.registry.open()
    yield built
    await built.worker.finish()
    await built._close()


@pytest.fixture
def amina(helpline: Helpline) -> Amina:
    return Amina(helpline)
