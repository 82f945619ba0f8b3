"""A text as the pieces that multilingual-e5-small knows: SentencePiece's unigram model."""

from __future__ import annotations

import re
from typing import List, Tuple

from bot.nlu.components.e5_file import E5File

_SPACE = "\u2581"  # how the vocabulary writes a space
_UNKNOWN_COSTS = 10.0  # more than the rarest piece


class Tokenizer:
    """Finds the likeliest pieces, as the package's own engine does (tests/nlu/test_vectors.py)."""

    def __init__(self, file: E5File) -> None:
        """Prepares the vocabulary."""
        self._unknown = file.unknown
        self._characters = file.characters
        self._scores = {
            piece: (number, score)
            for number, (piece, score) in enumerate(zip(file.pieces, file.scores))
            if piece and number != file.unknown
        }
        self._longest = max(map(len, self._scores))
        self._unknown_score = min(file.scores) - _UNKNOWN_COSTS

    def split(self, text: str) -> List[int]:
        """Return the numbers of the pieces, without the marks of beginning and end."""
        text = re.sub(" {2,}", " ", text.translate(self._characters))
        text = (text if text.startswith(" ") else f" {text}").replace(" ", _SPACE)
        # The best way to each place in the text: its score, the last piece on it, and where that begins.
        ways: List[Tuple[float, int, int]] = [(0.0, 0, 0)] + [(float("-inf"), 0, 0)] * len(text)
        for start in range(len(text)):
            score = ways[start][0]
            for end in range(start + 1, min(len(text), start + self._longest) + 1):
                found = self._scores.get(text[start:end])
                if found is not None and score + found[1] > ways[end][0]:
                    ways[end] = (score + found[1], found[0], start)
            if score + self._unknown_score > ways[start + 1][0]:
                ways[start + 1] = (score + self._unknown_score, self._unknown, start)
        numbers, end = [], len(text)
        while end:
            _, number, end = ways[end]
            numbers.append(number)
        return numbers[::-1]
