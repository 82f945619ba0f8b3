"""A stock Rasa assistant of the same labels: the project written, trained and run as its documentation says."""

import asyncio
import os
import tempfile
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import yaml

from bot.bench.server import end, free_port, wait_until_open
from bot.bench.training import Sentence, write_training
from bot.config import SettingsError
from bot.nlu.process import find_python

PIPELINE = Path(__file__).with_name("stock.yml")
# Rules answer every label, so nothing falls back; and nothing of ours may be in it.
LEFT_OUT = frozenset({"EntitySynonymMapper", "FallbackClassifier"})


def write_project(folder: Path, sentences: Sequence[Sentence]) -> None:
    """Write config, domain, rules, training data and endpoints: each label has one rule, and it one text."""
    labels = sorted({label for _, label in sentences})
    pipeline = [each for each in yaml.safe_load(PIPELINE.read_text())["pipeline"] if each["name"] not in LEFT_OUT]
    files = {
        "config.yml": {
            "recipe": "default.v1", "assistant_id": "stock", "language": "en", "pipeline": pipeline,
            "policies": [{"name": "RulePolicy"}],
        },
        "domain.yml": {
            "version": "3.1", "intents": labels,
            "responses": {f"utter_{label}": [{"text": f"This is the answer about {label}."}] for label in labels},
        },
        "data/rules.yml": {
            "version": "3.1",
            "rules": [
                {"rule": label, "steps": [{"intent": label}, {"action": f"utter_{label}"}]} for label in labels
            ],
        },
        "credentials.yml": {"rest": None},
        "endpoints.yml": {"tracker_store": {"type": "SQL", "dialect": "sqlite", "db": str(folder / "tracker.db")}},
    }  # fmt: skip
    write_training(folder / "data" / "nlu", sentences)
    for name, content in files.items():
        (folder / name).write_text(yaml.safe_dump(content, sort_keys=False), "utf-8")


@asynccontextmanager
async def make_project(sentences: Sequence[Sentence]) -> AsyncIterator[Path]:
    """Write and train the project in a folder that goes afterwards."""
    with tempfile.TemporaryDirectory(prefix="helpline-bench-rasa-") as scratch:
        folder = Path(scratch)
        write_project(folder, sentences)
        process = await _start(folder, "train", "--fixed-model-name", "stock")
        if await process.wait() != 0:
            raise RuntimeError(f"training the stock project failed:\n{_read_end(folder)}")
        yield folder


@asynccontextmanager
async def run_project(folder: Path) -> AsyncIterator[tuple[str, int]]:
    """Run `rasa run` with the REST channel and its API; give its address and process id."""
    port = free_port()
    process = await _start(
        folder, "run", "--model", "models/stock.tar.gz", "--endpoints", "endpoints.yml", "--credentials",
        "credentials.yml", "--interface", "127.0.0.1", "--port", str(port), "--enable-api",
    )  # fmt: skip
    try:
        await wait_until_open(port, process)
        yield f"http://127.0.0.1:{port}", process.pid
    finally:
        await end(process)


async def _start(folder: Path, *arguments: str) -> asyncio.subprocess.Process:
    python = find_python()
    if python is None:
        raise SettingsError("HELPLINE_NLU_PYTHON: there is no NLU environment. Run `make setup`.")
    passed = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "TMPDIR") if name in os.environ}
    environment = {
        **passed, "RASA_TELEMETRY_ENABLED": "false", "TF_CPP_MIN_LOG_LEVEL": "3", "PYTHONWARNINGS": "ignore",
        "SQLALCHEMY_SILENCE_UBER_WARNING": "1",
    }  # fmt: skip
    with (folder / "log").open("ab") as log:
        return await asyncio.create_subprocess_exec(
            str(python), "-m", "rasa", *arguments, cwd=folder, env=environment, stdout=log, stderr=log
        )


def _read_end(folder: Path) -> str:
    return (folder / "log").read_text("utf-8", "replace")[-2000:]
