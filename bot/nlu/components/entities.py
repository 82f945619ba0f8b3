"""PlaceMoneyTimeExtractor: countries, amounts, durations and language names, by `bot.nlu.extract`."""

from __future__ import annotations

from typing import Any, Dict, List, Text

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.extractors.extractor import EntityExtractorMixin
from rasa.shared.nlu.constants import ENTITIES, TEXT
from rasa.shared.nlu.training_data.message import Message

from bot.nlu.extract import extract


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.ENTITY_EXTRACTOR, is_trainable=False)
class PlaceMoneyTimeExtractor(GraphComponent, EntityExtractorMixin):
    """Adds the entities. Offsets are those of the text as it came, so it stands before the Normaliser."""

    @classmethod
    def create(
        cls,
        config: Dict[Text, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> PlaceMoneyTimeExtractor:
        """Creates the component (see parent class for full docstring)."""
        extract("")  # build the tables now, not at the first message
        return cls()

    def process(self, messages: List[Message]) -> List[Message]:
        """Adds entities to each message in place."""
        for message in messages:
            found = self.add_extractor_name(extract(message.get(TEXT) or ""))
            message.set(ENTITIES, message.get(ENTITIES, []) + found, add_to_output=True)
        return messages
