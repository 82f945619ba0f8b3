"""The web process: webhooks say clearly what is wrong, health says what is missing."""

import errno
import os
from collections.abc import AsyncIterator

import httpx
import pytest
from sqlalchemy.exc import OperationalError

from bot.app import Helpline, build
from bot.config import Settings, load_settings
from bot.store.queries import messages
from bot.web import MAX_BODY, build_web
from tests.people import Clock
from tests.standins.nlu import NluStandin
from tests.standins.telegram import TOKEN, TelegramStandin

SECRET = {"X-Telegram-Bot-Api-Secret-Token": "s3cret"}
UPDATE = {
    "update_id": 5,
    "message": {
        "message_id": 9, "date": 1763888400, "text": "is it legal",
        "chat": {"id": 42, "type": "private", "first_name": "A"},
        "from": {"id": 42, "is_bot": False, "first_name": "A", "language_code": "en"},
    },
}  # fmt: skip


@pytest.fixture
async def live(
    settings: Settings, clock: Clock, monkeypatch: pytest.MonkeyPatch, helpline: Helpline
) -> AsyncIterator[tuple[Helpline, httpx.AsyncClient, TelegramStandin]]:
    """A helpline with Telegram by webhook, its web app in process, and the provider's stand-in."""
    with TelegramStandin() as telegram:
        for name, value in {
            "TELEGRAM_TOKEN": TOKEN, "TELEGRAM_MODE": "webhook", "TELEGRAM_WEBHOOK_SECRET": "s3cret",
            "PUBLIC_URL": "https://help.example", "TELEGRAM_API_BASE": telegram.url,
        }.items():  # fmt: skip
            monkeypatch.setenv(f"HELPLINE_{name}", value)
        built = build(load_settings(), clock=clock)
        await built.registry.open()
        transport = httpx.ASGITransport(build_web(built))
        async with httpx.AsyncClient(transport=transport, base_url="http://app") as client:
            yield built, client, telegram
        await built.worker.finish()
        await built._close()


Live = tuple[Helpline, httpx.AsyncClient, TelegramStandin]


async def test_a_question_is_answered_through_telegram_and_a_repeated_webhook_is_not(
    live: Live, nlu: NluStandin
) -> None:
    helpline, client, telegram = live
    nlu.hears("is it legal", ("fee_legality", 0.95))
    codes = [(await client.post("/webhooks/telegram", json=UPDATE, headers=SECRET)).status_code for _ in range(3)]
    await helpline.worker.run_until_idle()
    texts = [call["text"] for call in telegram.sent]
    assert codes == [200, 200, 200]
    assert len(texts) == len(set(texts))
    assert any("helpline" in text for text in texts)
    async with helpline.store.read() as session:
        assert len(await messages.list_messages(session, 1)) == 1


@pytest.mark.parametrize(
    ("path", "headers", "body", "status"),
    [
        ("telegram", {}, b"{}", 403),
        ("telegram", {"X-Telegram-Bot-Api-Secret-Token": "wrong"}, b"{}", 403),
        ("telegram", SECRET, b"not json", 400),
        ("telegram", SECRET, b"[1]", 400),
        ("telegram", SECRET, b'{"update_id": 1, "something_new": {}}', 200),
        ("telegram", SECRET, b"x" * (MAX_BODY + 1), 413),
        ("twilio", {}, b"From=x", 404),
        ("nonsense", {}, b"", 404),
    ],
)
async def test_a_bad_webhook_gets_a_clear_answer(
    live: Live, path: str, headers: dict[str, str], body: bytes, status: int
) -> None:
    _, client, _ = live
    response = await client.post(f"/webhooks/{path}", content=body, headers=headers)
    assert response.status_code == status
    assert status == 200 or response.text.strip()


async def test_ready_names_the_part_that_does_not_answer(live: Live, nlu: NluStandin) -> None:
    _, client, _ = live
    assert (await client.get("/healthz")).status_code == 200
    ready = await client.get("/readyz")
    assert (ready.status_code, ready.json()["nlu"]) == (200, "ok")


async def test_metrics_count_and_name_no_one(live: Live) -> None:
    _, client, _ = live
    await client.post("/webhooks/telegram", json=UPDATE, headers=SECRET)
    text = (await client.get("/metrics")).text
    assert 'helpline_messages_received_total{channel="telegram"}' in text
    assert "42" not in [line.split("}")[0] for line in text.splitlines()]


async def test_the_simulator_is_off_in_production(settings: Settings, helpline: Helpline) -> None:
    helpline.settings = settings.model_copy(update={"mode": "production"})
    async with httpx.AsyncClient(transport=httpx.ASGITransport(build_web(helpline)), base_url="http://app") as client:
        assert (await client.get("/simulator/")).status_code == 404


async def test_with_database_away_and_disk_full_the_provider_has_to_come_again(
    live: Live, monkeypatch: pytest.MonkeyPatch
) -> None:
    helpline, client, _ = live

    def away() -> None:
        raise OperationalError("BEGIN", {}, Exception("database or disk is full"))

    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as weather:
        weather.setattr(helpline.store, "write", away)
        weather.setattr(os, "fsync", full)
        assert (await client.post("/webhooks/telegram", json=UPDATE, headers=SECRET)).status_code == 503
        weather.setattr(os, "fsync", lambda _: None)
        assert (await client.post("/webhooks/telegram", json=UPDATE, headers=SECRET)).status_code == 200
    assert await helpline.spool.replay(helpline.receive) == 1
