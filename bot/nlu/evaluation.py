"""Measures models on the development sets: `helpline nlu check`, `test` and `compare`."""

import json
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from bot.config import Settings
from bot.nlu import models
from bot.nlu.check import count, find_faults
from bot.nlu.child import predict_lines
from bot.nlu.examples import Example, list_dev, list_training
from bot.nlu.metrics import Prediction, choose_threshold, find_confusions, measure, measure_by, weigh
from bot.nlu.report import write_page
from bot.taxonomy import find_topic, list_labels, load_taxonomy

console = Console(stderr=True)

WIDTH = 150  # characters our tables need where there is no terminal to ask

WANTED = 0.93  # share of answers that should be right, from which the thresholds of the policy are chosen

SHOWN = (
    "messages", "accuracy", "macro_f1", "topic_accuracy", "top_2", "danger_recall", "danger_false_alarms",
    "language_accuracy", "script_accuracy", "calibration_error",
)  # fmt: skip


def check() -> int:
    """Print how many examples each label has in each variant, and every fault; return 1 if there is any."""
    training, dev = list_training(), list_dev()
    out = Console(width=max(console.width, WIDTH))
    out.print(_counts(training, dev), crop=False)
    faults = find_faults(training, dev, {label: find_topic(label) for label in list_labels()})
    for fault in faults:
        out.print(fault, markup=False, highlight=False, soft_wrap=True)
    out.print(f"{len(training)} training examples, {len(dev)} development sentences, {len(faults)} faults")
    return 1 if faults else 0


def evaluate(settings: Settings) -> int:
    """Measure the serving model; print tables, keep the figures with it, write nlu-test.json and nlu-test.html."""
    model = models.get_current(settings)
    predictions = _predict(settings, model)
    figures = _figures(predictions)
    record = models.find_current(settings)
    if record is not None:
        models.promote(settings, replace(record, figures=figures, dev=models.dev_fingerprint()))
    out = Console(width=max(console.width, WIDTH))
    for title, groups in (
        ("Variants", {**figures["variants"], "all": figures["overall"]}), ("Topics", figures["topics"]),
    ):  # fmt: skip
        out.print(_table(title, groups))
    overall = figures["overall"]
    outside = f"recall {overall['out_of_scope_recall']:.3f}, precision {overall['out_of_scope_precision']:.3f}"
    out.print(f"out_of_scope: {outside}", highlight=False)
    out.print(_trade_off(predictions))
    for label, said, times in figures["confusions"]:
        out.print(f"{times:3} x  {label} taken for {said}", highlight=False)
    path = settings.var_dir / "nlu-test.json"
    path.write_text(json.dumps(figures, indent=1))
    page = settings.var_dir / "nlu-test.html"
    write_page(page, model.name, figures, predictions)
    console.print(f"Written to {path} and {page}")
    return 0


def measure_all(settings: Settings, model: Path) -> dict[str, Any]:
    """Return a model's figures on the development sets: overall, variants, topics, confusions."""
    return _figures(_predict(settings, model))


def compare(settings: Settings, first: str, second: str) -> int:
    """Print two models' figures side by side, variant by variant."""
    figures = [measure_all(settings, models.get_named(settings, name)) for name in (first, second)]
    table = Table(title=f"{first}  against  {second}")
    table.add_column("")
    for name in ("accuracy", "top 2", "danger recall", "false alarms"):
        table.add_column(name, justify="right")
    groups = [{**each["variants"], "all": each["overall"]} for each in figures]
    for variant, was in groups[0].items():
        now = groups[1][variant]
        names = ("accuracy", "top_2", "danger_recall", "danger_false_alarms")
        table.add_row(variant, *(f"{was[n]:.3f} {now[n]:.3f} ({now[n] - was[n]:+.3f})" for n in names))
    Console(width=max(console.width, WIDTH)).print(table)
    return 0


def _figures(predictions: list[Prediction]) -> dict[str, Any]:
    return {
        "overall": measure(predictions),
        "variants": measure_by(predictions, lambda p: p.variant),
        "topics": measure_by(predictions, lambda p: p.topic),
        "confusions": find_confusions(predictions),
    }


def _predict(settings: Settings, model: Path) -> list[Prediction]:
    return [_prediction(line) for line in predict_lines(settings, model, map(asdict, list_dev()))]


def _prediction(line: dict[str, Any]) -> Prediction:
    variant, label = line["variant"], line["label"]
    language, _, form = variant.partition("-")
    ranking = [*line["ranking"], ["", 0.0]]
    return Prediction(
        variant=variant, label=label, topic=find_topic(label), danger=label in load_taxonomy()["danger"],
        language=language, script="latin" if form == "latn" else "native", said=line["intent"],
        said_topic=find_topic(line["intent"]), confidence=line["confidence"], second=ranking[1][0],
        said_danger=line["danger"], said_language=line["language"],
        said_script=line["script"],
    )  # fmt: skip


def _counts(training: list[Example], dev: list[Example]) -> Table:
    counts, dev_counts = count(training), count(dev)
    variants = sorted({example.variant for example in training})
    table = Table(title="Training examples (development sentences in the last row)", box=None, padding=(0, 1, 0, 0))
    table.add_column("label", no_wrap=True)
    for variant in variants:
        table.add_column(variant, justify="right", no_wrap=True)
    for label in list_labels():
        table.add_row(label, *(str(counts[label, variant]) for variant in variants))
    table.add_section()
    for name, numbers in (("all", counts), ("dev", dev_counts)):
        table.add_row(name, *(str(sum(numbers[label, variant] for label in list_labels())) for variant in variants))
    return table


def _trade_off(predictions: list[Prediction]) -> Table:
    """Show what each answer threshold would give: the share answered, and the share right of those."""
    shown = (0.35, 0.45, 0.55, 0.65)
    table = Table(title=f"Answered, and right of those; chosen: {WANTED:.0%} right (bot/dialogue/policy.py)")
    for heading in ("", *(f"from {threshold}" for threshold in shown), "chosen"):
        table.add_column(heading, justify="right")
    for spelling in sorted({p.spelling for p in predictions}):
        group = [p for p in predictions if p.spelling == spelling and p.topic != "helpline"]
        cells = (" ".join(f"{value:.2f}" for value in weigh(group, threshold)) for threshold in shown)
        table.add_row(spelling, *cells, f"{choose_threshold(group, WANTED):.2f}")
    return table


def _table(title: str, groups: dict[str, dict[str, float]]) -> Table:
    table = Table(title=title)
    table.add_column("")
    for name in SHOWN:
        table.add_column(name.replace("_", " "), justify="right")
    for group, figures in groups.items():
        table.add_row(group, *(f"{figures[n]:.0f}" if n == "messages" else f"{figures[n]:.3f}" for n in SHOWN))
    return table
