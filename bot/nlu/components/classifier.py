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

# The labels that the safety signal sums up.
DANGER = (
    "self_harm", "emergency_now", "sexual_violence", "physical_violence", "trafficking_forced", "confinement",
    "threats_abuse",
)  # fmt: skip

# Every label's probability, for components that come later; not part of the output.
PROBABILITIES = "label_probabilities"


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class CalibratedClassifier(GraphComponent, IntentClassifier):
    """Linear support vectors, one against the rest, made into probabilities by one temperature.

    The temperature is fitted on a fifth of the examples that the fitting model did not see.

    The dense features cost most of a message's time. Where they were put off, a second model of the sparse features
    alone looks first; a message of which it is sure, and sure whether it is danger, never gets a vector.
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
            # where dense features were put off: inverse strength of the first model's regularisation, the probability
            # from which it decides alone, and between which shares of danger it never does
            "quick_C": 0.4,
            "sure": 0.7,
            "danger_unsure": [0.05, 0.4],
            "danger_labels": list(DANGER),
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
        slow = self._fit(features, labels, self._config["C"])
        report("classifier", 1, 2)
        both = sparse.shape[1] and dense.shape[1]
        quick = self._fit(sparse.astype(np.float32), labels, self._config["quick_C"]) if both else slow
        self._restore({**slow, **{f"quick_{name}": array for name, array in quick.items()}, "centre": self._centre})
        with self._storage.write_to(self._resource) as folder:
            save_arrays(folder / "classifier.npz", **self._arrays)
        report("classifier", 2, 2)
        return self._resource

    def process(self, messages: List[Message]) -> List[Message]:
        """Adds intent, ranking and all probabilities to each message in place."""
        if not messages or not self._labels:
            return messages
        probabilities = self._weigh_quickly(messages)
        unsure = np.flatnonzero(~self._is_sure(probabilities))
        if len(unsure):
            probabilities[unsure] = self._weigh([messages[index] for index in unsure])
        for message, row in zip(messages, probabilities):
            self._set_intent(message, row)
        return messages

    def _weigh_quickly(self, messages: List[Message]) -> np.ndarray:
        """Return the probabilities by sparse features alone; all 0 where the dense ones are there already."""
        if messages[0].get_dense_features(TEXT)[1] is not None or messages[0].get_sparse_features(TEXT)[1] is None:
            return np.zeros((len(messages), len(self._labels)), np.float32)
        weights, bias = self._arrays["quick_weights"], self._arrays["quick_bias"]
        rows = (_features(message.get_sparse_features(TEXT)[1]) for message in messages)
        scores = np.stack([row.data.astype(np.float32) @ weights[row.indices] + bias for row in rows])
        return softmax(self._arrays["quick_temperature"] * scores, axis=1)

    def _is_sure(self, probabilities: np.ndarray) -> np.ndarray:
        low, high = self._config["danger_unsure"]
        danger = probabilities[:, self._danger].sum(axis=1)
        return (probabilities.max(axis=1) >= self._config["sure"]) & ((danger < low) | (danger > high))

    def _weigh(self, messages: List[Message]) -> np.ndarray:
        """Return each message's probabilities by all its features."""
        add_put_off(messages)
        romanised = [message.get("script") == "latin" for message in messages]
        scores = self._join(*_stack(messages), romanised) @ self._arrays["weights"] + self._arrays["bias"]
        return softmax(self._arrays["temperature"] * scores, axis=1)

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

    def _fit(self, features: scipy.sparse.csr_matrix, labels: np.ndarray, strength: float) -> Dict[str, np.ndarray]:
        """Return labels, weights, bias and temperature of a model of these features."""
        model = self._fit_vectors(features, labels, strength)
        return {
            "labels": model.classes_.astype(str),
            "weights": np.ascontiguousarray(model.coef_.T, dtype=np.float32),
            "bias": model.intercept_.astype(np.float32),
            "temperature": np.float32(self._find_temperature(features, labels, strength)),
        }

    def _fit_vectors(self, features: scipy.sparse.csr_matrix, labels: np.ndarray, strength: float) -> LinearSVC:
        return LinearSVC(C=strength, tol=self._config["tolerance"], random_state=42).fit(features, labels)

    def _find_temperature(self, features: scipy.sparse.csr_matrix, labels: np.ndarray, strength: float) -> float:
        """Return the factor that makes scores into the likeliest probabilities of labels not seen in fitting."""
        if np.unique(labels, return_counts=True)[1].min() < 5:
            return float(self._config["temperature"])
        seen, unseen = next(StratifiedKFold(5, shuffle=True, random_state=42).split(features, labels))
        model = self._fit_vectors(features[seen], labels[seen], strength)
        scores = model.decision_function(features[unseen])
        truth = np.searchsorted(model.classes_, labels[unseen])

        def loss(temperature: float) -> float:
            return -float(log_softmax(temperature * scores, axis=1)[np.arange(len(truth)), truth].mean())

        return float(minimize_scalar(loss, bounds=(1.0, 30.0), method="bounded").x)

    def _restore(self, arrays: Dict[str, np.ndarray]) -> None:
        self._arrays = arrays
        self._centre = arrays["centre"]
        self._labels = [str(label) for label in arrays["labels"]]
        self._danger = np.isin(self._labels, self._config["danger_labels"])


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


def _is_romanised_example(message: Message) -> bool:
    """True if the example's variant says that its language is written in Latin letters instead of its own."""
    about = (message.get(METADATA) or {}).get(METADATA_INTENT) or {}
    return str(about.get(VARIANT, "")).endswith("-latn")


def _features(features: Optional[Any]) -> Any:
    return None if features is None else features.features
