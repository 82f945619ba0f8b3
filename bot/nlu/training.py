"""Train, serve, predict, measure: starts the work in the NLU environment and shows how far it is."""

import hashlib
import json
import os
import subprocess
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path
from typing import Any, TextIO

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from bot.config import ROOT, Settings, SettingsError
from bot.nlu.check import count, find_faults
from bot.nlu.examples import DATA, Example, list_dev, list_training
from bot.nlu.metrics import Prediction, find_confusions, measure, measure_by
from bot.nlu.process import child_environment, find_python
from bot.taxonomy import find_topic, list_labels, load_taxonomy

console = Console(stderr=True)

CONFIG = ROOT / "config.yml"


def fingerprint() -> str:
    """Return a hash of all that a model depends on: data, pipeline and our components, but not the dev sets."""
    code = [*(ROOT / "bot" / "nlu" / "components").glob("*.py"), ROOT / "bot" / "nlu" / "runtime" / "importer.py"]
    names = ("normalise.py", "lexicon.py", "extract.py", "phrases.py", "script.py")
    pure = [ROOT / "bot" / "nlu" / name for name in names]
    data = [path for path in DATA.rglob("*.yml") if "dev" not in path.parts]
    digest = hashlib.sha256()
    for path in sorted([CONFIG, *code, *pure, *data]):
        digest.update(str(path.relative_to(ROOT)).encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()[:16]


def find_model(settings: Settings) -> tuple[Path, str] | None:
    """Return the current model and the fingerprint it was trained from, or None."""
    current = models_dir(settings) / "current.json"
    try:
        document = json.loads(current.read_text())
        model = current.parent / document["model"]
    except (OSError, ValueError, KeyError):
        return None
    return (model, document["fingerprint"]) if model.exists() else None


def get_model(settings: Settings) -> Path:
    """Return the current model; raise SettingsError where there is none."""
    found = find_model(settings)
    if found is None:
        raise SettingsError(f"HELPLINE_VAR_DIR: no NLU model in {models_dir(settings)}. Run `helpline nlu train`.")
    return found[0]


def is_stale(settings: Settings) -> bool:
    """True if there is no model, or data, pipeline or components changed since it was trained."""
    found = find_model(settings)
    return found is None or found[1] != fingerprint()


def models_dir(settings: Settings) -> Path:
    return settings.var_dir.resolve() / "models"


def train(settings: Settings) -> None:
    """Train a model and make it the current one."""
    log = models_dir(settings).parent / "nlu-train.log"
    models_dir(settings).mkdir(parents=True, exist_ok=True)
    command = _command(
        "train", "--data", DATA, "--config", CONFIG, "--out", models_dir(settings), "--fingerprint", fingerprint()
    )
    with log.open("w") as errors, _progress() as progress:
        process = subprocess.Popen(  # noqa: S603  our own module, in our own environment
            command, env=child_environment(settings), cwd=ROOT, stdout=subprocess.PIPE, stderr=errors, text=True
        )
        try:
            assert process.stdout is not None
            _show(progress, process.stdout)
        except KeyboardInterrupt:
            process.terminate()
            raise SystemExit("training was stopped; the serving model stays as it was") from None
    if process.wait() != 0:
        raise SystemExit(f"training failed, see {log}; the serving model stays as it was")


def _show(progress: Progress, lines: Iterable[str]) -> None:
    """Turn the child's JSON lines {stage, done, of} into bars."""
    tasks: dict[str, Any] = {}
    for line in lines:
        try:
            step = json.loads(line)
            stage, done, of = step["stage"], step["done"], step["of"]
        except (ValueError, KeyError, TypeError):
            continue  # a library's own print
        if stage not in tasks:
            tasks[stage] = progress.add_task(stage, total=of)
        progress.update(tasks[stage], completed=done, total=of)


def _progress() -> Progress:
    columns = (TextColumn("{task.description:<28}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    return Progress(*columns, console=console)


def serve(settings: Settings) -> None:
    """Become the NLU server, at HELPLINE_NLU_URL's port or 5005."""
    port = settings.nlu_url.rpartition(":")[2] if settings.nlu_url else "5005"
    command = _command("serve", "--model", get_model(settings), "--port", port)
    console.print(f"NLU server on http://127.0.0.1:{port}; its token is in {settings.var_dir / 'nlu_token'}")
    os.chdir(ROOT)
    os.execve(command[0], command, child_environment(settings))  # noqa: S606


def predict(settings: Settings, lines: TextIO, out: TextIO) -> int:
    """Pass JSON lines through the current model; return the exit code."""
    command = _command("predict", "--model", get_model(settings))
    process = subprocess.Popen(  # noqa: S603
        command, env=child_environment(settings), cwd=ROOT, stdin=lines, stdout=out, text=True
    )
    return process.wait()


def _command(module: str, *arguments: object) -> list[str]:
    python = find_python()
    if python is None:
        raise SettingsError("HELPLINE_NLU_PYTHON: there is no NLU environment. Run `make setup`.")
    return [str(python), "-m", f"bot.nlu.runtime.{module}", *(str(argument) for argument in arguments)]


# --- checking


def check() -> int:
    """Print how many examples each label has in each variant, and every fault; return 1 if there is any."""
    training, dev = list_training(), list_dev()
    out = Console()
    out.print(_counts(training, dev), crop=False)
    faults = find_faults(training, dev, {label: find_topic(label) for label in list_labels()})
    for fault in faults:
        out.print(fault, markup=False, highlight=False, soft_wrap=True)
    out.print(f"{len(training)} training examples, {len(dev)} development sentences, {len(faults)} faults")
    return 1 if faults else 0


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
    table.add_row("all", *(str(sum(counts[label, variant] for label in list_labels())) for variant in variants))
    table.add_row("dev", *(str(sum(dev_counts[label, variant] for label in list_labels())) for variant in variants))
    return table


# --- measuring


def evaluate(settings: Settings) -> int:
    """Measure the current model on nlu_data/dev; print the tables and write them to VAR_DIR/nlu-test.json."""
    predictions = [_prediction(line) for line in predict_lines(settings, map(asdict, list_dev()))]
    report: dict[str, Any] = {
        "overall": measure(predictions),
        "variants": measure_by(predictions, lambda p: p.variant),
        "topics": measure_by(predictions, lambda p: p.topic),
        "confusions": find_confusions(predictions),
    }
    path = settings.var_dir / "nlu-test.json"
    path.write_text(json.dumps(report, indent=1))
    out = Console()
    for title, groups in (("Variants", {**report["variants"], "all": report["overall"]}), ("Topics", report["topics"])):
        out.print(_table(title, groups))
    for label, said, times in report["confusions"]:
        out.print(f"{times:3} x  {label} taken for {said}", highlight=False)
    console.print(f"Written to {path}")
    return 0


def predict_lines(settings: Settings, lines: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the lines with what the current model says of each `text`."""
    done = subprocess.run(  # noqa: S603
        _command("predict", "--model", get_model(settings)), env=child_environment(settings), cwd=ROOT, text=True,
        stdout=subprocess.PIPE, check=True, input="".join(json.dumps(line) + "\n" for line in lines),
    )  # fmt: skip
    return [json.loads(line) for line in done.stdout.splitlines()]


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


def _table(title: str, groups: dict[str, dict[str, float]]) -> Table:
    table = Table(title=title)
    table.add_column("")
    shown = (
        "messages", "accuracy", "macro_f1", "topic_accuracy", "top_2", "danger_recall", "danger_false_alarms",
        "language_accuracy", "calibration_error",
    )  # fmt: skip
    for name in shown:
        table.add_column(name.replace("_", " "), justify="right")
    for group, figures in groups.items():
        table.add_row(group, *(f"{figures[n]:.0f}" if n == "messages" else f"{figures[n]:.3f}" for n in shown))
    return table
