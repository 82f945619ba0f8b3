"""Rasa's own HTTP server with our model: `python -m bot.nlu.runtime.serve --model … --port 5005`.

The token comes from HELPLINE_NLU_TOKEN, because command lines can be read by every user of the machine.
"""

import argparse
import ctypes
import os
import sys
import threading
from contextlib import suppress
from functools import partial
from pathlib import Path

from bot.nlu.runtime.quiet import be_quiet


def main() -> None:
    parser = argparse.ArgumentParser(description="Serve the NLU model over HTTP.")
    parser.add_argument("--model", type=Path, required=True)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=5005)
    parser.add_argument("--follow-stdin", action="store_true", help="end when standard input ends")
    options = parser.parse_args()
    token = os.environ.get("HELPLINE_NLU_TOKEN", "")
    if not token:
        sys.exit("HELPLINE_NLU_TOKEN is empty: the NLU server would answer anybody.")
    if not options.model.is_file():
        sys.exit(f"There is no model {options.model}. Train one: helpline nlu train")
    if options.follow_stdin:
        threading.Thread(target=_end_with_parent, daemon=True).start()
    be_quiet()
    _serve(options, token)


def _end_with_parent() -> None:
    """The parent holds the other end of our standard input; when it is gone, however it went, so are we."""
    sys.stdin.buffer.read()
    os._exit(0)


def _give_back(*_: object) -> None:
    """Loading a model leaves much memory that is free and would stay ours."""
    with suppress(OSError, AttributeError):  # another C library than GNU's has no such call
        ctypes.CDLL("libc.so.6").malloc_trim(0)


def _serve(options: argparse.Namespace, token: str) -> None:
    """Run the server as `rasa run --enable-api` does, but without a channel, which would ask for no token."""
    import rasa.core.run as runner
    from rasa.core.utils import AvailableEndpoints

    endpoints = AvailableEndpoints()
    app = runner.configure_app(None, None, token, enable_api=True, endpoints=endpoints, port=options.port)
    load = partial(runner.load_agent_on_start, str(options.model), endpoints, None)
    app.register_listener(load, "before_server_start")
    app.register_listener(_give_back, "after_server_start")
    app.register_listener(runner.close_resources, "after_server_stop")
    app.run(host=options.host, port=options.port, workers=1, access_log=False, debug=False)


if __name__ == "__main__":
    main()
