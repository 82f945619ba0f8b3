"""The NLU server as a child process: started, watched, started again when it dies, stopped with us."""

import asyncio
import contextlib
import json
import os
import signal
import socket
from pathlib import Path

import httpx
import structlog

from bot.clock import pause
from bot.config import ROOT, Settings

log = structlog.get_logger()

START_WITHIN = 120.0  # seconds; importing TensorFlow on a small cold machine takes a while
STOP_WITHIN = 5.0
DELAYS = (1, 2, 5, 15, 60)  # seconds before the next start; the last is repeated

# The child needs nothing of our environment but these: no database URL, no token of a provider.
_PASSED_ON = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "LD_LIBRARY_PATH", "OMP_NUM_THREADS")


def find_python() -> Path | None:
    """Return the interpreter of the NLU environment, or None if it was not set up."""
    named = os.environ.get("HELPLINE_NLU_PYTHON")
    path = Path(named) if named else ROOT / ".venv-nlu" / "bin" / "python"
    return path if path.exists() else None


def child_environment(settings: Settings) -> dict[str, str]:
    """Return what a process in the NLU environment may know: the way to our code and its own token."""
    passed = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
    return {
        **passed,
        "PYTHONPATH": str(ROOT),
        "HELPLINE_NLU_TOKEN": settings.nlu_token.get_secret_value(),
        "RASA_TELEMETRY_ENABLED": "false",
        "TF_CPP_MIN_LOG_LEVEL": "3",
        "PYTHONWARNINGS": "ignore",
        "SQLALCHEMY_SILENCE_UBER_WARNING": "1",
    }


def server_environment(settings: Settings) -> dict[str, str]:
    """The same for a server, which has one thread for a sentence unless OMP_NUM_THREADS says otherwise.

    Two threads read a sentence a tenth faster and use half as much processor again: more servers do better.
    """
    return {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", **child_environment(settings)}


class NluProcess:
    """`run` keeps the server alive until told to stop; `state` is starting, ready or dead."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._port = _free_port()
        self.url = f"http://127.0.0.1:{self._port}"
        self.state = "starting"
        self.starts = 0

    async def run(self, stop: asyncio.Event) -> None:
        while not stop.is_set():
            process = await self._start()
            self.starts += 1
            await self._watch(process, stop)
            await _end(process)
            if not stop.is_set():
                self.state = "dead"
                delay = DELAYS[min(self.starts, len(DELAYS)) - 1]
                log.error("nlu_died", exit_code=process.returncode, next_start_in=delay)
                await pause(stop, delay)

    async def _start(self) -> asyncio.subprocess.Process:
        python = find_python()
        if python is None:
            raise RuntimeError("there is no NLU environment: run `make setup`")
        self.state = "starting"
        log.info("nlu_starting")
        return await asyncio.create_subprocess_exec(
            str(python), "-m", "bot.nlu.runtime.serve", "--model", str(self._model()),
            "--port", str(self._port), "--follow-stdin", env=server_environment(self._settings), cwd=ROOT,
            stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL,
            start_new_session=True,  # Ctrl-C in our terminal is for us; we stop it in order
        )  # fmt: skip

    def _model(self) -> Path:
        models = self._settings.var_dir.resolve() / "models"
        return models / str(json.loads((models / "current.json").read_text())["model"])

    async def _watch(self, process: asyncio.subprocess.Process, stop: asyncio.Event) -> None:
        """Return when the process ended or we are to stop; note when it has become ready."""
        ended, stopped = asyncio.create_task(process.wait()), asyncio.create_task(stop.wait())
        ready = asyncio.create_task(self._await_ready())
        await asyncio.wait({ended, stopped}, return_when=asyncio.FIRST_COMPLETED)
        for task in (ended, stopped, ready):
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task

    async def _await_ready(self) -> None:
        query = {"token": self._settings.nlu_token.get_secret_value()}
        async with httpx.AsyncClient(base_url=self.url, timeout=5, trust_env=False) as client:
            for _ in range(int(START_WITHIN / 0.2)):
                with contextlib.suppress(httpx.HTTPError, ValueError):
                    response = await client.get("/status", params=query)
                    if response.status_code == 200 and response.json().get("model_file"):
                        self.state = "ready"
                        log.info("nlu_ready")
                        return
                await asyncio.sleep(0.2)


async def _end(process: asyncio.subprocess.Process) -> None:
    """Stop the whole process group: politely, then for certain."""
    for sign, seconds in ((signal.SIGTERM, STOP_WITHIN), (signal.SIGKILL, STOP_WITHIN)):
        if process.returncode is not None:
            return
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, sign)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(process.wait(), seconds)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
