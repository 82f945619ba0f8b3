"""SafetySignal: says that a message is about danger, by a sign in the words or by the classifier's labels."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Dict, List, Text, Type

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.classifiers.classifier import IntentClassifier
from rasa.shared.nlu.constants import TEXT
from rasa.shared.nlu.training_data.message import Message

from bot.nlu.components.classifier import DANGER, PROBABILITIES
from bot.nlu.lexicon import LEXICON_FOLDER, Lexicon, load_lexicon


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=False)
class SafetySignal(GraphComponent, IntentClassifier):
    """Sets `danger` and `danger_signs` (lexicon entries and likely danger labels, never her words)."""

    @classmethod
    def required_components(cls) -> List[Type]:
        """Components that should be included in the pipeline before this component."""
        return [IntentClassifier]

    @staticmethod
    def get_default_config() -> Dict[Text, Any]:
        """The component's default config (see parent class for full docstring)."""
        return {
            # folder of the danger lexicon
            "lexicon": str(LEXICON_FOLDER),
            # labels that mean danger whatever else a message says
            "labels": list(DANGER),
            # the sum of their probabilities from which a message counts as danger
            "threshold": 0.15,
        }

    def __init__(self, config: Dict[Text, Any], lexicon: Lexicon) -> None:
        """Creates the component."""
        self._labels = config["labels"]
        self._threshold = config["threshold"]
        self._lexicon = lexicon

    @classmethod
    def create(
        cls,
        config: Dict[Text, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> SafetySignal:
        """Creates the component (see parent class for full docstring)."""
        return cls(config, load_lexicon(Path(config["lexicon"])))

    def process(self, messages: List[Message]) -> List[Message]:
        """Adds the safety signal to each message in place."""
        for message in messages:
            signs = [*self._lexicon.find_signs(message.get(TEXT)), *self._find_likely_labels(message)]
            message.set("danger", bool(signs), add_to_output=True)
            message.set("danger_signs", signs, add_to_output=True)
        return messages

    def _find_likely_labels(self, message: Message) -> List[str]:
        """Return the likeliest danger label if all of them together reach the threshold."""
        probabilities = message.get(PROBABILITIES) or {}
        likely = {label: probabilities.get(label, 0.0) for label in self._labels}
        return [max(likely, key=lambda label: likely[label])] if sum(likely.values()) >= self._threshold else []
