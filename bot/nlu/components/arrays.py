"""Keep numbers and n-gram vocabularies in a model folder as npz and JSON: no pickles, so a model file runs no code."""

import json
from collections import Counter
from pathlib import Path
from typing import Any, Dict, Tuple

import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer


def save_arrays(path: Path, **arrays: Any) -> None:
    np.savez_compressed(path, **{name: np.asarray(array) for name, array in arrays.items()})


def load_arrays(path: Path) -> Dict[str, np.ndarray]:
    with np.load(path, allow_pickle=False) as file:
        return {name: file[name] for name in file.files}


def save_vectorizer(folder: Path, name: str, vectorizer: TfidfVectorizer) -> None:
    vocabulary = {term: int(index) for term, index in vectorizer.vocabulary_.items()}
    (folder / f"{name}.json").write_text(json.dumps(vocabulary, ensure_ascii=False), encoding="utf-8")
    save_arrays(folder / f"{name}.npz", idf=vectorizer.idf_)


def load_vectorizer(folder: Path, name: str, vectorizer: TfidfVectorizer) -> TfidfVectorizer:
    """Give an unfitted vectorizer what a fitted one of the same settings had learned."""
    vectorizer.vocabulary = json.loads((folder / f"{name}.json").read_text(encoding="utf-8"))
    vectorizer.idf_ = load_arrays(folder / f"{name}.npz")["idf"]
    return vectorizer


class TfidfRows:
    """What a fitted TfidfVectorizer (sublinear, L2) makes of one text, in a third of its time.

    scikit-learn checks itself anew for each call, which for one short text takes longer than the text.
    """

    def __init__(self, vectorizer: TfidfVectorizer) -> None:
        self._analyse = vectorizer.build_analyzer()
        self._vocabulary = getattr(vectorizer, "vocabulary_", None) or vectorizer.vocabulary
        self._idf = np.asarray(vectorizer.idf_, dtype=np.float32)
        self.width = len(self._idf)

    def make(self, text: str) -> Tuple[np.ndarray, np.ndarray]:
        """Return the columns of the terms that it knows, ascending, and their weights."""
        known = (self._vocabulary.get(term) for term in self._analyse(text))
        counts = sorted(Counter(column for column in known if column is not None).items())
        columns = np.array([column for column, _ in counts], dtype=np.int32)
        weights = (1 + np.log(np.array([count for _, count in counts], dtype=np.float32))) * self._idf[columns]
        return columns, weights / max(float(np.linalg.norm(weights)), 1e-12)
