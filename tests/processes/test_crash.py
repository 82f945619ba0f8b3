"""Killed with -9 at every step of the way and started again: nothing lost, order kept, nothing said twice.

On SQLite, and on PostgreSQL with Redis where both answer on this machine. The one window that no program can close,
between the provider's yes and our note of it, ends as "ambiguous" and is never repeated by itself.
"""

import os
import signal
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.content.phrases import load_catalogue
from tests.processes.conftest import Engines
from tests.processes.crash import ERASING, STEPS
from tests.processes.serve import Serve, wait_for
from tests.standins.nlu import NluStandin
from tests.standins.telegram import TelegramStandin

FIRST, SECOND = "madam did not pay me", "is it legal"
# Each run starts the processes twice: `make test` tries the steps where most can go wrong, `make test-crash` all.
SHORT = ("committed, not yet acknowledged", "applied, not yet committed", "with the provider, not yet noted")
TRIED = tuple(STEPS) if os.environ.get("HELPLINE_TEST_ALL") else SHORT
# What is noted and the claim of the next row are one transaction: dying after it leaves that row claimed.
UNSETTLED = {"claimed, not yet with the provider", "with the provider, not yet noted", "noted, more to send"}


@pytest.fixture
def serve(tmp_path: Path, nlu: NluStandin, telegram: TelegramStandin, engines: Engines) -> Iterator[Serve]:
    nlu.forget()
    nlu.hears(FIRST, ("wages_unpaid", 0.95))
    nlu.hears(SECOND, ("fee_legality", 0.95))
    serve = Serve(tmp_path, nlu, telegram, **engines.settings)
    yield serve
    nlu.gate.set()
    if not serve.has_died():
        serve.stop(signal.SIGKILL)


def is_settled(engines: Engines) -> bool:
    handled = engines.ask("SELECT count(*) FROM messages WHERE handled_at IS NOT NULL")[0][0]
    open_rows = engines.ask("SELECT count(*) FROM outbox WHERE status IN ('queued', 'sending', 'errored')")[0][0]
    return bool(handled == 2 and not open_rows)


@pytest.mark.parametrize("step", TRIED)
def test_killed_at_a_step_it_loses_nothing_and_says_nothing_twice(
    step: str, serve: Serve, engines: Engines, telegram: TelegramStandin, nlu: NluStandin
) -> None:
    serve.start(die_at=step)
    if step == "inside a sweep":
        nlu.gate.clear()  # something must be unhandled when it sweeps
    messages = {1: FIRST, 2: SECOND}
    unacknowledged = [number for number in messages if serve.post(messages[number], update_id=number) != 200]
    wait_for(serve.has_died, 20)
    nlu.gate.set()
    serve.start()
    for number in unacknowledged:  # the provider delivers again what was not acknowledged
        assert serve.post(messages[number], update_id=number) == 200
    wait_for(lambda: is_settled(engines), 40)
    rows = engines.ask("SELECT id, status, external_id, message_id, key FROM outbox ORDER BY id")
    statuses = Counter(row[1] for row in rows)
    assert statuses["ambiguous"] == (1 if step in UNSETTLED else 0), statuses
    assert statuses["sent"] == len(rows) - statuses["ambiguous"], statuses
    noted = statuses["sent"] + (1 if step == "with the provider, not yet noted" else 0)
    assert len(telegram.sent) == noted
    assert len({row[4] for row in rows}) == len(rows)
    answered = [row[3] for row in rows if row[3]]
    assert answered == sorted(answered)
    assert len(set(answered)) == 2


@pytest.mark.parametrize("engines", ["postgres+redis"], indirect=True)
def test_a_worker_that_was_paused_past_its_lease_writes_nothing(
    tmp_path: Path, nlu: NluStandin, telegram: TelegramStandin, engines: Engines
) -> None:
    nlu.forget()
    nlu.hears(FIRST, ("wages_unpaid", 0.95))
    nlu.gate.clear()
    first = Serve(tmp_path, nlu, telegram, **engines.settings)
    second = Serve(tmp_path, nlu, telegram, "worker", **engines.settings)
    try:
        first.start()
        assert first.post(FIRST) == 200
        wait_for(lambda: nlu.waiting > 0)
        assert first.process is not None
        first.process.send_signal(signal.SIGSTOP)
        nlu.gate.set()
        second.start()
        wait_for(lambda: engines.ask("SELECT count(*) FROM messages WHERE handled_at IS NOT NULL")[0][0] == 1)
        wait_for(lambda: not engines.ask("SELECT 1 FROM outbox WHERE status <> 'sent'"))
        before = len(telegram.sent)
        first.process.send_signal(signal.SIGCONT)
        time.sleep(4)
        assert len(telegram.sent) == before
        assert engines.ask("SELECT count(*) FROM decisions")[0][0] == 1
        assert b"lease_lost" in first.log.read_bytes()
    finally:
        for process in (first, second):
            if process.process and not process.has_died():
                process.process.send_signal(signal.SIGCONT)
                process.stop(signal.SIGKILL)


@pytest.mark.parametrize("step", ERASING if os.environ.get("HELPLINE_TEST_ALL") else list(ERASING)[:1])
def test_killed_inside_an_erasure_it_ends_it_and_sends_one_receipt(
    step: str, serve: Serve, engines: Engines, telegram: TelegramStandin
) -> None:
    phrases = load_catalogue()
    written = {1: FIRST, 2: "delete", 3: phrases.say("choice.erase:yes", "en")}
    serve.start(die_at=step)
    for number, said in written.items():
        assert serve.post(said, update_id=number) == 200
        if number < 3:
            wait_for(lambda number=number: engines.ask("SELECT count(*) FROM decisions")[0][0] == number)
    wait_for(serve.has_died, 20)
    serve.start()
    wait_for(lambda: engines.ask("SELECT count(*) FROM contacts")[0][0] == 0)
    left = [
        engines.ask(f"SELECT count(*) FROM {table}")[0][0] for table in ("messages", "outbox", "decisions", "media")
    ]
    assert left == [0, 0, 0, 0]
    receipts = [call["text"] for call in telegram.sent].count(phrases.say("erased", "en"))
    # Died at the hand-over: nobody knows whether the receipt left, so it is not said again; she is gone all the same.
    assert receipts == (0 if step == "words gone, receipt not yet sent" else 1)
    assert engines.ask("SELECT count(*) FROM audit WHERE action = 'contact:erased'")[0][0] == 1
