"""helpline doctor names what is wrong and what to do."""

from pathlib import Path

from bot.commands.doctor import _check_broker, _check_database, _check_spool
from bot.config import Settings


def test_a_broker_that_is_away_is_named(settings: Settings) -> None:
    ((good, text),) = _check_broker(settings.model_copy(update={"broker_url": "redis://127.0.0.1:1/0"}))
    assert not good
    assert "HELPLINE_BROKER_URL" in text
    assert list(_check_broker(settings)) == [(True, "the broker answers")]


def test_missing_migrations_are_named(settings: Settings, tmp_path: Path) -> None:
    ((good, text),) = _check_database(settings)
    assert not good
    assert "helpline migrate" in text


def test_files_that_cannot_be_opened_are_named(settings: Settings) -> None:
    folder = settings.var_dir / "spool"
    folder.mkdir(parents=True)
    (folder / "1-x.sealed").touch()
    (folder / "2-y.unreadable").touch()
    found = list(_check_spool(settings))
    assert found[0] == (True, "1 webhooks wait on disk for the database")
    assert found[1][0] is False
