import os
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import pytest
import redis
from sqlalchemy import create_engine, text

from tests.standins.telegram import TelegramStandin

POSTGRES, REDIS = "postgresql://127.0.0.1:5432/postgres", "redis://127.0.0.1:6379/10"


@pytest.fixture
def telegram() -> Iterator[TelegramStandin]:
    with TelegramStandin() as standin:
        yield standin


@dataclass
class Engines:
    """Where a helpline keeps its data, and what it left there."""

    settings: dict[str, str]
    database: str  # for a plain synchronous look

    def ask(self, query: str) -> list[tuple[Any, ...]]:
        engine = create_engine(self.database)
        with engine.connect() as connection:
            rows = [tuple(row) for row in connection.execute(text(query))]
        engine.dispose()
        return rows


@pytest.fixture(params=["sqlite", "postgres+redis"])
def engines(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engines]:
    if request.param == "sqlite":
        yield Engines({}, f"sqlite:///{tmp_path}/var/helpline.db")
        return
    broker = redis.Redis.from_url(REDIS, socket_connect_timeout=2)
    name = f"crash_{uuid.uuid4().hex[:12]}"
    try:
        broker.flushdb()
        server = psycopg.connect(POSTGRES, autocommit=True, connect_timeout=3)
    except (redis.RedisError, psycopg.OperationalError):
        if os.environ.get("CI"):
            raise
        pytest.skip("no PostgreSQL and Redis on this machine")
    with server:
        server.execute(f"CREATE DATABASE {name}")
        url = POSTGRES.replace("/postgres", f"/{name}")
        yield Engines({"DATABASE_URL": url, "BROKER_URL": REDIS}, url.replace("postgresql:", "postgresql+psycopg:"))
        server.execute(f"DROP DATABASE {name} WITH (FORCE)")
    broker.flushdb()
    broker.close()
