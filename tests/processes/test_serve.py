"""The real processes: `helpline serve` against stand-ins for Telegram and NLU, killed and started again."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.processes.serve import Serve, wait_for
from tests.standins.nlu import NluStandin
from tests.standins.telegram import TOKEN, TelegramStandin

WORDS = "madam did not pay me"


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
