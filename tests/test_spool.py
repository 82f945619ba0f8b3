"""While the database is away, what a webhook brings waits on the disk, sealed and in order."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.exc import OperationalError

from bot.app import Helpline, build
from bot.config import Settings
from bot.messages import Address, Inbound, Kind, Location, Media, Status, StatusReport
from bot.privacy.seal import Vault
from bot.spool import Spool
from bot.store.queries import messages
from tests.conftest import SERVER
from tests.people import Amina, Clock
from tests.standins.proxy import Cable

HERS = Address("simulator", "amina")


def says(text: str, number: int) -> Inbound:
    return Inbound(address=HERS, external_id=f"m{number}", kind=Kind.TEXT, text=text)


@pytest.fixture
def away(helpline: Helpline, monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """Take the database away; `undo` brings it back."""

    def write() -> Any:
        raise OperationalError("BEGIN", {}, Exception("connection refused"))

    monkeypatch.setattr(helpline.store, "write", write)
    return monkeypatch


async def _texts(amina: Amina) -> list[str]:
    contact = await amina.contact()
    assert contact
    key = amina.helpline.vault.open_key(contact.sealed_key)
    async with amina.helpline.store.read() as session:
        rows = await messages.list_messages(session, contact.id)
    return [str(key.open_fields(row.sealed_body, "message")["text"]) for row in rows]


async def test_nothing_is_lost_and_the_order_stays(helpline: Helpline, amina: Amina, away: pytest.MonkeyPatch) -> None:
    await helpline.accept([says("one", 1)])
    await helpline.accept([says("two", 2)])
    away.undo()
    await helpline.accept([says("three", 3)])  # the database is back, but two messages are still on the disk
    assert await amina.contact() is None
    assert await helpline.spool.replay(helpline.receive) == 3
    assert await _texts(amina) == ["one", "two", "three"]
    assert helpline.spool.is_empty()


async def test_a_crash_between_record_and_removal_records_nothing_twice(helpline: Helpline, amina: Amina) -> None:
    await helpline.spool.put([says("one", 1)])
    await helpline.receive([says("one", 1)])
    await helpline.spool.replay(helpline.receive)
    assert await _texts(amina) == ["one"]


async def test_the_files_are_sealed_and_for_nobody_else(helpline: Helpline) -> None:
    await helpline.spool.put([says("canary", 1)])
    (path,) = (helpline.settings.var_dir / "spool").glob("*.sealed")
    assert b"canary" not in path.read_bytes()
    assert b"amina" not in path.read_bytes()
    assert path.stat().st_mode & 0o077 == 0


async def test_every_kind_of_event_comes_back_as_it_was(tmp_path: Path, helpline: Helpline) -> None:
    events = [
        Inbound(
            address=HERS, external_id="1", kind=Kind.PHOTO, text="half \ud83d pair",
            media=(Media("x", "image/png", 3),), location=Location(1.5, 2.5), sent_at=helpline.clock(),
        ),
        StatusReport(channel="whatsapp", external_id="SM1", status=Status.READ),
    ]  # fmt: skip
    kept: list[Any] = []

    async def keep(events: list[Any]) -> None:
        kept.extend(events)

    spool = Spool(tmp_path / "s", helpline.vault)
    await spool.put(list(events))
    await spool.replay(keep)
    assert kept[1] == events[1]
    assert kept[0].text == "half ? pair"
    assert (kept[0].media, kept[0].location, kept[0].sent_at) == (
        events[0].media, events[0].location, events[0].sent_at,
    )  # fmt: skip


async def test_what_cannot_be_opened_is_set_aside_and_holds_nobody_up(tmp_path: Path, helpline: Helpline) -> None:
    spool = Spool(tmp_path / "s", helpline.vault)
    await Spool(tmp_path / "s", Vault("A" * 43 + "=")).put([says("lost key", 1)])
    await spool.put([says("two", 2)])
    assert await spool.replay(helpline.receive) == 1
    assert len(list((tmp_path / "s").glob("*.unreadable"))) == 1


async def test_with_the_clock_set_back_the_order_stays(
    tmp_path: Path, helpline: Helpline, monkeypatch: pytest.MonkeyPatch
) -> None:
    spool, seen = Spool(tmp_path / "s", helpline.vault), []

    async def see(events: list[Any]) -> None:
        seen.extend(event.text for event in events)

    await spool.put([says("one", 1)])
    monkeypatch.setattr("time.time_ns", lambda: 1)
    await spool.put([says("two", 2)])
    await Spool(tmp_path / "s", helpline.vault).put([says("three", 3)])
    await spool.replay(see)
    assert seen == ["one", "two", "three"]


@pytest.fixture
async def cable() -> AsyncIterator[Cable]:
    async with Cable("127.0.0.1", 5432) as cable:
        yield cable


@pytest.mark.skipif(not SERVER, reason="needs PostgreSQL: make test-postgres")
async def test_a_server_that_is_pulled_and_comes_back(
    settings: Settings, database: str, clock: Clock, cable: Cable
) -> None:
    url = database.replace("127.0.0.1", f"127.0.0.1:{cable.port}", 1).replace(f":{cable.port}:5432", f":{cable.port}")
    helpline = build(settings.model_copy(update={"database_url": url}), clock=clock)
    amina = Amina(helpline)
    await helpline.registry.open()
    await helpline.accept([says("one", 1)])
    cable.pull()
    await helpline.accept([says("two", 2)])
    await helpline.accept([says("three", 3)])
    assert not helpline.spool.is_empty()
    cable.put_back()
    await helpline.spool.replay(helpline.receive)
    assert await _texts(amina) == ["one", "two", "three"]
    assert await amina.receives()
    await helpline._close()
