"""VariantImporter: reads `nlu_data/<variant>/<topic>.yml` and tells every example's variant to the pipeline."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Dict, Iterator, List, Optional, Text, Union

import rasa.shared.utils.io
from anyascii import anyascii
from rasa.shared.core.domain import Domain
from rasa.shared.core.training_data.structures import StoryGraph
from rasa.shared.importers.importer import TrainingDataImporter
from rasa.shared.nlu.constants import METADATA, METADATA_INTENT, TEXT
from rasa.shared.nlu.training_data.formats.rasa_yaml import RasaYAMLReader
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

# Folders beside the variants: sentences for measuring only, and the danger lexicon.
NOT_VARIANTS = frozenset({"dev", "danger"})


class VariantImporter(TrainingDataImporter):
    """Importer for a data folder with one folder per variant, such as `en`, `hi-latn` or `ar-mix`."""

    def __init__(
        self,
        config_file: Optional[Text] = None,
        domain_path: Optional[Text] = None,
        training_data_paths: Optional[Union[List[Text], Text]] = None,
    ) -> None:
        """Remembers where things are."""
        paths = [training_data_paths] if isinstance(training_data_paths, str) else training_data_paths or []
        self._folders = [Path(path) for path in paths]
        self._config_file = config_file

    def get_config(self) -> Dict[Text, Any]:
        """Reads the pipeline (see parent class for full docstring)."""
        return rasa.shared.utils.io.read_model_configuration(self._config_file)

    def get_config_file_for_auto_config(self) -> Optional[Text]:
        """Returns the config file (see parent class for full docstring)."""
        return self._config_file

    def get_domain(self) -> Domain:
        """There is no dialogue in Rasa here (see parent class for full docstring)."""
        return Domain.empty()

    def get_stories(self, exclusion_percentage: Optional[int] = None) -> StoryGraph:
        """There is no dialogue in Rasa here (see parent class for full docstring)."""
        return StoryGraph([])

    def get_conversation_tests(self) -> StoryGraph:
        """There is no dialogue in Rasa here (see parent class for full docstring)."""
        return StoryGraph([])

    def get_nlu_data(self, language: Optional[Text] = "en") -> TrainingData:
        """Reads all variants (see parent class for full docstring)."""
        return TrainingData([example for folder in self._folders for example in _read_folder(folder)])


# Languages whose letters are whole syllables: transliterated, their examples read as people type them in Latin letters.
# (Of the others' letters a transliteration leaves out vowels that everybody types.)
SYLLABARIES = frozenset({"am"})


def _read_folder(folder: Path) -> Iterator[Message]:
    for variant in sorted(path for path in folder.iterdir() if path.is_dir() and path.name not in NOT_VARIANTS):
        for file in sorted(variant.glob("*.yml")):
            examples = _read_file(file, variant.name)
            yield from examples
            if variant.name in SYLLABARIES:
                yield from (_romanise(example, variant.name) for example in examples)


def _romanise(example: Message, variant: Text) -> Message:
    """Return the same example in Latin letters, as one of the romanised variant."""
    copy = Message(data=dict(example.data))
    copy.set(TEXT, anyascii(example.get(TEXT)).replace("'", ""))
    copy.set(METADATA, {METADATA_INTENT: {"variant": f"{variant}-latn"}})
    return copy


def _read_file(file: Path, variant: Text) -> List[Message]:
    reader = RasaYAMLReader()
    reader.filename = str(file)
    examples = reader.reads(file.read_text(encoding="utf-8")).training_examples
    for example in examples:
        example.set(METADATA, {METADATA_INTENT: {"variant": variant}})
    return examples
