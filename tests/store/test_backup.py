"""A backup taken while the helpline runs, put back into an empty place, tells the same with the same keys."""

import shutil
from pathlib import Path

import pytest
from rich.console import Console

from bot.app import Helpline, build
from bot.commands.backup import backup, restore
from bot.config import Settings
from tests.people import Amina

pytestmark = pytest.mark.sqlite
QUIET = Console(quiet=True)


def elsewhere(settings: Settings, folder: Path) -> Settings:
    return settings.model_copy(update={"var_dir": folder})


async def test_what_was_backed_up_is_there_after_a_restore(helpline: Helpline, amina: Amina, tmp_path: Path) -> None:
    said = await amina.says("hello")
    file = tmp_path / "helpline.tar"
    assert backup(helpline.settings, QUIET, file) == 0
    assert file.stat().st_mode & 0o077 == 0
    await amina.says("this came after the backup")
    other = elsewhere(helpline.settings, tmp_path / "other")
    assert restore(other, QUIET, file) == 0
    restored = build(other, clock=helpline.clock)
    try:
        assert await Amina(restored).reads() == said
    finally:
        await restored._close()


async def test_a_backup_never_overwrites_and_a_restore_never_replaces(
    helpline: Helpline, amina: Amina, tmp_path: Path
) -> None:
    await amina.says("hello")
    file = tmp_path / "helpline.tar"
    assert backup(helpline.settings, QUIET, file) == 0
    before = file.read_bytes()
    assert backup(helpline.settings, QUIET, file) == 1
    assert file.read_bytes() == before
    assert restore(helpline.settings, QUIET, file) == 1
    assert await amina.contact() is not None


def test_junk_is_no_backup(settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "junk.tar").write_bytes(b"junk")
    assert restore(elsewhere(settings, tmp_path / "other"), QUIET, tmp_path / "junk.tar") == 1


def test_a_backup_of_nothing_says_so(settings: Settings, tmp_path: Path) -> None:
    assert backup(elsewhere(settings, tmp_path / "none"), QUIET, tmp_path / "x.tar") == 1
    assert not (tmp_path / "x.tar").exists()


@pytest.mark.skipif(shutil.which("pg_dump") is None, reason="no PostgreSQL client programs on this machine")
def test_a_postgres_server_that_is_away_is_told(settings: Settings, tmp_path: Path) -> None:
    away = settings.model_copy(update={"database_url": "postgresql://nobody@127.0.0.1:9/none"})
    assert backup(away, QUIET, tmp_path / "x.tar") == 1
    assert not (tmp_path / "x.tar").exists()
