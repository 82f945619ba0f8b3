"""Papers named in a text, and who writes it: the worker, her family, a friend, or an employer.

Pure: the table `nlu_data/people.yml`, no model. Python 3.10 too.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import yaml

from bot.nlu.normalise import fold
from bot.nlu.phrases import Found, Table, Token, list_forms

PEOPLE_FILE = Path(__file__).resolve().parent.parent.parent / "nlu_data" / "people.yml"

# Letters a name must have to count with any ending. Shorter ones begin too many other words.
_SHORTEST_STEM = 4
_SHORTEST_LATIN_STEM = 6


@dataclass(frozen=True)
class _Tables:
    papers: Table[str]
    stems: dict[str, str]
    writers: Table[str]


def find_documents(tokens: Sequence[Token]) -> Iterator[Found]:
    """Yield each paper once, where it is named first."""
    seen = set()
    tables = _load_tables()
    named = _find_all(tokens, tables.papers)
    endings = ((value, token.start, token.end) for token in tokens if (value := _find_stem(token, tables.stems)))
    for value, start, end in sorted([*named, *endings], key=lambda found: found[1]):
        if value not in seen:
            seen.add(value)
            yield {"entity": "document", "value": value, "start": start, "end": end}


def _find_stem(token: Token, stems: dict[str, str]) -> str:
    """Return the paper whose name the word begins with: our languages put "my", "her" and cases at its end."""
    for form in list_forms(token.text):
        for length in range(len(form), _SHORTEST_STEM - 1, -1):
            if form[:length] in stems:
                return stems[form[:length]]
    return ""


def find_writer(tokens: Sequence[Token]) -> Iterator[Found]:
    """Yield who writes, if the words tell it.

    An employer betrays himself by "my maid". Of the rest, a word of the worker's own ("my madam") outweighs family and
    friends: her daughter is at home, and it was her friend who told her of us.
    """
    first: dict[str, tuple[int, int]] = {}
    for value, start, end in _find_all(tokens, _load_tables().writers):
        first.setdefault(value, (start, end))
    for value in ("employer", "self", "family", "friend"):
        if value in first:
            start, end = first[value]
            yield {"entity": "writer", "value": value, "start": start, "end": end}
            return


def _find_all(tokens: Sequence[Token], table: Table[str]) -> Iterator[tuple[str, int, int]]:
    at = 0
    while at < len(tokens):
        match = table.find(tokens, at)
        if match:
            yield match[0], tokens[at].start, tokens[at + match[1] - 1].end
        at += match[1] if match else 1


@lru_cache(maxsize=1)
def _load_tables() -> _Tables:
    raw = yaml.safe_load(PEOPLE_FILE.read_text(encoding="utf-8"))
    papers, writers = (
        {str(word): value for value, words in raw[part].items() for word in words} for part in ("documents", "writer")
    )
    stems = {fold(word): value for word, value in papers.items() if _is_stem(word)}
    return _Tables(Table(papers), stems, Table(writers))


def _is_stem(word: str) -> bool:
    return " " not in word and len(fold(word)) >= (_SHORTEST_LATIN_STEM if word.isascii() else _SHORTEST_STEM)
