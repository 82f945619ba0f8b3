"""Read responses/ into entries and a library; a broken file names itself, the key and what was expected."""

from collections.abc import Iterator
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from bot.config import ROOT
from bot.content.entries import Entry, build_library
from bot.content.model import ContentError, Library

RESPONSES = ROOT / "responses"


def load_library(folder: Path = RESPONSES) -> Library:
    """Read and check all content; raise ContentError with every problem found."""
    return check_entries(read_entries(folder))


def check_entries(entries: list[Entry]) -> Library:
    """Return the library of the entries; raise ContentError with everything that is wrong with them."""
    library, problems = build_library(entries)
    if problems:
        raise ContentError("\n".join(problems))
    return library


def read_entries(folder: Path = RESPONSES) -> list[Entry]:
    """Read every file; raise ContentError with every file that cannot be read and every name that stands twice."""
    stamp = tuple((path, path.stat().st_mtime_ns) for path in sorted(folder.rglob("*.yml")))
    return list(_read_entries(folder, stamp))


@lru_cache(maxsize=1)  # two parts need them at start, and reading hundreds of files takes seconds
def _read_entries(folder: Path, _stamp: tuple[tuple[Path, int], ...]) -> list[Entry]:
    problems: list[str] = []
    entries = [
        *_read_lists(folder / "facts", "fact", "facts", problems),
        *_read_lists(folder / "contacts", "card", "contacts", problems),
        *(entry for path in sorted((folder / "answers").glob("*/*.yml")) for entry in _read_answers(path, problems)),
    ]
    seen: dict[tuple[str, str], str] = {}
    for entry in entries:
        before = seen.setdefault((entry.kind, entry.name), entry.where)
        if before != entry.where:
            problems.append(f"{entry.where}: {entry.name} stands in {before} already")
    if problems:
        raise ContentError("\n".join(problems))
    return entries


def _read_lists(folder: Path, kind: str, key: str, problems: list[str]) -> Iterator[Entry]:
    """Read files that hold a country and a list of facts or cards."""
    for path in sorted(folder.glob("*.yml")):
        document = _read_yaml(path, problems)
        for position, item in enumerate(document.get(key) or [], 1):
            where = f"{path}: {key} number {position}"
            try:
                yield Entry(kind, item["id"], _plain({"country": document.get("country"), **item}), where=where)
            except (KeyError, TypeError) as error:
                problems.append(f"{where}: missing or wrong: {error}")


def _read_answers(path: Path, problems: list[str]) -> Iterator[Entry]:
    document = _read_yaml(path, problems)
    label, locale = path.stem, path.parent.name
    if (document.get("label"), document.get("locale")) != (label, locale):
        problems.append(f"{path}: `label` and `locale` must be {label} and {locale}, as the path says")
        return
    for position, item in enumerate(document.get("versions") or [], 1):
        where = f"{path}: version {position}"
        try:
            name = f"{label}/{locale}/{item.get('origin') or item['country']}"
            yield Entry("answer", name, _plain({"label": label, "locale": locale, **item}), where=where)
        except (KeyError, TypeError, AttributeError) as error:
            problems.append(f"{where}: missing or wrong: {error}")


def _read_yaml(path: Path, problems: list[str]) -> dict[str, Any]:
    try:
        document = yaml.load(path.read_text("utf-8"), _Loader)  # noqa: S506  a safe loader, see below
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        problems.append(f"{path}: not readable as YAML: {error}")
        return {}
    if not isinstance(document, dict):
        problems.append(f"{path}: expected keys and values at the top")
        return {}
    return document


def _plain(value: Any) -> Any:
    """Return the value as JSON would give it back: dates become text."""
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return value.isoformat() if isinstance(value, date) else value


class _Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
    """YAML as our files mean it: NO is Norway and a country code, not false."""


_Loader.yaml_implicit_resolvers = {
    first: [pair for pair in pairs if pair[0] != "tag:yaml.org,2002:bool" or first not in "yYnNoO"]
    for first, pairs in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
