"""Keep numbers and n-gram vocabularies in a model folder as npz and JSON: no pickles, so a model file runs no code."""

import json
from pathlib import Path
from typing import Any, Dict

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
