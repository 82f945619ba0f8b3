"""The real processes of the helpline in a folder of their own, against stand-ins, to be killed and started again."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import httpx

from bot.bench.server import free_port
from bot.config import ROOT
from tests.standins.nlu import NluStandin
from tests.standins.telegram import TOKEN, TelegramStandin

SECRET = "webhook-secret"


class Serve:
    """`helpline <command>` in a folder; `start` again continues with the same data. `more`: settings without prefix."""

    def __init__(
        self, folder: Path, nlu: NluStandin, telegram: TelegramStandin, command: str = "serve", **more: str
    ) -> None:
        port = free_port()
        self.url = f"http://127.0.0.1:{port}"
        self.log = folder / f"log-{command}"
        settings = {
            "VAR_DIR": str(folder / "var"), "BIND": f"127.0.0.1:{port}", "PUBLIC_URL": self.url, "NLU_URL": nlu.url,
            "NLU_TOKEN": nlu.token, "NLU_TIMEOUT": "20", "TELEGRAM_TOKEN": TOKEN, "TELEGRAM_MODE": "webhook",
            "TELEGRAM_WEBHOOK_SECRET": SECRET, "TELEGRAM_API_BASE": telegram.url, "TELEGRAM_RATE": "0",
            "TELEGRAM_CHAT_RATE": "0", **more,
        }  # fmt: skip
        self.environment = {**os.environ, **{f"HELPLINE_{name}": value for name, value in settings.items()}}
        self._command = command
        self.process: subprocess.Popen[bytes] | None = None

    def start(self, die_at: str = "") -> None:
        """Start it, to kill itself at a step of tests/processes/crash.py if one is named."""
        code = "from tests.processes.crash import main; main()"
        command = [sys.executable, "-c", code, die_at, self._command]
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(command, env=self.environment, stdout=log, stderr=log, cwd=ROOT)
        if self._command != "worker":
            wait_for(lambda: self._answers("/healthz"))

    def stop(self, sign: signal.Signals) -> int:
        assert self.process is not None
        self.process.send_signal(sign)
        return self.process.wait(30)

    def has_died(self) -> bool:
        return self.process is not None and self.process.poll() is not None

    def post(self, text: str, secret: str = SECRET, update_id: int = 1, chat: int = 77) -> int:
        """Return the status, or 0 if the process died over it."""
        person = {"id": chat, "is_bot": False, "first_name": "A", "language_code": "en"}
        place = {"id": chat, "type": "private", "first_name": "A"}
        message = {"message_id": update_id, "date": int(time.time()), "chat": place, "from": person, "text": text}
        headers = {"X-Telegram-Bot-Api-Secret-Token": secret}
        update = {"update_id": update_id, "message": message}
        try:
            return httpx.post(f"{self.url}/webhooks/telegram", json=update, headers=headers, timeout=30).status_code
        except httpx.TransportError:
            return 0

    def _answers(self, path: str) -> bool:
        assert not self.has_died(), f"it ended by itself, see {self.log}"
        try:
            return httpx.get(self.url + path).status_code == 200
        except httpx.TransportError:
            return False


def wait_for(condition: Callable[[], bool], seconds: float = 40) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.05)
