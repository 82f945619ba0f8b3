"""Train the NLU model: `python -m bot.nlu.runtime.train --data nlu_data --config config.yml --out var/models`.

Progress goes to standard output as JSON lines {"stage", "done", "of"}, the last one {"stage": "saved", "model": ...}.
"""

import argparse
import json
import os
import sys
import tempfile
from collections import Counter
from datetime import datetime, timezone
from pathlib import Path
from typing import Any, Dict

from bot.nlu.runtime.quiet import be_quiet


def main() -> None:
    options = _read_options()
    be_quiet()
    progress = _claim_stdout()
    with tempfile.TemporaryDirectory(prefix="helpline-nlu-") as scratch:
        os.environ["RASA_CACHE_DIRECTORY"] = scratch
        tempfile.tempdir = scratch
        model = _train(options, progress)
    _write_record(options, model)
    _say(progress, stage="saved", model=model.name)


def _read_options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Train the NLU model.")
    parser.add_argument("--data", type=Path, required=True, help="folder with one folder per variant")
    parser.add_argument("--config", type=Path, required=True, help="the pipeline")
    parser.add_argument("--out", type=Path, required=True, help="folder for the model and its record")
    parser.add_argument("--fingerprint", default="unknown", help="names the model; see bot.nlu.models")
    return parser.parse_args()


def _train(options: argparse.Namespace, progress: Any) -> Path:
    _say(progress, stage="loading", done=0, of=1)
    from rasa.model_training import train_nlu  # slow to import; say so first

    from bot.nlu.components.progress import listen

    listen(lambda stage, done, of: _say(progress, stage=stage, done=done, of=of))
    _say(progress, stage="loading", done=1, of=1)
    name = f"helpline-{options.fingerprint[:16]}.tar.gz"
    options.out.mkdir(parents=True, exist_ok=True)
    result = train_nlu(str(options.config), str(options.data), str(options.out), fixed_model_name=name)
    if not result:
        raise SystemExit(f"No usable examples in {options.data}.")
    return Path(result)


def _write_record(options: argparse.Namespace, model: Path) -> None:
    """Put beside the model what it was made of; which model serves is decided by whoever asked for the training."""
    record = {
        "model": model.name,
        "fingerprint": options.fingerprint,
        "trained_at": datetime.now(timezone.utc).isoformat(timespec="seconds"),
        "counts": _count(options.data),
    }
    (options.out / f"{model.name}.json").write_text(json.dumps(record, indent=2) + "\n")


def _count(data: Path) -> Dict[str, int]:
    """Return the number of examples of each variant."""
    from bot.nlu.runtime.importer import VariantImporter

    examples = VariantImporter(training_data_paths=str(data)).get_nlu_data().training_examples
    return dict(Counter(example.get("metadata")["intent"]["variant"] for example in examples))


def _claim_stdout() -> Any:
    """Keep standard output for progress; whatever Rasa prints goes to standard error."""
    progress = os.fdopen(os.dup(sys.stdout.fileno()), "w", buffering=1)
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    return progress


def _say(progress: Any, **line: Any) -> None:
    progress.write(json.dumps(line) + "\n")


if __name__ == "__main__":
    main()
