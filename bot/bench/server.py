"""Run the helpline's processes as its operator would, in a folder of their own, for as long as a bench takes."""

import asyncio
import os
import shutil
import socket
import sys
import tempfile
from collections.abc import AsyncIterator, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

import httpx

from bot.bench.figures import find_in_family
from bot.config import ROOT, Settings, load_settings
from bot.nlu.models import models_dir

READY_WITHIN = 300.0  # seconds; many processes that start at once share the cores
STOP_WITHIN = 30.0
SECRET = "bench-secret"  # noqa: S105  nothing but the bench's own stand-ins knows it
NLU_TOKEN = "bench-token"  # noqa: S105


class Deployment:
    """`helpline serve`, `web` and `worker` with one folder, one address and the same settings."""

    def __init__(self, folder: Path, telegram_url: str, more: Mapping[str, str]) -> None:
        port = free_port()
        self.folder, self.url, self.secret = folder, f"http://127.0.0.1:{port}", SECRET
        settings = {
            "VAR_DIR": str(folder), "BIND": f"127.0.0.1:{port}", "PUBLIC_URL": self.url, "TELEGRAM_TOKEN": "1:bench",
            "TELEGRAM_MODE": "webhook", "TELEGRAM_WEBHOOK_SECRET": SECRET, "TELEGRAM_API_BASE": telegram_url,
            "TELEGRAM_RATE": "0", "TELEGRAM_CHAT_RATE": "0",
            "NLU_TOKEN": NLU_TOKEN, "NLU_PER_MINUTE": "1000", **more,
        }  # fmt: skip
        # Nothing of the operator's own settings: the bench must not write to a real provider or database.
        passed = {name: value for name, value in os.environ.items() if not _is_setting(name)}
        named = {f"HELPLINE_{name}": value for name, value in settings.items()}
        self._environment = {**passed, **named, "PYTHONPATH": str(ROOT)}
        self._processes: list[asyncio.subprocess.Process] = []

    @property
    def pid(self) -> int:
        """The process that was started first."""
        return self._processes[0].pid

    @property
    def pids(self) -> list[int]:
        return [process.pid for process in self._processes]

    async def start(self, command: str) -> None:
        """Start `helpline <command>`; what it logs goes to a file of the folder."""
        with (self.folder / f"{command}.log").open("ab") as log:
            process = await asyncio.create_subprocess_exec(
                sys.executable, "-c", "from bot.cli import main; main()", command, env=self._environment,
                cwd=self.folder, stdout=log, stderr=log,
            )  # fmt: skip
        self._processes.append(process)
        if command != "worker":
            await self._wait_until(command, "/readyz" if command == "serve" else "/healthz")

    async def _wait_until(self, command: str, path: str) -> None:
        process = self._processes[-1]
        async with httpx.AsyncClient(trust_env=False) as client:
            for _ in range(int(READY_WITHIN / 0.1)):
                if process.returncode is not None:
                    raise RuntimeError(f"helpline {command} ended with {process.returncode}:\n{self.read_log(command)}")
                try:
                    if (await client.get(self.url + path)).status_code == 200:
                        return
                except httpx.TransportError:
                    pass
                await asyncio.sleep(0.1)
        raise RuntimeError(f"helpline {command} did not become ready in time:\n{self.read_log(command)}")

    def find_nlu_url(self) -> str:
        """Return where the NLU server listens that `helpline serve` started."""
        command = find_in_family(self.pid, "nlu")
        return f"http://127.0.0.1:{command[command.index('--port') + 1]}"

    def read_log(self, command: str) -> str:
        """Return the end of what a command logged: for a person who looks why something failed."""
        return (self.folder / f"{command}.log").read_text("utf-8", "replace")[-2000:]

    async def stop(self) -> None:
        await asyncio.gather(*(end(process) for process in self._processes))


@asynccontextmanager
async def deploy(
    telegram_url: str, *commands: str, models: Path | None = None, **more: str
) -> AsyncIterator[Deployment]:
    """Start the commands one after the other, each when the one before is ready; end them all afterwards.

    `models`: a folder to copy as that of the models. `more`: settings without prefix.
    """
    with tempfile.TemporaryDirectory(prefix="helpline-bench-") as folder:
        if models is not None:
            shutil.copytree(models, Path(folder) / "models")
        deployment = Deployment(Path(folder), telegram_url, more)
        try:
            for command in commands:
                await deployment.start(command)
            yield deployment
        finally:
            await deployment.stop()


def serve_helpline(telegram_url: str, settings: Settings | None = None) -> AbstractAsyncContextManager[Deployment]:
    """Start the whole helpline with the serving model, not a fresh one; wait until all parts are ready."""
    return deploy(telegram_url, "serve", models=models_dir(settings or load_settings()))


@asynccontextmanager
async def run_beside(name: str, *arguments: object) -> AsyncIterator[tuple[str, int]]:
    """Run `python -m bot.bench.<name> PORT …` until the context ends; give its address and process id."""
    port = free_port()
    command = [sys.executable, "-m", f"bot.bench.{name}", str(port), *(str(each) for each in arguments)]
    process = await asyncio.create_subprocess_exec(*command, cwd=ROOT)
    try:
        await wait_until_open(port, process)
        yield f"http://127.0.0.1:{port}", process.pid
    finally:
        await end(process)


async def wait_until_open(port: int, process: asyncio.subprocess.Process, within: float = READY_WITHIN) -> None:
    """Wait until the process takes connections; raise RuntimeError if it ended or never does."""
    for _ in range(int(within / 0.1)):
        if process.returncode is not None:
            raise RuntimeError(f"a server of the bench ended with {process.returncode}")
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
        except OSError:
            await asyncio.sleep(0.1)
            continue
        writer.close()
        return
    raise RuntimeError("a server of the bench did not open its port")


async def end(process: asyncio.subprocess.Process) -> None:
    """End a process that we started: politely, then for certain."""
    if process.returncode is None:
        process.terminate()
        try:
            await asyncio.wait_for(process.wait(), STOP_WITHIN)
        except TimeoutError:
            process.kill()
            await process.wait()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _is_setting(name: str) -> bool:
    return name.startswith("HELPLINE_") and name != "HELPLINE_NLU_PYTHON"
