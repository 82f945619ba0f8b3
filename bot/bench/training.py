"""Trains a pipeline on a data folder of its own, for measuring only."""

import subprocess
import time
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path

import yaml
from rich.console import Console

from bot.config import ROOT, Settings
from bot.nlu.child import make_command
from bot.nlu.process import child_environment

console = Console(stderr=True)

Sentence = tuple[str, str]  # text, intent


def train(settings: Settings, title: str, *, data: Path, config: Path, out: Path) -> Path:
    """Train and return the model; it does not serve. Ends the program with what went wrong if it fails."""
    started = time.perf_counter()
    with console.status(f"Training {title} …"):
        done = subprocess.run(  # noqa: S603  our own module, in our own environment
            make_command("train", "--data", data, "--config", config, "--out", out),
            env=child_environment(settings), cwd=ROOT, capture_output=True, text=True, check=False,
        )  # fmt: skip
    if done.returncode != 0:
        raise SystemExit(f"training {title} failed:\n{done.stderr[-2000:]}")
    console.print(f"Trained {title} in {time.perf_counter() - started:.0f} s", highlight=False)
    return next(out.glob("*.tar.gz"))


def write_training(folder: Path, sentences: Iterable[Sentence]) -> None:
    """Write Rasa's training format, one file."""
    by_intent = defaultdict(list)
    for text, intent in sentences:
        by_intent[intent].append(f"- {' '.join(text.split())}\n")
    blocks = [{"intent": intent, "examples": "".join(lines)} for intent, lines in sorted(by_intent.items())]
    folder.mkdir(parents=True)
    (folder / "all.yml").write_text(yaml.safe_dump({"version": "3.1", "nlu": blocks}), "utf-8")
