"""A canary goes through every flow, errors too; then everything that was written anywhere is searched for it."""

import logging
from pathlib import Path

import pytest
import structlog
from prometheus_client import generate_latest
from sqlalchemy import text

from bot.app import Helpline
from bot.console.accounts import create_user
from bot.messages import Kind
from bot.nlu.client import NluClient
from bot.store.models import Case, CaseNote
from tests.people import Amina, Clock
from tests.standins.nlu import NluStandin

CANARY = "zq7canary"


def list_written(folder: Path) -> list[Path]:
    """Every file under the folder: database, write-ahead log, media, keys, logs."""
    return [path for path in folder.rglob("*") if path.is_file()]


async def live_through_everything(amina: Amina, helpline: Helpline, nlu: NluStandin, clock: Clock) -> None:
    """All flows with the canary as her words, name, number, code word, file name, place and note."""
    words = f"he beats me {CANARY} in riyadh"
    entity = {"entity": "money", "value": f"900 {CANARY}", "start": 0, "end": 3}
    nlu.hears(words, ("physical_violence", 0.9), danger=True, entities=[entity])
    await amina.says(words, display_name=f"Amina {CANARY}")
    await amina.says(f"{CANARY} question")
    await amina.says(f"{CANARY} again")
    await amina.says(f"{CANARY} photo", Kind.PHOTO, shared_contact=f"{CANARY} +966")
    await amina.says("safety")
    await amina.presses("wish:evening")
    await amina.presses("wish:shared")
    await amina.presses("code")
    await amina.says(CANARY)
    await amina.says("my data")
    case = await amina.case()
    assert case is not None
    async with helpline.store.write() as session:
        user = await create_user(session, "rosa", "Rosa", "caseworker", "three long words", clock())
        user.sealed_page_url = helpline.vault.seal_text(f"json://127.0.0.1:9/{CANARY}", "page-url")
        user.duty_rank = 1
        contact = await amina.contact()
        assert contact is not None
        sealed = helpline.vault.open_key(contact.sealed_key).seal(f"note {CANARY}", "note")
        session.add(CaseNote(case_id=case.id, user_id=user.id, sealed_body=sealed, created_at=clock()))
        (await session.get_one(Case, case.id)).page_at = clock()
    await helpline.worker.run_until_idle()  # a page that cannot be sent
    clock.pass_(days=1)
    await helpline.worker.run_until_idle()


async def fail_in_every_way(
    amina: Amina, helpline: Helpline, nlu: NluStandin, monkeypatch: pytest.MonkeyPatch, clock: Clock
) -> None:
    """NLU away, a fault of our own with her words in its text, a channel that refuses."""

    async def broken(self: NluClient, said: str) -> None:
        raise RuntimeError(f"cannot read {said!r}")

    monkeypatch.setattr(NluClient, "understand", broken)
    await amina.writes(f"{CANARY} and it breaks")
    for _ in range(6):
        await helpline.worker.run_until_idle()
        clock.pass_(minutes=2)
    monkeypatch.undo()


@pytest.mark.sqlite
async def test_nothing_that_is_written_anywhere_holds_her_words(
    amina: Amina, helpline: Helpline, nlu: NluStandin, clock: Clock, tmp_path: Path,
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    amina.name = f"{CANARY}-number"
    await live_through_everything(amina, helpline, nlu, clock)
    await fail_in_every_way(amina, helpline, nlu, monkeypatch, clock)
    structlog.get_logger().info("end")
    logging.getLogger("bot").warning("end")
    said = capsys.readouterr()
    assert "message_failed" in said.err  # the fault was logged
    assert CANARY not in said.err + said.out
    assert CANARY.encode() not in generate_latest()
    files = list_written(tmp_path)
    assert any(path.name == "helpline.db" for path in files)
    for path in files:
        assert CANARY.encode() not in path.read_bytes(), path.name
        assert CANARY not in path.name


@pytest.mark.sqlite
async def test_what_a_stolen_database_file_shows(
    amina: Amina, helpline: Helpline, nlu: NluStandin, clock: Clock
) -> None:
    """Every text column of every table, read as a thief would: no canary, and nothing that looks like a number."""
    amina.name = f"{CANARY}-number"
    await live_through_everything(amina, helpline, nlu, clock)
    async with helpline.store.read() as session:
        tables = (await session.execute(text("SELECT name FROM sqlite_master WHERE type = 'table'"))).scalars().all()
        for table in tables:
            for row in (await session.execute(text(f"SELECT * FROM {table}"))).all():
                assert CANARY not in " ".join(str(value) for value in row if isinstance(value, str)), table


async def test_after_forget_me_even_a_backup_cannot_be_opened(
    amina: Amina, helpline: Helpline, nlu: NluStandin, clock: Clock
) -> None:
    await amina.says(f"{CANARY} my wages")
    before = await amina.contact()
    assert before is not None
    await amina.says("delete")
    await amina.presses("erase:yes")
    assert await amina.contact() is None
    async with helpline.store.read() as session:
        for table in ("contacts", "messages", "outbox", "decisions", "media", "case_notes"):
            assert (await session.execute(text(f"SELECT count(*) FROM {table}"))).scalar_one() == 0, table
        left = (await session.execute(text("SELECT action FROM audit WHERE action = 'contact:erased'"))).scalars().all()
    assert left == ["contact:erased"]  # the proof, without a person in it
