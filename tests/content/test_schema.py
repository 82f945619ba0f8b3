"""The JSON Schemas that editors use fit every file, and refuse what the check refuses."""

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from bot.content.load import RESPONSES, _plain, _read_yaml

FOLDERS = {"answers": "answers/*/*.yml", "facts": "facts/*.yml", "contacts": "contacts/*.yml"}


def _schema(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((RESPONSES / "schema" / f"{name}.json").read_text("utf-8"))
    return found


@pytest.mark.parametrize("name", FOLDERS)
def test_every_file_fits_its_schema(name: str) -> None:
    validator = jsonschema.Draft202012Validator(_schema(name))
    problems = [
        f"{path.name}: {error.json_path}: {error.message[:120]}"
        for path in sorted(RESPONSES.glob(FOLDERS[name]))
        for error in validator.iter_errors(_plain(_read_yaml(Path(path), [])))
    ]
    assert problems == []


@pytest.mark.parametrize("version", [{"country": "*"}, {"short": "x"}, {"short": "x", "country": "*", "origin": "NP"}])
def test_a_wrong_answer_does_not_fit(version: dict[str, str]) -> None:
    document = {"label": "shelter", "locale": "en", "versions": [version]}
    assert not jsonschema.Draft202012Validator(_schema("answers")).is_valid(document)
