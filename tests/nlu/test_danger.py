"""Danger and its harmless look-alikes in 24 variants, written apart from lexicon and training (tests/nlu/danger).

One alarm too many costs her two taps; one too few may cost more: so the two bounds are not alike.
"""

from functools import cache
from pathlib import Path

import pytest
import yaml

from bot.nlu import models
from bot.nlu.child import predict_lines
from bot.nlu.lexicon import load_lexicon
from tests.nlu.trained import load_trained_settings

FOLDER = Path(__file__).parent / "danger"
VARIANTS = sorted(path.stem for path in FOLDER.glob("*.yml"))
HEARD_BY_BOTH, HEARD_BY_WORDS = 0.85, 0.7  # least share of the danger messages, in every single variant
FALSE_BY_BOTH, FALSE_BY_WORDS = 0.5, 0.3  # most of the look-alikes


@cache
def read(variant: str) -> dict[str, list[str]]:
    content: dict[str, list[str]] = yaml.safe_load((FOLDER / f"{variant}.yml").read_text("utf-8"))
    return content


def by_words(text: str) -> bool:
    return bool(load_lexicon().find_signs(text))


@cache
def heard_by_model() -> dict[str, bool]:
    settings = load_trained_settings()
    texts = [text for variant in VARIANTS for texts in read(variant).values() for text in texts]
    done = predict_lines(settings, models.get_current(settings), [{"text": text} for text in texts])
    return {line["text"]: bool(line["danger"]) for line in done}


def share(found: list[bool]) -> float:
    return sum(found) / len(found)


def test_every_variant_has_a_set() -> None:
    assert len(VARIANTS) == 24
    assert all(min(len(read(variant)[kind]) for kind in ("danger", "harmless")) >= 20 for variant in VARIANTS)


@pytest.mark.parametrize("variant", VARIANTS)
def test_the_words_alone_hear_danger_when_the_model_is_away(variant: str) -> None:
    assert share([by_words(text) for text in read(variant)["danger"]]) >= HEARD_BY_WORDS
    assert share([by_words(text) for text in read(variant)["harmless"]]) <= FALSE_BY_WORDS


@pytest.mark.model
@pytest.mark.parametrize("variant", VARIANTS)
def test_words_and_model_together_hear_danger(variant: str) -> None:
    model = heard_by_model()
    assert share([model[text] or by_words(text) for text in read(variant)["danger"]]) >= HEARD_BY_BOTH
    assert share([model[text] or by_words(text) for text in read(variant)["harmless"]]) <= FALSE_BY_BOTH
