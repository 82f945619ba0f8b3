"""Words of a text with their places in it, and tables of names made of one or more such words. Pure."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from bot.nlu.normalise import fold

Value = TypeVar("Value")

Found = dict[str, Any]  # an entity: entity, value, start, end

# A number, a currency sign, or a word: letters with the vowel signs of Indic scripts, Ethiopic and Arabic marks.
_TOKEN = re.compile(
    r"\d+(?:[.,\u066b\u066c]\d+)*"
    r"|[$\u20ac\u00a3\u20b1\u20b9\u09f3\u20a6]|/="
    r"|(?:[^\W\d_]|[\u0300-\u036f\u0610-\u061a\u0640\u064b-\u065f\u0670\u0900-\u0903\u093a-\u094f\u0962\u0963"
    r"\u0981-\u0983\u09bc-\u09d7\u0b82-\u0bd7\u0d81-\u0ddf\u0e31-\u0e4e\u102b-\u103e\u200c\u200d])+"
)
# Conjunctions and prepositions that Arabic writes together with the next word.
_ARABIC_PREFIXES = "\u0648\u0641\u0628\u0644\u0643"
_ARTICLE = "\u0627\u0644"
_FOR_THE = "\u0644\u0644"


@dataclass(frozen=True)
class Token:
    text: str  # folded
    start: int
    end: int

    @property
    def is_number(self) -> bool:
        return self.text[0].isdigit()


def tokenise(text: str) -> list[Token]:
    """Return the words and numbers of the text; offsets are those of the text as given."""
    found = ((match.group(), match.start(), match.end()) for match in _TOKEN.finditer(text))
    tokens = (Token(word.lower() if word.isascii() else fold(word), start, end) for word, start, end in found)
    return [token for token in tokens if token.text]


class Table(Generic[Value]):
    """Finds at a place in the text the longest name it knows."""

    def __init__(self, names: Mapping[str, Value]) -> None:
        self._by_first: dict[str, list[tuple[tuple[str, ...], Value]]] = {}
        for name, value in names.items():
            words = tuple(token.text for token in tokenise(name))
            if words:
                self._by_first.setdefault(words[0], []).append((words, value))
        for entries in self._by_first.values():
            entries.sort(key=lambda entry: -len(entry[0]))

    def find(self, tokens: Sequence[Token], at: int) -> tuple[Value, int] | None:
        """Return value and number of words of the longest name beginning at that token, if any."""
        if at >= len(tokens):
            return None
        for first in _without_prefix(tokens[at].text):
            for words, value in self._by_first.get(first, ()):
                if len(words) == 1 or _follows(words, tokens, at):
                    return value, len(words)
        return None


def _follows(words: Sequence[str], tokens: Sequence[Token], at: int) -> bool:
    rest = tokens[at + 1 : at + len(words)]
    return len(rest) == len(words) - 1 and all(token.text == word for token, word in zip(rest, words[1:]))


def list_forms(word: str) -> list[str]:
    """Return the word, and for Arabic what it is without the prepositions and the article written onto it."""
    forms = list(_without_prefix(word))
    return [*forms, *(form[2:] for form in forms if form.startswith(_ARTICLE) and len(form) > 4)]


def _without_prefix(word: str) -> Iterable[str]:
    """Yield the word, and for Arabic what it is without a preposition written onto it."""
    yield word
    if len(word) > 3 and word[0] in _ARABIC_PREFIXES:
        yield word[1:]
        for full in (word, word[1:]):
            if full.startswith(_FOR_THE):
                yield _ARTICLE + full[2:]
        if word[1:3] == _ARTICLE:
            yield word[3:]
