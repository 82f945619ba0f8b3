"""What is older than its period goes: words first, and of closed cases only statistics stay."""

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select, update

from bot.app import Helpline
from bot.messages import Kind
from bot.store.models import AuditEntry, Case, Message, Organisation, StoredMedia
from tests.people import Amina, Clock


async def count(helpline: Helpline, table: type) -> int:
    async with helpline.store.read() as session:
        return int((await session.execute(select(func.count()).select_from(table))).scalar_one())


async def test_a_silent_contact_is_forgotten_after_the_period(amina: Amina, helpline: Helpline, clock: Clock) -> None:
    await amina.says("salary not paid")
    clock.pass_(days=89)
    assert (await helpline.worker.retention.run()).count("contacts") == 0
    clock.pass_(days=2)
    assert (await helpline.worker.retention.find()).count("contacts") == 1
    assert await amina.contact() is not None  # looking changes nothing
    assert (await helpline.worker.retention.run()).count("contacts") == 1
    assert await amina.contact() is None
    assert await count(helpline, Message) == 0


async def test_an_open_case_keeps_her_words(amina: Amina, helpline: Helpline, clock: Clock) -> None:
    await amina.says("person")
    clock.pass_(days=400)
    assert (await helpline.worker.retention.run()).count("contacts") == 0
    assert await amina.contact() is not None


async def test_a_closed_case_becomes_statistics(amina: Amina, helpline: Helpline, clock: Clock) -> None:
    await amina.says("person")
    case = await amina.case()
    assert case is not None
    async with helpline.store.write() as session:
        row = await session.get_one(Case, case.id)
        row.state, row.closed_at, row.outcome, row.label = "closed", clock(), "closed", "wages_unpaid"
    clock.pass_(days=366)
    await amina.says("hello again")  # she writes: her words stay, the old case does not lead to her any more
    report = await helpline.worker.retention.run()
    assert (report.count("contacts"), report.count("cases")) == (0, 1)
    async with helpline.store.read() as session:
        shell = await session.get_one(Case, case.id)
    assert (shell.contact_id, shell.label, shell.outcome) == (None, "wages_unpaid", "closed")
    assert (await helpline.worker.retention.run()).count("cases") == 0


async def has_a_file(amina: Amina, helpline: Helpline, tmp_path: Path) -> Path:
    await amina.says("a photo", Kind.PHOTO)
    folder = tmp_path / "var" / "media"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "x.sealed").write_bytes(b"sealed")
    async with helpline.store.write() as session:
        message = (await session.execute(select(Message))).scalars().first()
        assert message is not None
        session.add(StoredMedia(
            message_id=message.id, contact_id=message.contact_id, sealed_reference=b"", mime="image/jpeg", size=1,
            path="x.sealed", retry_at=helpline.clock(),
        ))  # fmt: skip
    return folder / "x.sealed"


async def test_files_go_with_the_words(amina: Amina, helpline: Helpline, clock: Clock, tmp_path: Path) -> None:
    path = await has_a_file(amina, helpline, tmp_path)
    clock.pass_(days=91)
    await helpline.worker.retention.run()
    assert not path.exists()


async def test_a_run_is_on_record_and_an_empty_one_is_not(amina: Amina, helpline: Helpline, clock: Clock) -> None:
    assert (await helpline.worker.retention.run()).count() == 0
    await amina.says("hello")
    clock.pass_(days=91)
    await helpline.worker.retention.run()
    async with helpline.store.read() as session:
        actions = list((await session.execute(select(AuditEntry.action))).scalars())
    assert actions.count("retention:run") == 1
    assert "contact:erased" in actions


@pytest.mark.parametrize("words", ["hello", "person"])
async def test_a_contact_with_something_still_to_be_sent_stays(
    amina: Amina, helpline: Helpline, clock: Clock, words: str
) -> None:
    await amina.says(words)
    assert (await helpline.worker.retention.find()).count("contacts") == 0


async def test_an_organisation_has_periods_of_its_own(amina: Amina, helpline: Helpline, clock: Clock) -> None:
    await amina.says("salary not paid")
    async with helpline.store.write() as session:
        home = (await session.execute(select(Organisation))).scalars().one()
        home.keep_words_days, name = 10, home.name
    clock.pass_(days=11)
    report = await helpline.worker.retention.run()
    assert [
        (line.kept, line.count) for line in report.lines if (line.organisation, line.kind) == (name, "contacts")
    ] == [(timedelta(days=10), 1)]
    assert await amina.contact() is None


async def test_files_may_go_sooner_than_words_but_not_from_an_open_case(
    amina: Amina, helpline: Helpline, clock: Clock, tmp_path: Path
) -> None:
    path = await has_a_file(amina, helpline, tmp_path)
    async with helpline.store.write() as session:
        (await session.execute(select(Organisation))).scalars().one().keep_files_days = 7
    await amina.says("person")
    clock.pass_(days=8)
    assert (await helpline.worker.retention.run()).count("files") == 0
    async with helpline.store.write() as session:
        await session.execute(update(Case).values(state="closed", closed_at=clock()))
    assert (await helpline.worker.retention.run()).count("files") == 1
    assert not path.exists()
    assert await count(helpline, StoredMedia) == 0
    assert await count(helpline, Message) > 0
