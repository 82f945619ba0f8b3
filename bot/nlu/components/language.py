"""LanguageIdentifier: which language a text is in, by pieces of words, and unsure of languages it never saw."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Dict, List, Set, Text

import numpy as np
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.classifiers.classifier import IntentClassifier
from rasa.shared.nlu.constants import METADATA, METADATA_INTENT, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData
from scipy.special import softmax
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.svm import LinearSVC

from bot.nlu.components.arrays import TfidfRows, load_arrays, load_vectorizer, save_arrays, save_vectorizer
from bot.nlu.components.progress import report
from bot.nlu.script import find_script, has_letters

# Name under which the importer tells the variant ("en", "hi-latn", "ar-mix") of each example.
VARIANT = "variant"


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class LanguageIdentifier(GraphComponent, IntentClassifier):
    """Sets `language` (ISO 639-1), `script` (native or latin) and `language_confidence`.

    A language in its own script and in Latin letters are two classes: romanised Hindi has nothing of Devanagari to
    share, and much of romanised Urdu to tell apart. The confidence is the probability among known languages,
    lessened when much of the text is made of pieces never seen in that class: so an unknown language comes out
    unsure instead of nearest.
    """

    @staticmethod
    def get_default_config() -> Dict[Text, Any]:
        """The component's default config (see parent class for full docstring)."""
        return {
            "char": [1, 4],
            "max_features": 60_000,
            "C": 1.0,
            "temperature": 4.0,
            # lengths of the pieces whose familiarity is measured, and the share that is quite usual
            "pieces": [4, 5],
            "usual_share": 0.7,
            # confidence below which no language is named
            "unsure_below": 0.3,
        }

    def __init__(self, config: Dict[Text, Any], storage: ModelStorage, resource: Resource) -> None:
        """Creates an untrained identifier."""
        self._config = config
        self._storage = storage
        self._resource = resource
        self._classes: List[str] = []
        self._vectorizer = TfidfVectorizer(
            analyzer="char_wb",
            ngram_range=tuple(config["char"]),
            max_features=config["max_features"],
            min_df=2,
            sublinear_tf=True,
            lowercase=False,
        )
        self._pieces_of = TfidfVectorizer(
            analyzer="char_wb", ngram_range=tuple(config["pieces"]), lowercase=False
        ).build_analyzer()

    @classmethod
    def create(
        cls,
        config: Dict[Text, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> LanguageIdentifier:
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
    ) -> LanguageIdentifier:
        """Loads a trained component (see parent class for full docstring)."""
        identifier = cls.create(config, model_storage, resource, execution_context)
        with model_storage.read_from(resource) as folder:
            identifier._read(folder)
        return identifier

    def train(self, training_data: TrainingData) -> Resource:
        """Learns languages from the variants of the examples."""
        examples = [message for message in training_data.training_examples if _find_language(message)]
        texts = [message.get(TEXT) for message in examples]
        classes = np.array([_find_class(message) for message in examples])
        report("language", 0, 1)
        if len(set(classes)) > 1:
            self._fit(texts, classes)
        with self._storage.write_to(self._resource) as folder:
            self._write(folder)
        report("language", 1, 1)
        return self._resource

    def process(self, messages: List[Message]) -> List[Message]:
        """Adds language (empty if unsure), script and confidence to each message in place."""
        for message in messages:
            language, confidence = self._identify(message.get(TEXT))
            sure = confidence >= self._config["unsure_below"]
            message.set("language", language if sure else "", add_to_output=True)
            message.set("script", find_script(message.get(TEXT), language), add_to_output=True)
            message.set("language_confidence", confidence, add_to_output=True)
        return messages

    def _identify(self, text: str) -> tuple:
        if not self._classes or not has_letters(text):
            return "", 0.0
        columns, values = self._rows.make(text)
        scores = values @ self._weights[columns] + self._bias
        probabilities = softmax(self._config["temperature"] * scores)
        best = int(probabilities.argmax())
        language = self._classes[best].partition("-")[0]
        known = sum(p for p, name in zip(probabilities, self._classes) if name.partition("-")[0] == language)
        return language, float(known * self._familiarity(text, self._classes[best]))

    def _familiarity(self, text: str, name: str) -> float:
        """Return 1 for a text made of pieces seen in that class, less the more of them are new."""
        pieces = self._pieces_of(text)
        share = sum(piece in self._pieces[name] for piece in pieces) / max(len(pieces), 1)
        return min(1.0, share / self._config["usual_share"])

    def _fit(self, texts: List[str], classes: np.ndarray) -> None:
        model = LinearSVC(C=self._config["C"], class_weight="balanced", random_state=42)
        model.fit(self._vectorizer.fit_transform(texts), classes)
        self._classes = [str(name) for name in model.classes_]
        self._weights, self._bias = _for_each_class(model)
        self._rows = TfidfRows(self._vectorizer)
        self._pieces = {name: set() for name in self._classes}
        for text, name in zip(texts, classes):
            self._pieces[name].update(self._pieces_of(text))

    def _write(self, folder: Path) -> None:
        (folder / "classes.json").write_text(json.dumps(self._classes))
        if self._classes:
            save_vectorizer(folder, "language", self._vectorizer)
            save_arrays(folder / "weights.npz", weights=self._weights, bias=self._bias)
            pieces = {name: sorted(self._pieces[name]) for name in self._classes}
            (folder / "pieces.json").write_text(json.dumps(pieces, ensure_ascii=False), encoding="utf-8")

    def _read(self, folder: Path) -> None:
        self._classes = json.loads((folder / "classes.json").read_text())
        if self._classes:
            self._rows = TfidfRows(load_vectorizer(folder, "language", self._vectorizer))
            arrays = load_arrays(folder / "weights.npz")
            self._weights, self._bias = arrays["weights"], arrays["bias"]
            pieces = json.loads((folder / "pieces.json").read_text(encoding="utf-8"))
            self._pieces: Dict[str, Set[str]] = {name: set(known) for name, known in pieces.items()}


def _for_each_class(model: LinearSVC) -> tuple:
    """Return weights and bias with one column per class (scikit-learn keeps a single one when there are two)."""
    weights, bias = model.coef_.T, model.intercept_
    if len(model.classes_) == 2:
        weights, bias = np.hstack([-weights, weights]), np.hstack([-bias, bias])
    return np.ascontiguousarray(weights, dtype=np.float32), bias.astype(np.float32)


def _find_language(message: Message) -> str:
    """Return the language part of the example's variant, or an empty string."""
    about = (message.get(METADATA) or {}).get(METADATA_INTENT) or {}
    return str(about.get(VARIANT, "")).split("-")[0]


def _find_class(message: Message) -> str:
    """Return the language, and whether it is in Latin letters instead of its own: "hi", "hi-latn"."""
    variant = str(message.get(METADATA)[METADATA_INTENT][VARIANT])
    return variant if variant.endswith("-latn") else variant.split("-")[0]
