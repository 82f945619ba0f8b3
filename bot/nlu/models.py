"""Which models there are and which one serves: files in VAR_DIR/models, each with a record of what it was made of.

`current.json` is the record of the serving model; the model before it is kept, so that a step back is one rename.
"""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from bot.config import ROOT, Settings, SettingsError
from bot.nlu.examples import DATA, NOT_VARIANTS

CONFIG = ROOT / "config.yml"
KEPT = 2  # models on disk: the serving one and the one before


@dataclass(frozen=True, slots=True)
class Record:
    """One model: its file name, what it was trained from, and what it was worth on which development sets."""

    model: str
    fingerprint: str
    trained_at: str = ""
    counts: dict[str, int] = field(default_factory=dict)
    figures: dict[str, Any] = field(default_factory=dict)  # see bot.nlu.evaluation.measure_all
    dev: str = ""  # fingerprint of the development sets that the figures are of
    accepted: list[str] = field(default_factory=list)  # losses that somebody accepted with --accept


def fingerprint() -> str:
    """Return a hash of all that a model is made of: data, pipeline and our components.

    Not the dev sets, and not the danger lexicon: a model reads that when it is loaded: no new training for a word.
    """
    code = [*(ROOT / "bot" / "nlu" / "components").glob("*.py"), ROOT / "bot" / "nlu" / "runtime" / "importer.py"]
    names = ("normalise.py", "extract.py", "phrases.py", "script.py")
    pure = [ROOT / "bot" / "nlu" / name for name in names]
    data = [path for path in DATA.rglob("*.yml") if not NOT_VARIANTS.intersection(path.parts)]
    return _hash([CONFIG, *code, *pure, *data])


def dev_fingerprint() -> str:
    """Return a hash of the development sets: figures of two models compare only if it is the same."""
    return _hash((DATA / "dev").glob("*.yml"))


def _hash(paths: Iterable[Path]) -> str:
    digest = hashlib.sha256()
    for path in sorted(paths):
        digest.update(str(path.relative_to(ROOT)).encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()[:16]


def models_dir(settings: Settings) -> Path:
    return settings.var_dir.resolve() / "models"


def find_current(settings: Settings) -> Record | None:
    """Return the record of the serving model, or None where there is no usable one."""
    record = _read(models_dir(settings) / "current.json")
    return record if record and (models_dir(settings) / record.model).exists() else None


def get_current(settings: Settings) -> Path:
    """Return the serving model's file; raise SettingsError where there is none."""
    record = find_current(settings)
    if record is None:
        raise SettingsError(f"HELPLINE_VAR_DIR: no NLU model in {models_dir(settings)}. Run `helpline nlu train`.")
    return models_dir(settings) / record.model


def get_named(settings: Settings, name: str) -> Path:
    """Return a model by path, by file name in VAR_DIR/models, or by "current"; raise SettingsError if there is none."""
    if name == "current":
        return get_current(settings)
    for path in (Path(name), models_dir(settings) / name):
        if path.is_file():
            return path.resolve()
    known = ", ".join(sorted(path.name for path in models_dir(settings).glob("*.tar.gz"))) or "none yet"
    raise SettingsError(f"{name}: no such model. There are: current, {known}")


def is_stale(settings: Settings) -> bool:
    """True if there is no model, or data, pipeline or components changed since it was trained."""
    record = find_current(settings)
    return record is None or record.fingerprint != fingerprint()


def is_refused(settings: Settings) -> bool:
    """True if a model of today's data was trained and measured, and does not serve: it had lost too much."""
    current = find_current(settings)
    newest = _read(models_dir(settings) / f"helpline-{fingerprint()}.tar.gz.json")
    return current is not None and newest is not None and bool(newest.figures) and newest.model != current.model


def read_record(settings: Settings, model: str) -> Record:
    """Return the record that training wrote beside a model."""
    record = _read(models_dir(settings) / f"{model}.json")
    if record is None:
        raise SettingsError(
            f"{models_dir(settings) / model}.json: the model's record is missing or broken; train again."
        )
    return record


def write_record(settings: Settings, record: Record) -> None:
    _write(models_dir(settings) / f"{record.model}.json", record)


def promote(settings: Settings, record: Record) -> None:
    """Make a model the serving one, in one rename, and drop the oldest ones."""
    folder = models_dir(settings)
    write_record(settings, record)
    _write(folder / "current.json", record)
    others = [path for path in folder.glob("helpline-*.tar.gz") if path.name != record.model]
    for old in sorted(others, key=lambda path: path.stat().st_mtime, reverse=True)[KEPT - 1 :]:
        old.unlink()
        (folder / f"{old.name}.json").unlink(missing_ok=True)


def _read(path: Path) -> Record | None:
    try:
        return Record(**json.loads(path.read_text()))
    except (OSError, ValueError, TypeError):
        return None


def _write(path: Path, record: Record) -> None:
    fresh = path.with_name(path.name + ".new")
    fresh.write_text(json.dumps(asdict(record), indent=2) + "\n")
    fresh.replace(path)
