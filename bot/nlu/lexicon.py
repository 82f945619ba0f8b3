"""The danger lexicon: signs of danger found in the words themselves. Works without any model; pure, Python 3.10 too.

Each `<language>.yml` holds entries {sign, patterns, unless}. All languages are tried on every text, because
nobody in danger says first which language she writes in. That is some hundred patterns for every message: RE2 knows
from the pieces that each needs (its "atoms") which few are worth trying, and Python's own engine decides.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from re import Pattern
from typing import Any

import re2
import yaml

from bot.nlu.normalise import fold, fold_letters

LEXICON_FOLDER = Path(__file__).resolve().parent.parent.parent / "nlu_data" / "danger"


_LOOK_AROUND = re.compile(r"\(\?<?[=!](?:[^()]|\([^()]*\))*\)")


class LexiconError(Exception):
    """The danger lexicon has an entry that cannot be used; the text says which."""


@dataclass(frozen=True)
class Entry:
    """One sign and its ways of being said. What `unless` matches is taken out before looking again."""

    sign: str
    patterns: tuple[Pattern[str], ...]
    unless: Pattern[str] | None

    def matches(self, text: str, worth_trying: list[int]) -> bool:
        """Look with the patterns of these positions; with all of them in what `unless` leaves."""
        if not any(self.patterns[number].search(text) for number in worth_trying):
            return False
        if self.unless is None:
            return True
        rest = self.unless.sub(" _ ", text)
        return any(pattern.search(rest) for pattern in self.patterns)


class Lexicon:
    def __init__(self, entries: Iterable[Entry]) -> None:
        self.entries = tuple(entries)
        self._owners = [(row, place) for row, entry in enumerate(self.entries) for place in range(len(entry.patterns))]
        self._filter = re2.Filter()
        for row, place in self._owners:
            _add(self._filter, self.entries[row].patterns[place].pattern)
        self._filter.Compile()

    def find_signs(self, text: str) -> tuple[str, ...]:
        """Return the names of the signs in the text, each once."""
        folded = fold(text)
        worth_trying: dict[int, list[int]] = {}
        for number in sorted(self._filter.Match(folded.encode("utf-8", "replace"), potential=True) or ()):
            row, place = self._owners[number]
            worth_trying.setdefault(row, []).append(place)
        found = (
            self.entries[row].sign for row, places in worth_trying.items() if self.entries[row].matches(folded, places)
        )
        return tuple(dict.fromkeys(found))


def _add(to: "re2.Filter", pattern: str) -> None:
    """Add what RE2 understands of a pattern and matches no less; where it understands nothing, it is always tried."""
    options = re2.Options()
    options.log_errors = False
    wider = _LOOK_AROUND.sub("", pattern)
    if not wider.isascii():  # to RE2 only a-z are letters
        wider = wider.replace(r"\b", "").replace(r"\w", "[^ ]")
    try:
        to.Add(wider, options)
    except re2.error:
        to.Add("", options)


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
        patterns = tuple(_compile(pattern) for pattern in raw["patterns"])
        unless = "|".join(f"(?:{each})" for each in raw.get("unless") or ())
        return Entry(raw["sign"], patterns, _compile(unless) if unless else None)
    except (KeyError, TypeError, re.error) as error:
        raise LexiconError(f"{file}: entry {raw!r} cannot be used: {error}") from error


def _compile(pattern: str) -> Pattern[str]:
    return re.compile(fold_letters(pattern))
