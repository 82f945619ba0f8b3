"""The real processes: `helpline serve` against stand-ins for Telegram and NLU, killed and started again."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from bot.bench.server import free_port
from tests.standins.nlu import NluStandin
from tests.standins.telegram import TOKEN, TelegramStandin

SECRET = "webhook-secret"
WORDS = "madam did not pay me"


class Serve:
    """`helpline serve` in a folder of its own; `start` again continues with the same data."""

    def __init__(self, folder: Path, nlu: NluStandin, telegram: TelegramStandin) -> None:
        port = free_port()
        self.url = f"http://127.0.0.1:{port}"
        self.log = folder / "log"
        self._environment = {
            **os.environ, "HELPLINE_VAR_DIR": str(folder / "var"), "HELPLINE_BIND": f"127.0.0.1:{port}",
            "HELPLINE_PUBLIC_URL": self.url, "HELPLINE_NLU_URL": nlu.url, "HELPLINE_NLU_TOKEN": nlu.token,
            "HELPLINE_NLU_TIMEOUT": "20", "HELPLINE_TELEGRAM_TOKEN": TOKEN, "HELPLINE_TELEGRAM_MODE": "webhook",
            "HELPLINE_TELEGRAM_WEBHOOK_SECRET": SECRET, "HELPLINE_TELEGRAM_API_BASE": telegram.url,
        }  # fmt: skip
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        command = [sys.executable, "-c", "from bot.cli import main; main()", "serve"]
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(command, env=self._environment, stdout=log, stderr=log)
        wait_for(lambda: self._answers("/healthz"))

    def stop(self, sign: signal.Signals) -> int:
        assert self.process is not None
        self.process.send_signal(sign)
        return self.process.wait(30)

    def post(self, text: str, secret: str = SECRET, update_id: int = 1) -> int:
        person = {"id": 77, "is_bot": False, "first_name": "A", "language_code": "en"}
        chat = {"id": 77, "type": "private", "first_name": "A"}
        message = {"message_id": update_id, "date": int(time.time()), "chat": chat, "from": person, "text": text}
        headers = {"X-Telegram-Bot-Api-Secret-Token": secret}
        update = {"update_id": update_id, "message": message}
        return httpx.post(f"{self.url}/webhooks/telegram", json=update, headers=headers).status_code

    def _answers(self, path: str) -> bool:
        try:
            return httpx.get(self.url + path).status_code == 200
        except httpx.TransportError:
            return False


def wait_for(condition: Callable[[], bool], seconds: float = 40) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.05)


@pytest.fixture
def telegram() -> Iterator[TelegramStandin]:
    with TelegramStandin() as standin:
        yield standin


@pytest.fixture
def serve(tmp_path: Path, nlu: NluStandin, telegram: TelegramStandin) -> Iterator[Serve]:
    nlu.forget()
    nlu.hears(WORDS, ("wages_unpaid", 0.95))
    serve = Serve(tmp_path, nlu, telegram)
    serve.start()
    yield serve
    nlu.gate.set()
    if serve.process and serve.process.poll() is None:
        serve.stop(signal.SIGKILL)


def texts(telegram: TelegramStandin) -> list[str]:
    return [call["text"] for call in telegram.sent]


def test_killed_between_accepting_and_answering_it_answers_after_the_restart(
    serve: Serve, nlu: NluStandin, telegram: TelegramStandin
) -> None:
    nlu.gate.clear()
    assert serve.post(WORDS) == 200
    serve.stop(signal.SIGKILL)
    assert texts(telegram) == []
    nlu.gate.set()
    serve.start()
    wait_for(lambda: len(texts(telegram)) >= 3)
    time.sleep(1)
    assert len(texts(telegram)) == len(set(texts(telegram)))


def test_the_same_webhook_twice_gets_one_answer_and_a_forged_one_none(serve: Serve, telegram: TelegramStandin) -> None:
    assert serve.post(WORDS, secret="forged") == 403
    assert [serve.post(WORDS), serve.post(WORDS)] == [200, 200]
    wait_for(lambda: len(texts(telegram)) >= 3)
    time.sleep(1)
    assert len(texts(telegram)) == len(set(texts(telegram)))


def test_ctrl_c_stops_cleanly(serve: Serve) -> None:
    assert serve.stop(signal.SIGINT) == 0
    assert "Traceback" not in serve.log.read_text()


def test_its_log_holds_no_words_names_or_tokens(serve: Serve, telegram: TelegramStandin) -> None:
    serve.post(WORDS)
    wait_for(lambda: len(texts(telegram)) >= 3)
    serve.stop(signal.SIGINT)
    log = serve.log.read_text()
    assert "message_handled" in log
    assert WORDS not in log
    assert TOKEN not in log


def test_a_wrong_setting_stops_it_with_its_name(tmp_path: Path) -> None:
    environment = {**os.environ, "HELPLINE_BIND": "nonsense", "HELPLINE_VAR_DIR": str(tmp_path)}
    command = [sys.executable, "-c", "from bot.cli import main; main()", "serve"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=30, check=False)
    assert done.returncode == 2
    assert "HELPLINE_BIND" in done.stderr
    assert "127.0.0.1:8000" in done.stderr
