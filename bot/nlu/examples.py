"""Reads the labelled sentences in `nlu_data/`: those the model learns from, and those it is measured on."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import yaml

from bot.config import ROOT

DATA = ROOT / "nlu_data"
# Folders of `nlu_data` that are not variants.
NOT_VARIANTS = frozenset({"dev", "danger"})


class DataError(Exception):
    """A file of `nlu_data` cannot be read; the text names it and what would be right."""


@dataclass(frozen=True, slots=True)
class Example:
    """One sentence: what it means (`label`) and how it is written (`variant`, such as "hi-latn")."""

    text: str
    label: str
    variant: str


def list_training(folder: Path = DATA) -> list[Example]:
    """Return all examples in `<folder>/<variant>/*.yml`."""
    variants = sorted(path for path in folder.iterdir() if path.is_dir() and path.name not in NOT_VARIANTS)
    return [example for path in variants for file in sorted(path.glob("*.yml")) for example in _read(file, path.name)]


def list_dev(folder: Path = DATA) -> list[Example]:
    """Return all development sentences in `<folder>/dev/<variant>.yml`; the model never learns from them."""
    return [example for file in sorted((folder / "dev").glob("*.yml")) for example in _read(file, file.stem)]


def _read(file: Path, variant: str) -> Iterator[Example]:
    try:
        blocks = yaml.safe_load(file.read_text("utf-8"))["nlu"]
        for block in blocks:
            for line in block["examples"].splitlines():
                if line.startswith("- "):
                    yield Example(line[2:].strip(), block["intent"], variant)
    except (yaml.YAMLError, KeyError, TypeError, AttributeError) as error:
        raise DataError(f"{file}: not Rasa's training format (nlu: - intent: … examples: | - …): {error}") from error
