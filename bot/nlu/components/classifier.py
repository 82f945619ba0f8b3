"""CalibratedClassifier: one linear model over all that the featurizers say, with probabilities that mean something."""

from __future__ import annotations

from typing import Any, Dict, List, Optional, Text, Tuple, Type

import numpy as np
import scipy.sparse
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.classifiers.classifier import IntentClassifier
from rasa.nlu.featurizers.featurizer import Featurizer
from rasa.shared.nlu.constants import (
    INTENT,
    INTENT_NAME_KEY,
    INTENT_RANKING_KEY,
    METADATA,
    METADATA_INTENT,
    PREDICTED_CONFIDENCE_KEY,
    TEXT,
)
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData
from scipy.optimize import minimize_scalar
from scipy.special import log_softmax, softmax
from sklearn.model_selection import StratifiedKFold
from sklearn.svm import LinearSVC

from bot.nlu.components.arrays import load_arrays, save_arrays
from bot.nlu.components.language import VARIANT
from bot.nlu.components.progress import report
from bot.nlu.components.vectors import add_put_off

# Every label's probability, for components that come later; not part of the output.
PROBABILITIES = "label_probabilities"


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class CalibratedClassifier(GraphComponent, IntentClassifier):
    """Linear support vectors, one against the rest, made into probabilities by one temperature.

    The temperature is fitted on a fifth of the examples that the fitting model did not see.

    The dense features cost most of a message's time. Where they were put off, the sparse features are weighed alone
    first, at a temperature of their own; a message of which they make the model sure never gets a vector.
    """

    @classmethod
    def required_components(cls) -> List[Type]:
        """Components that should be included in the pipeline before this component."""
        return [Featurizer]

    @staticmethod
    def get_default_config() -> Dict[Text, Any]:
        """The component's default config (see parent class for full docstring)."""
        return {
            # inverse strength of regularisation
            "C": 0.6,
            # length of the (centred) dense features beside sparse features of length about 1.6, for a language in its
            # usual script and for one in Latin letters instead: the vector hardly knows those spellings
            "dense_weight": 1.0,
            "dense_weight_romanised": 0.3,
            "ranking_length": 10,
            # probability from which sparse features alone decide, where dense ones were put off
            "sure": 0.9,
            # examples are fitted until the weights move by less than this
            "tolerance": 0.01,
            # used when there are too few examples to fit one
            "temperature": 6.0,
        }

    def __init__(self, config: Dict[Text, Any], storage: ModelStorage, resource: Resource) -> None:
        """Creates an untrained classifier."""
        self._config = config
        self._storage = storage
        self._resource = resource
        self._labels: List[str] = []

    @classmethod
    def create(
        cls,
        config: Dict[Text, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> CalibratedClassifier:
        """Creates the component (see parent class for full docstring)."""
        return cls(config, model_storage, resource)

    @classmethod
    def load(
        cls,
        config: Dict[Text, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> CalibratedClassifier:
        """Loads a trained component (see parent class for full docstring)."""
        classifier = cls.create(config, model_storage, resource, execution_context)
        with model_storage.read_from(resource) as folder:
            classifier._restore(load_arrays(folder / "classifier.npz"))
        return classifier

    def train(self, training_data: TrainingData) -> Resource:
        """Fits temperature and weights on the examples that have an intent."""
        examples = [message for message in training_data.intent_examples if message.get(TEXT)]
        sparse, dense = _stack(examples)
        self._centre = dense.mean(axis=0)
        features = self._join(sparse, dense, [_is_romanised_example(message) for message in examples])
        labels = np.array([message.get(INTENT) for message in examples])
        report("classifier", 0, 2)
        temperature, quick_temperature = self._fit_temperatures(features, sparse.shape[1], labels)
        report("classifier", 1, 2)
        model = self._fit(features, labels)
        self._restore(
            {
                "labels": model.classes_.astype(str),
                "weights": np.ascontiguousarray(model.coef_.T, dtype=np.float32),
                "bias": model.intercept_.astype(np.float32),
                "centre": self._centre,
                "temperature": np.float32(temperature),
                "quick_temperature": np.float32(quick_temperature),
            }
        )
        self._persist()
        report("classifier", 2, 2)
        return self._resource

    def process(self, messages: List[Message]) -> List[Message]:
        """Adds intent, ranking and all probabilities to each message in place."""
        if not messages or not self._labels:
            return messages
        probabilities = self._weigh_quickly(messages)
        unsure = np.flatnonzero(probabilities.max(axis=1) < self._config["sure"])
        if len(unsure):
            probabilities[unsure] = self._weigh([messages[index] for index in unsure])
        for message, row in zip(messages, probabilities):
            self._set_intent(message, row)
        return messages

    def _weigh_quickly(self, messages: List[Message]) -> np.ndarray:
        """Return the probabilities by sparse features alone; all 0 where the dense ones are there already."""
        if messages[0].get_dense_features(TEXT)[1] is not None or messages[0].get_sparse_features(TEXT)[1] is None:
            return np.zeros((len(messages), len(self._labels)), np.float32)
        sparse = scipy.sparse.vstack([_features(message.get_sparse_features(TEXT)[1]) for message in messages])
        scores = sparse.astype(np.float32) @ self._weights[: sparse.shape[1]] + self._bias
        return softmax(self._quick_temperature * scores, axis=1)

    def _weigh(self, messages: List[Message]) -> np.ndarray:
        """Return each message's probabilities by all its features."""
        add_put_off(messages)
        romanised = [message.get("script") == "latin" for message in messages]
        scores = self._join(*_stack(messages), romanised) @ self._weights + self._bias
        return softmax(self._temperature * scores, axis=1)

    def _set_intent(self, message: Message, probabilities: np.ndarray) -> None:
        best = probabilities.argsort()[::-1][: self._config["ranking_length"]]
        ranking = [
            {INTENT_NAME_KEY: self._labels[index], PREDICTED_CONFIDENCE_KEY: float(probabilities[index])}
            for index in best
        ]
        message.set(INTENT, ranking[0], add_to_output=True)
        message.set(INTENT_RANKING_KEY, ranking, add_to_output=True)
        message.set(PROBABILITIES, dict(zip(self._labels, map(float, probabilities))))

    def _join(
        self, sparse: scipy.sparse.csr_matrix, dense: np.ndarray, romanised: List[bool]
    ) -> scipy.sparse.csr_matrix:
        """Put both kinds side by side; the dense ones centred and at a length that depends on the script."""
        centred = dense - self._centre
        length = np.linalg.norm(centred, axis=1, keepdims=True)
        weights = np.where(romanised, self._config["dense_weight_romanised"], self._config["dense_weight"])
        scaled = centred / np.maximum(length, 1e-6) * weights[:, np.newaxis]
        # One type throughout: a product of two types would first copy all the weights, tens of milliseconds a message.
        return scipy.sparse.hstack([sparse, scipy.sparse.csr_matrix(scaled)], format="csr", dtype=np.float32)

    def _fit(self, features: scipy.sparse.csr_matrix, labels: np.ndarray) -> LinearSVC:
        return LinearSVC(C=self._config["C"], tol=self._config["tolerance"], random_state=42).fit(features, labels)

    def _fit_temperatures(
        self, features: scipy.sparse.csr_matrix, sparse_width: int, labels: np.ndarray
    ) -> Tuple[float, float]:
        """Return the temperatures of all features and of the sparse ones alone."""
        if np.unique(labels, return_counts=True)[1].min() < 5:
            return float(self._config["temperature"]), float(self._config["temperature"])
        seen, unseen = next(StratifiedKFold(5, shuffle=True, random_state=42).split(features, labels))
        model = self._fit(features[seen], labels[seen])
        truth = np.searchsorted(model.classes_, labels[unseen])
        scores = model.decision_function(features[unseen])
        quick = features[unseen][:, :sparse_width] @ model.coef_.T[:sparse_width] + model.intercept_
        return _fit_temperature(scores, truth), _fit_temperature(quick, truth)

    def _persist(self) -> None:
        with self._storage.write_to(self._resource) as folder:
            save_arrays(
                folder / "classifier.npz",
                labels=np.array(self._labels),
                weights=self._weights,
                bias=self._bias,
                centre=self._centre,
                temperature=np.float32(self._temperature),
                quick_temperature=np.float32(self._quick_temperature),
            )

    def _restore(self, arrays: Dict[str, np.ndarray]) -> None:
        self._labels = [str(label) for label in arrays["labels"]]
        self._weights = arrays["weights"]
        self._bias = arrays["bias"]
        self._centre = arrays["centre"]
        self._temperature = float(arrays["temperature"])
        self._quick_temperature = float(arrays["quick_temperature"])


def _stack(messages: List[Message]) -> Tuple[scipy.sparse.csr_matrix, np.ndarray]:
    """Return the sentence features of all messages as one sparse and one dense matrix."""
    sparse = [_features(message.get_sparse_features(TEXT)[1]) for message in messages]
    dense = [_features(message.get_dense_features(TEXT)[1]) for message in messages]
    if sparse[0] is None and dense[0] is None:
        raise ValueError("CalibratedClassifier needs a featurizer before it in the pipeline.")
    rows = len(messages)
    return (
        scipy.sparse.csr_matrix((rows, 0)) if sparse[0] is None else scipy.sparse.vstack(sparse, format="csr"),
        np.zeros((rows, 0), np.float32) if dense[0] is None else np.vstack(dense),
    )


def _fit_temperature(scores: np.ndarray, truth: np.ndarray) -> float:
    """Return the factor that makes the scores into the likeliest probabilities of the true labels."""

    def loss(temperature: float) -> float:
        return -float(log_softmax(temperature * scores, axis=1)[np.arange(len(truth)), truth].mean())

    return float(minimize_scalar(loss, bounds=(1.0, 30.0), method="bounded").x)


def _is_romanised_example(message: Message) -> bool:
    """True if the example's variant says that its language is written in Latin letters instead of its own."""
    about = (message.get(METADATA) or {}).get(METADATA_INTENT) or {}
    return str(about.get(VARIANT, "")).endswith("-latn")


def _features(features: Optional[Any]) -> Any:
    return None if features is None else features.features
