"""Which of thousands of patterns are worth trying on a text: those whose pieces are in it. Python 3.10 too.

From each pattern come pieces of which every match must hold one ("beaten|beats" holds "beaten" or "beats"); one pass of
an Aho-Corasick automaton finds which pieces a text has. A pattern without such pieces is always tried. Letters are
doubled at most, as `normalise` leaves them.
"""

import sys
from collections.abc import Iterable, Sequence
from itertools import product
from typing import Any

import ahocorasick

if sys.version_info >= (3, 11):  # noqa: UP036  Rasa's environment is older
    from re import _parser as parser  # type: ignore[attr-defined]
else:
    import sre_parse as parser

MOST = 96  # pieces of one pattern: more would find too much
ENOUGH = 5  # letters: shorter pieces are in too many texts, longer ones in hardly fewer

Words = frozenset[str]
NOTHING: Words = frozenset({""})
# What a part of a pattern matches, if these are few words and nothing else; and words of which each match holds one.
Facts = tuple[Words | None, Words | None]


class Prefilter:
    def __init__(self, pieces_of: Sequence[Words | None]) -> None:
        """`pieces_of` holds what `find_pieces` says of each pattern."""
        self._always = [number for number, pieces in enumerate(pieces_of) if pieces is None]
        owners: dict[str, list[int]] = {}
        for number, pieces in enumerate(pieces_of):
            for piece in pieces or ():
                owners.setdefault(piece, []).append(number)
        self._automaton = ahocorasick.Automaton()
        for piece, numbers in owners.items():
            self._automaton.add_word(piece, tuple(numbers))
        self._automaton.make_automaton()

    def find(self, text: str) -> list[int]:
        """Return the positions of the patterns that may match the text, ascending."""
        found = set(self._always)
        if len(self._automaton):
            found.update(*(numbers for _, numbers in self._automaton.iter(text)))
        return sorted(found)


def check(pattern: str) -> None:
    """Raise re.error for what is no pattern; much cheaper than compiling it."""
    parser.parse(pattern)


def find_pieces(pattern: str) -> Words | None:
    """Return words of which every match of the pattern holds at least one; None where there are no such words."""
    return _best(_look(parser.parse(pattern)))


def _look(nodes: Any) -> Facts:
    """Facts about parts that follow one another: words grow as long as they are few, and the best are kept."""
    run: Words = NOTHING
    best: Words | None = None
    whole = True
    for kind, value in nodes:
        exact, held = _look_at(str(kind), value)
        if exact is not None and len(run) * len(exact) <= MOST:
            run = frozenset(map("".join, product(run, exact)))
            continue
        whole = False
        best = _better(_better(best, run), held)
        run = exact if exact is not None else NOTHING
    return (run, run) if whole else (None, _better(best, run))


def _look_at(kind: str, value: Any) -> Facts:
    if kind == "LITERAL":
        return frozenset({chr(value)}), None
    if kind == "IN":
        return _letters(value), None
    if kind == "SUBPATTERN":
        return _look(value[-1])
    if kind == "BRANCH":
        return _either([_look(branch) for branch in value[1]])
    if kind in ("MAX_REPEAT", "MIN_REPEAT"):
        return _repeat(*value)
    if kind in ("AT", "ASSERT", "ASSERT_NOT"):
        return NOTHING, None
    return None, None


def _letters(members: Iterable[Any]) -> Words | None:
    """The characters of a class, where it names them one by one."""
    members = list(members)
    return frozenset(chr(value) for _, value in members) if all(str(kind) == "LITERAL" for kind, _ in members) else None


def _either(branches: list[Facts]) -> Facts:
    exacts = [exact for exact, _ in branches if exact is not None]
    exact = frozenset().union(*exacts) if len(exacts) == len(branches) else None
    pieces = [_best(branch) for branch in branches]
    held: Words | None = None
    if all(piece is not None for piece in pieces):
        held = frozenset().union(*(piece for piece in pieces if piece is not None))
    return (exact if exact is not None and len(exact) <= MOST else None), held


def _repeat(least: int, most: Any, nodes: Any) -> Facts:
    exact, held = _look(nodes)
    if exact is not None and (least, most) == (0, 1):
        return exact | NOTHING, None
    if exact is not None and least == 1 and all(len(word) == 1 and word.isalpha() for word in exact):
        doubled = frozenset(word * count for word in exact for count in (1, 2))
        return (doubled if len(exact) == 1 else None), exact  # of a class the letters may be mixed
    return None, (_best((exact, held)) if least else None)


def _best(facts: Facts) -> Words | None:
    exact, held = facts
    return _better(held, exact)


def _better(one: Words | None, other: Words | None) -> Words | None:
    """The words that are in fewer texts: long ones, then few. Words with nothing among them say nothing."""
    options = [words for words in (one, other) if words and "" not in words]
    return max(options, key=lambda words: (min(ENOUGH, min(map(len, words))), -len(words)), default=None)
