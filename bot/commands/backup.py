"""helpline backup, restore: the database while it runs, and the sealed files. The keys are never in it."""

import os
import shutil
import sqlite3
import subprocess
import tarfile
import tempfile
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from rich.console import Console
from sqlalchemy.engine import make_url

from bot.config import Settings, owner_only

SQLITE, POSTGRES = "helpline.db", "helpline.dump"  # names inside the archive


class BackupError(Exception):
    """It could not be done; the text says why and what to do. Nothing was changed."""


def backup(settings: Settings, console: Console, path: Path) -> int:
    return _report(lambda: _backup(settings, path), console)


def restore(settings: Settings, console: Console, path: Path) -> int:
    return _report(lambda: _restore(settings, path), console)


def _report(work: Callable[[], str], console: Console) -> int:
    try:
        console.print(work(), markup=False, highlight=False)
    except BackupError as error:
        console.print(str(error), markup=False, highlight=False)
        return 1
    return 0


def _backup(settings: Settings, path: Path) -> str:
    if path.exists():
        raise BackupError(f"{path} is there already; name a new file.")
    with tempfile.TemporaryDirectory(prefix="helpline-") as folder:
        copy = _copy_database(settings, Path(folder))
        unfinished = path.with_name(f".{path.name}.part")
        with open(unfinished, "wb", opener=owner_only) as file, tarfile.open(fileobj=file, mode="w") as archive:
            archive.add(copy, copy.name)
            if (media := settings.var_dir / "media").exists():
                archive.add(media, "media")
        unfinished.replace(path)
    size = path.stat().st_size // 1024
    return f"Wrote {path} ({size} KiB). Keep HELPLINE_SEAL_KEYS apart: without them nobody reads it."


def _restore(settings: Settings, path: Path) -> str:
    if not tarfile.is_tarfile(path):
        raise BackupError(f"{path} is not a backup of the helpline.")
    media = settings.var_dir / "media"
    if media.exists() and any(media.iterdir()):
        raise BackupError(f"{media} is not empty. Restore into an empty HELPLINE_VAR_DIR, so that nothing is lost.")
    with tempfile.TemporaryDirectory(prefix="helpline-") as folder:
        with tarfile.open(path) as archive:
            archive.extractall(folder, filter="data")
        _put_database(settings, Path(folder))
        if (files := Path(folder) / "media").exists():
            shutil.copytree(files, media, dirs_exist_ok=True)
    return "Restored. Start the helpline with the same HELPLINE_SEAL_KEYS."


def _copy_database(settings: Settings, folder: Path) -> Path:
    url = make_url(settings.database)
    if url.get_backend_name() == "postgresql":
        copy = folder / POSTGRES
        _run(settings, "pg_dump", "--format=custom", "--no-owner", "--enable-row-security", f"--file={copy}")
        return copy
    source, copy = Path(url.database or ""), folder / SQLITE
    if not source.exists():
        raise BackupError(f"There is no database at {source}; look at HELPLINE_DATABASE_URL and HELPLINE_VAR_DIR.")
    with closing(sqlite3.connect(source)) as running, closing(sqlite3.connect(copy)) as target:
        running.backup(target)  # consistent, while others write
        if target.execute("PRAGMA integrity_check").fetchone() != ("ok",):
            raise BackupError(f"{source} is damaged: the copy did not pass its check.")
    return copy


def _put_database(settings: Settings, folder: Path) -> None:
    url = make_url(settings.database)
    if url.get_backend_name() == "postgresql":
        if not (folder / POSTGRES).exists():
            raise BackupError("This backup is of an SQLite helpline, HELPLINE_DATABASE_URL is PostgreSQL.")
        _run(settings, "pg_restore", "--no-owner", "--exit-on-error", "--single-transaction", str(folder / POSTGRES))
        return
    target = Path(url.database or "")
    if not (folder / SQLITE).exists():
        raise BackupError("This backup is of a PostgreSQL helpline, HELPLINE_DATABASE_URL is SQLite.")
    if target.exists():
        raise BackupError(f"{target} exists. Move it away first, so that nothing is lost.")
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(folder / SQLITE, target)
    target.chmod(0o600)


def _run(settings: Settings, program: str, *arguments: str) -> None:
    """Run one of PostgreSQL's programs on our database; the password goes by environment, not by command line."""
    url = make_url(settings.database)
    where = {"PGHOST": url.host, "PGPORT": url.port, "PGUSER": url.username, "PGPASSWORD": url.password}
    environment = {**os.environ, **{name: str(value) for name, value in where.items() if value}}
    if shutil.which(program) is None:
        raise BackupError(f"{program} is not on this machine: install PostgreSQL's client programs.")
    command = [program, f"--dbname={url.database}", *arguments]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)  # noqa: S603
    if done.returncode:
        raise BackupError(f"{program}: {done.stderr.strip().splitlines()[-1] if done.stderr.strip() else 'failed'}")
