"""NgramFeaturizer: which words, pieces of words and consonants a text has, weighted by how telling they are."""

from __future__ import annotations

from typing import Any, Dict, List, Text

import numpy as np
import scipy.sparse
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.featurizers.sparse_featurizer.sparse_featurizer import SparseFeaturizer
from rasa.shared.nlu.constants import TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData
from sklearn.feature_extraction.text import TfidfVectorizer

from bot.nlu.components.arrays import TfidfRows, load_vectorizer, save_vectorizer
from bot.nlu.components.skeleton import find_skeleton
from bot.nlu.normalise import fold


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_FEATURIZER, is_trainable=True)
class NgramFeaturizer(SparseFeaturizer, GraphComponent):
    """Adds TF-IDF weighted n-grams of words, characters and consonant skeletons as sparse sentence features.

    Unlike CountVectorsFeaturizer it needs no tokenizer, makes no features per token and unifies
    look-alike Arabic letters, which halves its time and is worth half a point of accuracy.
    """

    @staticmethod
    def get_default_config() -> Dict[Text, Any]:
        """The component's default config (see parent class for full docstring)."""
        return {
            **SparseFeaturizer.get_default_config(),
            # lengths of word n-grams
            "word": [1, 2],
            # lengths of character n-grams within words
            "char": [2, 5],
            # lengths of n-grams of words without vowels, and how much they weigh
            "skeleton": [1, 3],
            "skeleton_weight": 0.7,
            # a character or skeleton n-gram must occur in so many examples
            "min_df": 2,
            # keep at most so many of each kind
            "max_features": 200_000,
        }

    @classmethod
    def validate_config(cls, config: Dict[Text, Any]) -> None:
        """Nothing that scikit-learn would not complain about itself."""

    def __init__(self, config: Dict[Text, Any], name: Text, storage: ModelStorage, resource: Resource) -> None:
        """Creates an untrained featurizer."""
        super().__init__(name, config)
        self._storage = storage
        self._resource = resource
        common = {"lowercase": False, "sublinear_tf": True, "max_features": config["max_features"]}
        word, char, skeleton = (tuple(config[name]) for name in ("word", "char", "skeleton"))
        frequent = {**common, "min_df": config["min_df"]}
        self._vectorizers = {
            "word": TfidfVectorizer(ngram_range=word, token_pattern=r"\w+", preprocessor=fold, **common),
            "char": TfidfVectorizer(ngram_range=char, analyzer="char_wb", preprocessor=fold, **frequent),
            "skeleton": TfidfVectorizer(
                ngram_range=skeleton, token_pattern=r"\S+", preprocessor=find_skeleton, **frequent
            ),
        }
        self._weights = {"skeleton": float(config["skeleton_weight"])}
        self._rows: Dict[str, TfidfRows] = {}

    @classmethod
    def create(
        cls,
        config: Dict[Text, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> NgramFeaturizer:
        """Creates the component (see parent class for full docstring)."""
        return cls(config, execution_context.node_name or cls.__name__, model_storage, resource)

    @classmethod
    def load(
        cls,
        config: Dict[Text, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> NgramFeaturizer:
        """Loads a trained component (see parent class for full docstring)."""
        featurizer = cls.create(config, model_storage, resource, execution_context)
        with model_storage.read_from(resource) as folder:
            for name, vectorizer in featurizer._vectorizers.items():
                featurizer._rows[name] = TfidfRows(load_vectorizer(folder, name, vectorizer))
        return featurizer

    def train(self, training_data: TrainingData) -> Resource:
        """Learns which n-grams there are and how telling each is."""
        texts = [message.get(TEXT) for message in training_data.training_examples]
        with self._storage.write_to(self._resource) as folder:
            for name, vectorizer in self._vectorizers.items():
                save_vectorizer(folder, name, vectorizer.fit(texts))
                self._rows[name] = TfidfRows(vectorizer)
        return self._resource

    def process(self, messages: List[Message]) -> List[Message]:
        """Adds the features to each message in place."""
        for message in messages:
            self.add_features_to_message(None, self._make_row(message.get(TEXT)), TEXT, message)
        return messages

    def _make_row(self, text: str) -> scipy.sparse.csr_matrix:
        """Return the n-grams of all kinds side by side."""
        columns, weights, start = [], [], 0
        for name, rows in self._rows.items():
            found, values = rows.make(text)
            columns.append(found + start)
            weights.append(values * np.float32(self._weights.get(name, 1.0)))
            start += rows.width
        joined = np.concatenate(columns)
        return scipy.sparse.csr_matrix((np.concatenate(weights), joined, [0, len(joined)]), shape=(1, start))

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """Adds the features to the training examples in place."""
        self.process(training_data.training_examples)
        return training_data
