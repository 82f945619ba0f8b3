"""Train a model, show how far it is, and let it serve only if it is no worse than the one that serves now."""

import json
import subprocess
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from bot.config import ROOT, Settings
from bot.nlu import models
from bot.nlu.child import make_command
from bot.nlu.evaluation import measure_all
from bot.nlu.examples import DATA
from bot.nlu.models import Record
from bot.nlu.process import child_environment

console = Console(stderr=True)

# Shares by which a new model may be worse than the serving one before somebody has to say --accept.
DANGER_MARGIN = 0.01  # recall of danger, over all variants
VARIANT_MARGIN = 0.03  # accuracy of any variant: some six sentences of about 210


class Refused(Exception):
    """The new model is worse than the serving one; the text says where. The serving model stays."""


def train(settings: Settings, *, accept: bool = False) -> None:
    """Train a model and let it serve; raise Refused if it lost too much and `accept` is not given."""
    before = models.find_current(settings)
    record = _train(settings)
    if before is None:
        models.promote(settings, record)  # nothing to compare with; `helpline nlu test` measures it
        return
    record = measure(settings, record)
    losses = find_losses(measure(settings, before).figures, record.figures)
    if losses and not accept:
        models.write_record(settings, record)
        raise Refused(
            "The new model does not serve, because it is worse than the one before:\n  " + "\n  ".join(losses)
            + f"\nIt is kept as {record.model}. Mend the data, or take it all the same: helpline nlu train --accept"
        )  # fmt: skip
    models.promote(settings, replace(record, accepted=losses))


def train_if_stale(settings: Settings) -> None:
    """Train if data, pipeline or components changed. A helpline with yesterday's model is better than none: a new
    model that lost too much is reported, once, and not trained again until something changes."""
    if not models.is_stale(settings):
        return
    if models.is_refused(settings):
        console.print("[yellow]The newest NLU model was refused; the one before it serves. See: helpline nlu train[/]")
        return
    try:
        train(settings)
    except Refused as refusal:
        console.print(str(refusal), markup=False, highlight=False)


def measure(settings: Settings, record: Record) -> Record:
    """Return the record with figures on today's development sets, measured only if they are not there yet."""
    today = models.dev_fingerprint()
    if record.figures and record.dev == today:
        return record
    console.print(f"Measuring {record.model} on the development sets …", highlight=False)
    try:
        figures = measure_all(settings, models.models_dir(settings) / record.model)
    except subprocess.CalledProcessError:
        console.print(f"{record.model} does not run with today's components: nothing to compare with.", highlight=False)
        return record
    return replace(record, figures=figures, dev=today)


def find_losses(before: dict[str, Any], after: dict[str, Any]) -> list[str]:
    """Return a line for every figure that fell by more than its margin; no figures before means no losses."""
    if not before:
        return []
    losses = []
    was, now = before["overall"]["danger_recall"], after["overall"]["danger_recall"]
    if was - now > DANGER_MARGIN:
        losses.append(f"danger recall {was:.3f} -> {now:.3f} (margin {DANGER_MARGIN})")
    for variant in before["variants"]:
        was = before["variants"][variant]["accuracy"]
        now = after["variants"].get(variant, {}).get("accuracy", 0.0)
        if was - now > VARIANT_MARGIN:
            losses.append(f"{variant} accuracy {was:.3f} -> {now:.3f} (margin {VARIANT_MARGIN})")
    return losses


def _train(settings: Settings) -> Record:
    folder = models.models_dir(settings)
    folder.mkdir(parents=True, exist_ok=True)
    log = folder.parent / "nlu-train.log"
    name = models.fingerprint()
    command = make_command("train", "--data", DATA, "--config", models.CONFIG, "--out", folder, "--fingerprint", name)
    with log.open("w") as errors, _progress() as progress:
        process = subprocess.Popen(  # noqa: S603  our own module, in our own environment
            command, env=child_environment(settings), cwd=ROOT, stdout=subprocess.PIPE, stderr=errors, text=True
        )
        try:
            assert process.stdout is not None
            model = _show(progress, process.stdout)
        except KeyboardInterrupt:
            process.terminate()
            raise SystemExit("training was stopped; the serving model stays as it was") from None
    if process.wait() != 0 or not model:
        raise SystemExit(f"training failed, see {log}; the serving model stays as it was")
    return models.read_record(settings, model)


def _show(progress: Progress, lines: Iterable[str]) -> str:
    """Turn the child's JSON lines {stage, done, of} into bars; return the name of the model it saved."""
    tasks: dict[str, Any] = {}
    for line in lines:
        try:
            step = json.loads(line)
            if step["stage"] == "saved":
                return str(step["model"])
            stage, done, of = step["stage"], step["done"], step["of"]
        except (ValueError, KeyError, TypeError):
            continue  # a library's own print
        if stage not in tasks:
            tasks[stage] = progress.add_task(stage, total=of)
        progress.update(tasks[stage], completed=done, total=of)
    return ""


def _progress() -> Progress:
    columns = (TextColumn("{task.description:<28}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    return Progress(*columns, console=console)
