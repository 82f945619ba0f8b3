"""Run `helpline serve` as its operator would, in a folder of its own, for as long as a bench takes."""

import asyncio
import os
import shutil
import socket
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from bot.config import load_settings


@dataclass(frozen=True, slots=True)
class Server:
    url: str
    secret: str
    pid: int


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@asynccontextmanager
async def serve_helpline(telegram_url: str) -> AsyncIterator[Server]:
    """Start the whole helpline with Telegram's webhook pointed at the stand-in; wait until all parts are ready."""
    with tempfile.TemporaryDirectory(prefix="helpline-bench-") as folder:
        models = load_settings().var_dir / "models"
        shutil.copytree(models, Path(folder) / "models")  # measured is the serving model, not a fresh one
        port = free_port()
        url, secret = f"http://127.0.0.1:{port}", "bench-secret"
        environment = {
            **os.environ, "HELPLINE_VAR_DIR": folder, "HELPLINE_BIND": f"127.0.0.1:{port}",
            "HELPLINE_PUBLIC_URL": url, "HELPLINE_TELEGRAM_TOKEN": "1:bench", "HELPLINE_TELEGRAM_MODE": "webhook",
            "HELPLINE_TELEGRAM_WEBHOOK_SECRET": secret, "HELPLINE_TELEGRAM_API_BASE": telegram_url,
        }  # fmt: skip
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-c", "from bot.cli import main; main()", "serve", env=environment,
            stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL,
        )  # fmt: skip
        try:
            await _wait_until_ready(url, process)
            yield Server(url, secret, process.pid)
        finally:
            process.terminate()
            await process.wait()


async def _wait_until_ready(url: str, process: asyncio.subprocess.Process) -> None:
    async with httpx.AsyncClient() as client:
        for _ in range(1200):
            if process.returncode is not None:
                raise RuntimeError(f"helpline serve ended with {process.returncode}; try it by hand")
            try:
                if (await client.get(f"{url}/readyz")).status_code == 200:
                    return
            except httpx.TransportError:
                pass
            await asyncio.sleep(0.1)
    raise RuntimeError("helpline serve did not become ready within two minutes")
