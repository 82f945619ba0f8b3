"""Write entries back into the files of responses/: git stays a full copy. What did not change is not touched."""

import re
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import yaml

from bot.content.entries import Body, Entry
from bot.content.load import RESPONSES, read_entries

_LISTS = {"fact": ("facts", "facts"), "card": ("contacts", "contacts")}  # folder, key in the file
_HEADER = re.compile(r"\A(?:#.*\n)+")


def export(entries: Iterable[Entry], folder: Path = RESPONSES) -> list[Path]:
    """Bring the files to what the entries say; return the files that changed."""
    before = {(entry.kind, entry.name): entry for entry in read_entries(folder)}
    where = {key: Path(entry.where.rsplit(": ", 1)[0]) for key, entry in before.items()}
    by_file: dict[Path, dict[tuple[str, str], Body]] = defaultdict(dict)
    for key, entry in before.items():
        by_file[where[key]][key] = entry.body
    changed = set()
    for entry in entries:
        key = (entry.kind, entry.name)
        path = where.get(key) or _find_path(entry, folder)
        if key not in before or before[key].body != entry.body:
            by_file[path][key] = entry.body
            changed.add(path)
    for path in sorted(changed):
        _write(path, by_file[path])
    return sorted(changed)


def _find_path(entry: Entry, folder: Path) -> Path:
    if entry.kind == "answer":
        label, locale, _ = entry.name.split("/")
        return folder / "answers" / locale / f"{label}.yml"
    return folder / _LISTS[entry.kind][0] / f"{str(entry.body['country']).lower()}.yml"


def _write(path: Path, bodies: dict[tuple[str, str], Body]) -> None:
    """Write one file, with the comment and the other keys that stood at its top."""
    old = path.read_text("utf-8") if path.exists() else ""
    header = match.group() if (match := _HEADER.match(old)) else ""
    document: dict[str, Any] = yaml.safe_load(old) or {} if old else {}
    kind = next(iter(bodies))[0]
    if kind == "answer":
        label, locale, _ = next(iter(bodies))[1].split("/")
        document |= {"label": label, "locale": locale}
        document["versions"] = [_without(body, "label", "locale") for body in bodies.values()]
    else:
        document.setdefault("country", next(iter(bodies.values()))["country"])
        document[_LISTS[kind][1]] = [_without_shared(body, document["country"], kind) for body in bodies.values()]
    path.parent.mkdir(parents=True, exist_ok=True)
    text = yaml.safe_dump(document, allow_unicode=True, sort_keys=False, width=110)
    path.write_text(header + text, "utf-8")


def _without(body: Body, *keys: str) -> Body:
    return {key: value for key, value in body.items() if key not in keys}


def _without_shared(body: Body, country: str, kind: str) -> Body:
    """A fact's country stands once, at the top of its file."""
    return _without(body, "country") if kind == "fact" and body["country"] == country else body
