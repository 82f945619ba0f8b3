"""The danger lexicon: signs of danger found in the words themselves. Works without any model; pure, Python 3.10 too.

Each `<language>.yml` holds entries {sign, patterns, unless}. All languages are tried on every text, because
nobody in danger says first which language she writes in. Few of their thousands of patterns are worth trying on a
text (prefilter.py).
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from re import Pattern
from typing import Any, Dict, List, Tuple

import yaml

from bot.nlu.normalise import fold, fold_letters
from bot.nlu.prefilter import Prefilter, find_pieces

LEXICON_FOLDER = Path(__file__).resolve().parent.parent.parent / "nlu_data" / "danger"


class LexiconError(Exception):
    """The danger lexicon has an entry that cannot be used; the text says which."""


@dataclass(frozen=True)
class Entry:
    """One sign and its ways of being said. What `unless` matches is taken out before looking again."""

    sign: str
    patterns: Tuple[str, ...]
    unless: str

    def matches(self, text: str, worth_trying: List[int]) -> bool:
        """Look with the patterns of these positions; with all of them in what `unless` leaves."""
        if not any(_compile(self.patterns[number]).search(text) for number in worth_trying):
            return False
        if not self.unless:
            return True
        rest = _compile(self.unless).sub(" _ ", text)
        return any(_compile(pattern).search(rest) for pattern in self.patterns)


class Lexicon:
    def __init__(self, entries: Iterable[Entry]) -> None:
        self.entries = tuple(entries)
        self._owners = [(entry, place) for entry in self.entries for place in range(len(entry.patterns))]
        self._prefilter = Prefilter([find_pieces(pattern) for entry in self.entries for pattern in entry.patterns])

    def find_signs(self, text: str) -> Tuple[str, ...]:
        """Return the names of the signs in the text, each once."""
        folded = fold(text)
        worth_trying: Dict[int, Tuple[Entry, List[int]]] = {}
        for entry, place in map(self._owners.__getitem__, self._prefilter.find(folded)):
            worth_trying.setdefault(id(entry), (entry, []))[1].append(place)
        found: Dict[str, None] = {}
        for entry, places in worth_trying.values():
            if entry.sign not in found and entry.matches(folded, places):
                found[entry.sign] = None
        return tuple(found)


@lru_cache(maxsize=None)
def _compile(pattern: str) -> Pattern[str]:
    """Compile when it is first wanted: most of the thousands never are."""
    return re.compile(pattern)


@lru_cache(maxsize=4)
def load_lexicon(folder: Path = LEXICON_FOLDER) -> Lexicon:
    """Read and check all files of the folder; raise LexiconError for what is wrong."""
    files = sorted(folder.glob("*.yml"))
    if not files:
        raise LexiconError(f"{folder} holds no lexicon (*.yml).")
    return Lexicon(_read_entry(raw, file) for file in files for raw in _read_file(file))


def _read_file(file: Path) -> list[dict[str, Any]]:
    content = yaml.safe_load(file.read_text(encoding="utf-8"))
    if not isinstance(content, list):
        raise LexiconError(f"{file} is not a list of entries.")
    return content


def _read_entry(raw: dict[str, Any], file: Path) -> Entry:
    try:
        patterns = tuple(fold_letters(pattern) for pattern in raw["patterns"])
        unless = "|".join(f"(?:{fold_letters(pattern)})" for pattern in raw.get("unless") or ())
        for pattern in (*patterns, unless):
            find_pieces(pattern)
        return Entry(raw["sign"], patterns, unless)
    except (KeyError, TypeError, re.error) as error:
        raise LexiconError(f"{file}: entry {raw!r} cannot be used: {error}") from error
