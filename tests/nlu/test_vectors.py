"""Our sentence vectors are those of the package whose weights they come from, but for rounding."""

import json
import subprocess
from collections import defaultdict
from typing import Any

import pytest

from bot.config import ROOT
from bot.nlu.examples import list_dev
from bot.nlu.process import find_python

ODD = ["", "   two  spaces ", "🙏😭 help", "ﷺ ½ ﬁ Ａ", "x" * 3000, "no spaces\nbut\tothers", "한국어 中文 Ελληνικά"]


@pytest.fixture(scope="module")
def compared() -> dict[str, Any]:
    python = find_python()
    if python is None:
        pytest.skip("no NLU environment: run `make setup`")
    by_variant = defaultdict(list)
    for example in list_dev():
        by_variant[example.variant].append(example.text)
    texts = [text for each in by_variant.values() for text in each[:10]] + ODD
    done = subprocess.run(
        [str(python), "-m", "tests.nlu.compare_vectors"],
        cwd=ROOT, input=json.dumps(texts), capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    return json.loads(done.stdout)  # type: ignore[no-any-return]


def test_texts_fall_into_as_many_pieces(compared: dict[str, Any]) -> None:
    assert compared["other_lengths"] == []


def test_vectors_are_the_same_but_for_rounding(compared: dict[str, Any]) -> None:
    assert min(compared["cosines"]) > 0.98


def test_a_vector_does_not_depend_on_its_neighbours(compared: dict[str, Any]) -> None:
    assert compared["alone"] == 0
