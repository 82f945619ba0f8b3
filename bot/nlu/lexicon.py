"""The danger lexicon: signs of danger found in the words themselves. Works without any model; pure, Python 3.10 too.

Each `<language>.yml` holds entries {sign, patterns, unless}. All languages are tried on every text, because
nobody in danger says first which language she writes in. Few of their thousands of patterns are worth trying on a
text (prefilter.py).
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from re import Match
from typing import Any, Dict, Optional, Tuple

import yaml

from bot.nlu.normalise import fold, fold_letters
from bot.nlu.prefilter import Prefilter, Words, check, find_pieces

LEXICON_FOLDER = Path(__file__).resolve().parent.parent.parent / "nlu_data" / "danger"


class LexiconError(Exception):
    """The danger lexicon has an entry that cannot be used; the text says which."""


@dataclass(frozen=True)
class Entry:
    """One sign and its ways of being said, each with its pieces. `unless` is taken out before looking again."""

    sign: str
    patterns: Tuple[str, ...]
    pieces: Tuple[Optional[Words], ...]
    unless: str


class Lexicon:
    def __init__(self, entries: Iterable[Entry]) -> None:
        self.entries = tuple(entries)
        self._patterns = [(entry, pattern) for entry in self.entries for pattern in entry.patterns]
        self._search = _Searches()
        self._prefilter = Prefilter([pieces for entry in self.entries for pieces in entry.pieces])

    def find_signs(self, text: str) -> Tuple[str, ...]:
        """Return the names of the signs in the text, each once."""
        folded = fold(text)
        found: Dict[str, None] = {}
        for entry, pattern in self._list_worth_trying(folded):
            if entry.sign not in found and self._search[pattern](folded) and self._remains(entry, folded):
                found[entry.sign] = None
        return tuple(found)

    def _remains(self, entry: Entry, text: str) -> bool:
        """True if the entry is also in what its `unless` leaves of the text."""
        if not entry.unless:
            return True
        rest = re.compile(entry.unless).sub(" _ ", text)
        return any(self._search[pattern](rest) for other, pattern in self._list_worth_trying(rest) if other is entry)

    def _list_worth_trying(self, text: str) -> Iterable[Tuple[Entry, str]]:
        return map(self._patterns.__getitem__, self._prefilter.find(text))


class _Searches(Dict[str, Callable[[str], Optional[Match[str]]]]):
    """The search for each pattern, compiled when it is first wanted: most of the thousands never are."""

    def __missing__(self, pattern: str) -> Callable[[str], Optional[Match[str]]]:
        self[pattern] = re.compile(pattern).search
        return self[pattern]


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
        check(unless)
        return Entry(raw["sign"], patterns, tuple(map(find_pieces, patterns)), unless)
    except (KeyError, TypeError, re.error) as error:
        raise LexiconError(f"{file}: entry {raw!r} cannot be used: {error}") from error
