"""Trains a pipeline on a data folder of its own, for measuring only."""

import subprocess
import time
from pathlib import Path

from rich.console import Console

from bot.config import ROOT, Settings
from bot.nlu.child import make_command
from bot.nlu.process import child_environment

console = Console(stderr=True)


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
