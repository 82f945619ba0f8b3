"""Rasa's own HTTP server with the current model, on loopback, with a token; ends when its parent does."""

import argparse
import json
import logging
import os
import sys
import threading
from pathlib import Path


def find_model(models: Path) -> Path:
    """Return the model that current.json names."""
    try:
        return models / json.loads((models / "current.json").read_text())["model"]
    except (OSError, ValueError, KeyError):
        sys.exit(f"no current model in {models}: run `helpline nlu train`")


def end_with_parent() -> None:
    """The parent holds the other end of our standard input; when it is gone, however it went, so are we."""

    def watch() -> None:
        sys.stdin.buffer.read()
        os._exit(0)

    threading.Thread(target=watch, daemon=True).start()


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--models", type=Path, required=True)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--follow-stdin", action="store_true", help="end when standard input ends")
    options = parser.parse_args()
    model = find_model(options.models)
    if options.follow_stdin:
        end_with_parent()
    serve(model, options.port)


def serve(model: Path, port: int) -> None:
    # Rasa's imports take seconds: nothing above waits for them.
    import rasa.core.run
    from rasa.core.utils import AvailableEndpoints

    # Their INFO and DEBUG lines quote the messages they parse.
    logging.disable(logging.WARNING)
    rasa.core.run.serve_application(
        model_path=str(model), channel="rest", interface="127.0.0.1", port=port, enable_api=True,
        auth_token=os.environ.get("HELPLINE_NLU_TOKEN") or None, endpoints=AvailableEndpoints(),
    )  # fmt: skip


if __name__ == "__main__":
    main()
