"""Forget me: everything goes, she gets a receipt, and staff see only that she left."""

from pathlib import Path

import pytest

from bot.app import Helpline
from bot.store.models import Case
from tests.people import Amina


async def test_delete_asks_once_and_then_forgets(amina: Amina, helpline: Helpline) -> None:
    await amina.says("person")
    case = await amina.case()
    assert case is not None
    asked = await amina.says("delete")
    assert helpline.phrases.say("ask_erase", "en") in asked
    await amina.presses("erase:yes")
    assert await amina.contact() is None
    async with helpline.store.read() as session:
        shell = await session.get_one(Case, case.id)
    assert (shell.contact_id, shell.label, shell.outcome) == (None, "", "erased")


async def test_no_keeps_everything(amina: Amina, helpline: Helpline) -> None:
    await amina.says("delete")
    assert helpline.phrases.say("not_erased", "en") in await amina.presses("erase:no")
    assert await amina.contact() is not None


@pytest.mark.sqlite
async def test_the_database_file_holds_none_of_her_words(amina: Amina, helpline: Helpline, tmp_path: Path) -> None:
    await amina.says("canary-word my madam", display_name="canary-name", external_id="1")
    files = [path for path in (tmp_path / "var").rglob("*") if path.is_file()]
    assert any(path.name == "helpline.db" for path in files)
    for path in files:
        assert b"canary" not in path.read_bytes(), path.name
        assert amina.address.identifier.encode() not in path.read_bytes(), path.name
