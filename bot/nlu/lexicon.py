"""The danger lexicon: signs of danger found in the words themselves. Works without any model; pure, Python 3.10 too.

Each `<language>.yml` holds entries {sign, patterns, unless}. All languages are tried on every text, because
nobody in danger says first which language she writes in.
"""

import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from re import Pattern
from typing import Any

import yaml

from bot.nlu.normalise import fold, fold_letters

LEXICON_FOLDER = Path(__file__).resolve().parent.parent.parent / "nlu_data" / "danger"


class LexiconError(Exception):
    """The danger lexicon has an entry that cannot be used; the text says which."""


@dataclass(frozen=True)
class Entry:
    """One sign and its ways of being said. What `unless` matches is taken out before looking."""

    sign: str
    pattern: Pattern[str]
    unless: Pattern[str] | None

    def matches(self, text: str) -> bool:
        if not self.pattern.search(text):
            return False
        return self.unless is None or bool(self.pattern.search(self.unless.sub(" _ ", text)))


@dataclass(frozen=True)
class Lexicon:
    entries: tuple[Entry, ...]

    def find_signs(self, text: str) -> tuple[str, ...]:
        """Return the names of the signs in the text, each once."""
        folded = fold(text)
        found = (entry.sign for entry in self.entries if entry.matches(folded))
        return tuple(dict.fromkeys(found))


@lru_cache(maxsize=4)
def load_lexicon(folder: Path = LEXICON_FOLDER) -> Lexicon:
    """Read and check all files of the folder; raise LexiconError for what is wrong."""
    files = sorted(folder.glob("*.yml"))
    if not files:
        raise LexiconError(f"{folder} holds no lexicon (*.yml).")
    return Lexicon(tuple(_read_entry(raw, file) for file in files for raw in _read_file(file)))


def _read_file(file: Path) -> list[dict[str, Any]]:
    content = yaml.safe_load(file.read_text(encoding="utf-8"))
    if not isinstance(content, list):
        raise LexiconError(f"{file} is not a list of entries.")
    return content


def _read_entry(raw: dict[str, Any], file: Path) -> Entry:
    try:
        return Entry(raw["sign"], _compile(raw["patterns"]), _compile(raw["unless"]) if raw.get("unless") else None)
    except (KeyError, TypeError, re.error) as error:
        raise LexiconError(f"{file}: entry {raw!r} cannot be used: {error}") from error


def _compile(patterns: list[str]) -> Pattern[str]:
    return re.compile("|".join(f"(?:{fold_letters(pattern)})" for pattern in patterns))
