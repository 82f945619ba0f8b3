"""helpline bench public: our pipeline, same config, on two public intent data sets, beside published figures."""

import csv
import json
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table

from bot.bench.training import Sentence, train, write_training
from bot.config import Settings
from bot.nlu.child import predict_lines
from bot.nlu.models import CONFIG
from bot.nlu.normalise import defuse

OUTSIDE = "oos"  # what CLINC150 calls a sentence that no intent covers

# Accuracy among the intents, and recall of sentences outside them where the set has such.
# CLINC150 small: Larson et al. 2019 (arXiv 1909.02027), table 2, "oos-train". BANKING77, all training sentences:
# Casanueva et al. 2020 (arXiv 2003.04807), table 3.
PUBLISHED: dict[str, dict[str, tuple[float, float | None]]] = {
    "CLINC150 small": {
        "SVM": (0.893, 0.186), "Rasa": (0.889, 0.550), "MLP on USE": (0.915, 0.522), "BERT, fine-tuned": (0.964, 0.409),
    },
    "BANKING77": {
        "BERT, fixed": (0.872, None), "ConveRT": (0.930, None), "USE+ConveRT": (0.934, None),
        "BERT, fine-tuned": (0.937, None),
    },
}  # fmt: skip


class FileError(Exception):
    """A data file is not what it should be; the text names it and what would be right."""


@dataclass(frozen=True, slots=True)
class DataSet:
    name: str
    training: list[Sentence]
    test: list[Sentence]


def bench(settings: Settings, clinc: Path | None, banking: tuple[Path, Path] | None, output: Path | None) -> int:
    """Train and measure on each set that is given; print the figures beside the published ones."""
    sets = ([read_clinc(clinc)] if clinc else []) + ([read_banking(*banking)] if banking else [])
    figures = {each.name: _measure(settings, each) for each in sets}
    out = Console()
    for name, (accuracy, outside) in figures.items():
        out.print(_table(name, accuracy, outside))
    if output:
        document = {
            name: dict(zip(("accuracy", "outside_recall"), each, strict=True)) for name, each in figures.items()
        }
        output.write_text(json.dumps(document, indent=1))
    return 0


def read_clinc(path: Path) -> DataSet:
    """Read CLINC150's JSON: lists `train`, `oos_train`, `test`, `oos_test` of [text, intent]."""
    try:
        raw = json.loads(path.read_text("utf-8"))
        parts = {
            part: [(str(text), str(intent)) for text, intent in [*raw[part], *raw[f"oos_{part}"]]]
            for part in ("train", "test")
        }
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise FileError(
            f"{path}: not CLINC150's JSON (train, oos_train, test, oos_test: [text, intent]): {error}"
        ) from error
    return DataSet("CLINC150 small", parts["train"], parts["test"])


def read_banking(training: Path, test: Path) -> DataSet:
    """Read BANKING77's two CSV files with the columns text and category."""
    return DataSet("BANKING77", _read_csv(training), _read_csv(test))


def _read_csv(path: Path) -> list[Sentence]:
    try:
        with path.open(encoding="utf-8", newline="") as file:
            return [(row["text"], row["category"]) for row in csv.DictReader(file)]
    except (OSError, KeyError, UnicodeDecodeError) as error:
        raise FileError(f"{path}: not a CSV file with the columns text and category: {error}") from error


def _measure(settings: Settings, data: DataSet) -> tuple[float, float | None]:
    with tempfile.TemporaryDirectory(prefix="helpline-bench-") as scratch:
        folder = Path(scratch)
        write_training(folder / "data" / "en", data.training)
        title = f"{data.name} ({len(data.training)} sentences)"
        model = train(settings, title, data=folder / "data", config=CONFIG, out=folder / "model")
        lines = predict_lines(settings, model, ({"text": defuse(text), "label": label} for text, label in data.test))
    return weigh((line["label"], line["intent"]) for line in lines)


def weigh(pairs: Iterable[tuple[str, str]]) -> tuple[float, float | None]:
    """Return the share right among sentences of the set's intents, and among those outside, if it has such."""
    inside: list[bool] = []
    outside: list[bool] = []
    for label, said in pairs:
        (outside if label == OUTSIDE else inside).append(label == said)
    return sum(inside) / len(inside), sum(outside) / len(outside) if outside else None


def _table(name: str, accuracy: float, outside: float | None) -> Table:
    table = Table(title=name)
    for heading in ("", "accuracy", "recall outside"):
        table.add_column(heading, justify="right" if heading else "left")
    table.add_row("[bold]ours, measured now[/]", f"{accuracy:.3f}", "" if outside is None else f"{outside:.3f}")
    for model, (published, published_outside) in PUBLISHED[name].items():
        table.add_row(f"{model} (published)", f"{published:.3f}", f"{published_outside or ''}")
    return table
