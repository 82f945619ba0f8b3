"""A trained model in this process, without server or agent."""

from pathlib import Path
from typing import Any, Dict, List

from rasa.core.channels.channel import UserMessage
from rasa.engine.constants import PLACEHOLDER_MESSAGE
from rasa.engine.loader import load_predict_graph_runner
from rasa.engine.runner.dask import DaskGraphRunner
from rasa.engine.storage.local_model_storage import LocalModelStorage

from bot.nlu.normalise import defuse


class Model:
    """Parses texts with the model unpacked into `folder`, which must outlive it."""

    def __init__(self, archive: Path, folder: Path) -> None:
        """Unpacks and loads the model."""
        self._metadata, self._runner = load_predict_graph_runner(folder, archive, LocalModelStorage, DaskGraphRunner)

    def parse(self, texts: List[str]) -> List[Dict[str, Any]]:
        """Return what the pipeline made of each text, in order."""
        target = self._metadata.nlu_target
        inputs = {PLACEHOLDER_MESSAGE: [UserMessage(defuse(text)) for text in texts]}
        messages = self._runner.run(inputs=inputs, targets=[target])[target]
        return [message.as_dict(only_output_properties=True) for message in messages]
