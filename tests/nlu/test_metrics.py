"""The arithmetic of measuring."""

import pytest

from bot.nlu.metrics import Prediction, calibration_error, find_confusions, macro_f1, measure, measure_by


def said(label: str, answer: str, *, confidence: float = 1.0, second: str = "", variant: str = "en") -> Prediction:
    return Prediction(
        variant=variant, label=label, topic=label, danger=label == "confinement", language="en", script="native",
        said=answer, said_topic=answer, confidence=confidence, second=second, said_danger=answer == "confinement",
        said_language="en", said_script="native",
    )  # fmt: skip


def test_headline_figures() -> None:
    figures = measure([said("a", "a"), said("a", "b", second="a"), said("confinement", "b"), said("b", "confinement")])
    assert figures["accuracy"] == 0.25
    assert figures["top_2"] == 0.5
    assert figures["danger_recall"] == 0
    assert figures["danger_false_alarms"] == pytest.approx(1 / 3)


def test_rare_labels_count_as_much_as_frequent_ones() -> None:
    assert macro_f1([said("a", "a")] * 9 + [said("b", "a")]) == pytest.approx((2 * 9 / 19) / 2)


def test_calibration() -> None:
    assert calibration_error([said("a", "a", confidence=1.0)] * 3) == 0
    assert calibration_error([said("a", "b", confidence=0.95)] * 4) == pytest.approx(0.95)


def test_confusions_are_sorted_by_number() -> None:
    wrong = [said("a", "b")] * 2 + [said("b", "a"), said("a", "a")]
    assert find_confusions(wrong) == [("a", "b", 2), ("b", "a", 1)]


def test_groups() -> None:
    groups = measure_by([said("a", "a", variant="sw"), said("a", "b", variant="ar")], lambda p: p.variant)
    assert [(name, figures["accuracy"]) for name, figures in groups.items()] == [("ar", 0), ("sw", 1)]


def test_nothing_measured_is_no_error() -> None:
    assert measure([])["accuracy"] == 0
