"""Runs the model's own programs (bot.nlu.runtime) in the NLU environment."""

import json
import os
import subprocess
from collections.abc import Iterable
from pathlib import Path
from typing import Any, TextIO

from rich.console import Console

from bot.config import ROOT, Settings, SettingsError
from bot.nlu.models import get_current
from bot.nlu.process import child_environment, find_python, server_environment

console = Console(stderr=True)


def make_command(module: str, *arguments: object) -> list[str]:
    """Return the command line of `bot.nlu.runtime.<module>`; raise SettingsError without an NLU environment."""
    python = find_python()
    if python is None:
        raise SettingsError("HELPLINE_NLU_PYTHON: there is no NLU environment. Run `make setup`.")
    return [str(python), "-m", f"bot.nlu.runtime.{module}", *(str(argument) for argument in arguments)]


def serve(settings: Settings) -> None:
    """Become the NLU server, at HELPLINE_NLU_URL's port or 5005."""
    port = settings.nlu_url.rpartition(":")[2] if settings.nlu_url else "5005"
    command = make_command("serve", "--model", get_current(settings), "--port", port)
    console.print(f"NLU server on http://127.0.0.1:{port}; its token is in {settings.var_dir / 'nlu_token'}")
    os.chdir(ROOT)
    os.execve(command[0], command, server_environment(settings))  # noqa: S606


def predict(settings: Settings, lines: TextIO, out: TextIO) -> int:
    """Pass JSON lines through the serving model; return the exit code."""
    command = make_command("predict", "--model", get_current(settings))
    process = subprocess.Popen(  # noqa: S603  our own module, in our own environment
        command, env=child_environment(settings), cwd=ROOT, stdin=lines, stdout=out, text=True
    )
    return process.wait()


def predict_lines(settings: Settings, model: Path, lines: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the lines with what a model says of each `text`. For sentences of ours: their vectors are kept."""
    command = make_command("predict", "--model", model, "--own-sentences")
    done = subprocess.run(  # noqa: S603  as above
        command, env=child_environment(settings), cwd=ROOT, text=True, stdout=subprocess.PIPE, check=True,
        input="".join(json.dumps(line) + "\n" for line in lines),
    )  # fmt: skip
    return [json.loads(line) for line in done.stdout.splitlines()]
