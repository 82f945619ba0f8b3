"""What a list of predictions is worth. Pure arithmetic; no model, no files."""

from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass

THRESHOLDS = tuple(step / 100 for step in range(30, 85, 5))


@dataclass(frozen=True, slots=True)
class Prediction:
    """One development sentence: what is right and what the model said."""

    variant: str
    label: str
    topic: str
    danger: bool
    language: str
    script: str
    said: str
    said_topic: str
    confidence: float
    second: str
    said_danger: bool
    said_language: str
    said_script: str

    @property
    def spelling(self) -> str:
        """How the app will know it: language and script, as "hi" and "hi-latn"."""
        return f"{self.language}-latn" if self.script == "latin" else self.language

    @property
    def right(self) -> bool:
        return self.said == self.label


def share(values: Sequence[bool]) -> float:
    """Return the share of true values, 0 to 1; 0 for none at all."""
    return sum(values) / len(values) if values else 0.0


def measure(predictions: Sequence[Prediction]) -> dict[str, float]:
    """Return the headline figures."""
    dangerous = [p for p in predictions if p.danger]
    harmless = [p for p in predictions if not p.danger]
    outside = [p for p in predictions if p.label == "out_of_scope"]
    said_outside = [p for p in predictions if p.said == "out_of_scope"]
    return {
        "messages": float(len(predictions)),
        "accuracy": share([p.right for p in predictions]),
        "macro_f1": macro_f1(predictions),
        "topic_accuracy": share([p.said_topic == p.topic for p in predictions]),
        "top_2": share([p.label in (p.said, p.second) for p in predictions]),
        "danger_recall": share([p.said_danger for p in dangerous]),
        "danger_false_alarms": share([p.said_danger for p in harmless]),
        "out_of_scope_recall": share([p.said == "out_of_scope" for p in outside]),
        "out_of_scope_precision": share([p.label == "out_of_scope" for p in said_outside]),
        "language_accuracy": share([p.said_language == p.language for p in predictions]),
        "script_accuracy": share([p.said_script == p.script for p in predictions]),
        "calibration_error": calibration_error(predictions),
    }


def measure_by(predictions: Sequence[Prediction], key: Callable[[Prediction], str]) -> dict[str, dict[str, float]]:
    """Return the figures of each group, sorted by name."""
    groups: dict[str, list[Prediction]] = defaultdict(list)
    for prediction in predictions:
        groups[key(prediction)].append(prediction)
    return {name: measure(group) for name, group in sorted(groups.items())}


def macro_f1(predictions: Sequence[Prediction]) -> float:
    """Return the mean F1 over the labels that occur: rare labels count as much as frequent ones."""
    wanted = Counter(p.label for p in predictions)
    said = Counter(p.said for p in predictions)
    hit = Counter(p.label for p in predictions if p.right)
    scores = [2 * hit[label] / (wanted[label] + said[label]) for label in wanted]
    return sum(scores) / len(scores) if scores else 0.0


def calibration_error(predictions: Sequence[Prediction], bins: int = 10) -> float:
    """Return the expected calibration error: how far confidence is from the share that is right, 0 to 1."""
    groups: dict[int, list[Prediction]] = defaultdict(list)
    for prediction in predictions:
        groups[min(bins - 1, int(prediction.confidence * bins))].append(prediction)
    gaps = (
        len(group) * abs(share([p.right for p in group]) - sum(p.confidence for p in group) / len(group))
        for group in groups.values()
    )
    return sum(gaps) / len(predictions) if predictions else 0.0


def find_confusions(predictions: Sequence[Prediction], most: int = 15) -> list[tuple[str, str, int]]:
    """Return the pairs (right, said, how often) that go wrong most."""
    pairs = Counter((p.label, p.said) for p in predictions if not p.right)
    return [(label, said, count) for (label, said), count in pairs.most_common(most)]


def weigh(predictions: Sequence[Prediction], threshold: float) -> tuple[float, float]:
    """Return the share of messages whose confidence reaches the threshold, and the share right among those."""
    acted_on = [p for p in predictions if p.confidence >= threshold]
    return (len(acted_on) / len(predictions) if predictions else 0.0, share([p.right for p in acted_on]))


def choose_threshold(predictions: Sequence[Prediction], wanted: float) -> float:
    """Return the lowest threshold from which at least the wanted share of answers is right; else the highest tried."""
    return next((t for t in THRESHOLDS if weigh(predictions, t)[1] >= wanted), THRESHOLDS[-1])
