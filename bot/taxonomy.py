"""The labels NLU predicts, read from nlu_data/taxonomy.yml."""

from functools import cache
from typing import Any

import yaml

from bot.config import ROOT


@cache
def load_taxonomy() -> dict[str, Any]:
    return dict(yaml.safe_load((ROOT / "nlu_data" / "taxonomy.yml").read_text("utf-8")))


def list_labels() -> tuple[str, ...]:
    return tuple(label for labels in load_taxonomy()["topics"].values() for label in labels)


def list_content_labels() -> tuple[str, ...]:
    """Return the labels that have an answer: all but the helpline's own and out_of_scope."""
    topics = load_taxonomy()["topics"]
    return tuple(label for topic in topics if topic not in ("helpline", "other") for label in topics[topic])


def find_topic(label: str) -> str:
    return next((topic for topic, labels in load_taxonomy()["topics"].items() if label in labels), "")
