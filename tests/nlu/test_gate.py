"""A new model serves only if it is no worse than the one before."""

from pathlib import Path

import pytest

from bot.config import Settings
from bot.nlu import models, training
from bot.nlu.models import Record
from bot.nlu.training import Refused, find_losses, train, train_if_stale


def figures(danger: float = 0.98, **variants: float) -> dict[str, object]:
    return {"overall": {"danger_recall": danger}, "variants": {name: {"accuracy": a} for name, a in variants.items()}}


@pytest.mark.parametrize(
    ("before", "after", "losses"),
    [
        (figures(en=0.9, am=0.8), figures(en=0.88, am=0.9), 0),
        (figures(en=0.9, am=0.8), figures(en=0.9, am=0.76), 1),
        (figures(0.98, en=0.9), figures(0.96, en=0.95), 1),
        (figures(en=0.9, am=0.8), figures(en=0.9), 1),
        ({}, figures(en=0.1), 0),
    ],
)
def test_losses_beyond_the_margin_are_named(before: dict, after: dict, losses: int) -> None:  # type: ignore[type-arg]
    assert len(find_losses(before, after)) == losses


@pytest.fixture
def worse(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """A serving model, and a training that yields one which lost ten points in Amharic."""
    folder = models.models_dir(settings)
    folder.mkdir(parents=True)
    dev, name = models.dev_fingerprint(), f"helpline-{models.fingerprint()}.tar.gz"
    old = Record("helpline-old.tar.gz", "old", figures=figures(am=0.8), dev=dev)
    new = Record(name, models.fingerprint(), figures=figures(am=0.7), dev=dev)
    for record in (old, new):
        Path(folder / record.model).write_bytes(b"")
    models.promote(settings, old)
    monkeypatch.setattr(training, "_train", lambda _: new)
    return settings


def serving(settings: Settings) -> Record:
    record = models.find_current(settings)
    assert record is not None
    return record


def test_a_worse_model_is_refused_and_kept(worse: Settings) -> None:
    with pytest.raises(Refused, match=r"am accuracy 0\.800 -> 0\.700"):
        train(worse)
    assert serving(worse).model == "helpline-old.tar.gz"
    assert models.is_refused(worse)


def test_accepting_a_loss_is_recorded(worse: Settings) -> None:
    train(worse, accept=True)
    assert serving(worse).model != "helpline-old.tar.gz"
    assert "am accuracy" in serving(worse).accepted[0]


def test_a_refused_model_is_not_trained_at_every_start(worse: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    train_if_stale(worse)
    monkeypatch.setattr(training, "_train", lambda _: pytest.fail("trained again"))
    train_if_stale(worse)
    assert serving(worse).model == "helpline-old.tar.gz"
