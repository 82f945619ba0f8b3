"""Reading public data sets, and what is right of the answers."""

import json
from pathlib import Path

import pytest
import yaml

from bot.bench.public import FileError, read_banking, read_clinc, weigh
from bot.bench.training import write_training


def test_clinc_keeps_sentences_outside_its_intents(tmp_path: Path) -> None:
    file = tmp_path / "small.json"
    parts = {"train": [["hi", "greet"]], "oos_train": [["moon", "oos"]], "test": [["yo", "greet"]], "oos_test": []}
    file.write_text(json.dumps(parts))
    data = read_clinc(file)
    assert (data.training, data.test) == ([("hi", "greet"), ("moon", "oos")], [("yo", "greet")])


@pytest.mark.parametrize("content", ["", "[]", '{"train": []}', '{"train": [1], "oos_train": []}'])
def test_another_file_is_named(tmp_path: Path, content: str) -> None:
    file = tmp_path / "other.json"
    file.write_text(content)
    with pytest.raises(FileError, match=r"other\.json"):
        read_clinc(file)
    with pytest.raises(FileError, match=r"none\.csv"):
        read_banking(tmp_path / "none.csv", file)


def test_training_is_written_in_rasas_format_whatever_the_text(tmp_path: Path) -> None:
    write_training(tmp_path / "en", [("a: b\n# c", "x"), ("- 'd'", "x")])
    (block,) = yaml.safe_load((tmp_path / "en" / "all.yml").read_text())["nlu"]
    assert block == {"intent": "x", "examples": "- a: b # c\n- - 'd'\n"}


def test_sentences_outside_are_counted_apart() -> None:
    assert weigh([("a", "a"), ("a", "b"), ("oos", "oos"), ("oos", "a"), ("oos", "a"), ("oos", "a")]) == (0.5, 0.25)
    assert weigh([("a", "a")]) == (1.0, None)
