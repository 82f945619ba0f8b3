"""An upgrade while workers write: migrate, then each process of a split deployment is replaced; nothing is lost."""

import itertools
import os
import signal
import subprocess
import sys
import threading
import time
from collections import Counter, defaultdict
from pathlib import Path

import pytest

from tests.processes.conftest import Engines
from tests.processes.serve import Serve, wait_for
from tests.standins.nlu import NluStandin
from tests.standins.telegram import TelegramStandin

CHATS = 8


class Load(threading.Thread):
    """Writes as Telegram delivers: the same update again until some web process has taken it."""

    def __init__(self, webs: list[Serve]) -> None:
        super().__init__(daemon=True)
        self._webs, self._turns = webs, itertools.count()
        self.written: dict[int, list[int]] = defaultdict(list)
        self.over = False

    def run(self) -> None:
        for number in itertools.count(1):
            if self.over:
                return
            chat = 100 + number % CHATS
            while self._post(number, chat) != 200:
                time.sleep(0.05)
            self.written[chat].append(number)
            time.sleep(0.02)

    def _post(self, number: int, chat: int) -> int:
        web = self._webs[next(self._turns) % len(self._webs)]
        return web.post(f"question {number}", update_id=number, chat=chat)


@pytest.mark.parametrize("engines", ["postgres+redis"], indirect=True)
def test_a_rolling_upgrade_under_load_loses_nothing(
    tmp_path: Path, nlu: NluStandin, telegram: TelegramStandin, engines: Engines
) -> None:
    nlu.forget()
    for name in ("a", "b", "c", "d"):
        (tmp_path / name).mkdir()
    var = {"VAR_DIR": str(tmp_path / "var"), "SEAL_KEYS": "A" * 43 + "=", "SECRET_KEY": "x" * 32}
    webs = [Serve(tmp_path / name, nlu, telegram, "web", **engines.settings, **var) for name in ("a", "b")]
    workers = [Serve(tmp_path / name, nlu, telegram, "worker", **engines.settings, **var) for name in ("c", "d")]
    for process in (*webs, *workers):
        process.start()
    load = Load(webs)
    load.start()
    try:
        wait_for(lambda: len(telegram.sent) > 20, 90)
        _migrate(workers[0])
        for process in (*workers, *webs):
            assert process.stop(signal.SIGTERM) == 0
            process.start()
        wait_for(lambda: engines.ask("SELECT count(*) FROM messages")[0][0] > 100)
    finally:
        load.over = True
        load.join(20)
    count = sum(map(len, load.written.values()))
    handled = "SELECT count(*) FROM messages WHERE handled_at IS NOT NULL"
    wait_for(lambda: engines.ask(handled)[0][0] == count)
    wait_for(lambda: engines.ask("SELECT count(*) FROM outbox WHERE status != 'sent'")[0][0] == 0)
    for process in (*workers, *webs):
        process.stop(signal.SIGTERM)
    assert engines.ask("SELECT count(*) FROM messages")[0][0] == count
    # Each reply once, and in the order of the outbox, which is the order of her messages.
    sent = Counter((call["chat_id"], call["text"]) for call in telegram.sent)
    assert len(telegram.sent) == engines.ask("SELECT count(*) FROM outbox")[0][0], sent.most_common(3)
    ids = engines.ask("SELECT contact_id, CAST(external_id AS INTEGER) FROM outbox ORDER BY contact_id, id")
    assert ids == sorted(ids)
    asked = engines.ask(
        "SELECT contact_id, message_id FROM outbox WHERE message_id IS NOT NULL ORDER BY contact_id, id"
    )
    assert asked == sorted(asked)


def _migrate(like: Serve) -> None:
    command = [sys.executable, "-c", "from bot.cli import main; main()", "migrate"]
    done = subprocess.run(command, env=like.environment, capture_output=True, check=False, timeout=120)
    assert done.returncode == 0, done.stderr[-500:]
    assert os.path.exists(like.environment["HELPLINE_VAR_DIR"])
