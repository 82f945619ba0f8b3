"""The bench's own tools: load generator, percentiles, and the checker of what was lost, doubled or misordered."""

import asyncio
import io
import json
from collections import Counter

import httpx
import pytest
from rich.console import Console

from bot.bench import table
from bot.bench.burst import HELP, plan
from bot.bench.check import Reply, Verdict, check, find_first_replies
from bot.bench.figures import Part, percentile
from bot.bench.load import Connection, drive
from bot.bench.plans import Plan
from bot.bench.telegram import Arrival, Faults, TelegramStandin, Writers, compose_update
from bot.config import SettingsError
from bot.messages import Status
from bot.nlu.lexicon import load_lexicon

FINE = Verdict(lost=0, doubled=0, out_of_order=0, astray=0)
# Chat 7 wrote messages 1 and 3, chat 8 wrote 2; message 1 got two bubbles.
WRITTEN = {1: 7, 2: 8, 3: 7}
REPLIES = [Reply(row, answers, row + 100, Status.SENT) for row, answers in ((1, 1), (2, 1), (3, 2), (4, 3))]
ARRIVALS = [
    Arrival(0.1, 7, 101, "a"), Arrival(0.2, 8, 103, "a"), Arrival(0.3, 7, 102, "b"), Arrival(0.4, 7, 104, "a"),
]  # fmt: skip


def test_a_load_without_faults_is_judged_so() -> None:
    assert check(WRITTEN, REPLIES, ARRIVALS) == FINE
    assert find_first_replies(REPLIES, ARRIVALS) == {1: 0.1, 2: 0.2, 3: 0.4}


def test_a_message_without_reply_and_a_bubble_that_did_not_arrive_are_lost() -> None:
    assert check({**WRITTEN, 4: 7}, REPLIES, ARRIVALS).lost == 1
    assert check(WRITTEN, REPLIES, ARRIVALS[:2] + ARRIVALS[3:]).lost == 1
    assert check(WRITTEN, [*REPLIES, Reply(5, 2, None, Status.FAILED)], ARRIVALS).lost == 1


def test_a_reply_that_arrived_twice_is_doubled_whether_or_not_the_outbox_knows() -> None:
    again = Arrival(0.5, 7, 105, "a")
    assert check(WRITTEN, REPLIES, [*ARRIVALS, again]).doubled == 1
    assert check(WRITTEN, [*REPLIES, Reply(5, 3, 105, Status.SENT)], [*ARRIVALS, again]).doubled == 1


def test_replies_in_another_order_than_her_messages_are_out_of_order() -> None:
    first, other, second, third = ARRIVALS
    assert check(WRITTEN, REPLIES, [third, other, first, second]).out_of_order == 2
    assert check(WRITTEN, REPLIES, [second, other, first, third]).out_of_order == 1
    assert check(WRITTEN, REPLIES, [other, first, second, third]) == FINE


def test_a_reply_to_the_wrong_person_is_astray() -> None:
    assert check(WRITTEN, REPLIES, [*ARRIVALS[:3], Arrival(0.4, 8, 104, "c")]).astray == 1


def test_percentiles_are_of_the_nearest_rank() -> None:
    values = [float(value) for value in range(100, 0, -1)]
    assert (percentile(values, 0.5), percentile(values, 0.99), percentile(values, 1)) == (51, 100, 100)
    assert (percentile([3.0], 0.99), percentile([], 0.5)) == (3, 0)


async def test_the_generator_sends_each_turn_once_and_no_more_at_a_time_than_told() -> None:
    standin, seen, now, most = TelegramStandin(), Counter[int](), 0, 0
    async with standin.serve() as url:

        async def send(connection: Connection, turn: int) -> int:
            nonlocal now, most
            now += 1
            most = max(most, now)
            answer = await connection.post("/bot1:bench/sendMessage", b"chat_id=7&text=hello+there")
            now -= 1
            seen[turn] += 1
            return answer.status

        run = await drive(url, send, in_flight=5, count=40)
    assert run.results == [200] * 40
    assert seen == dict.fromkeys(range(40), 1)
    assert most == 5
    assert [(each.chat, each.text) for each in standin.arrivals] == [(7, "hello there")] * 40


async def test_what_the_server_refuses_reaches_whoever_drives() -> None:
    standin = TelegramStandin()
    async with standin.serve() as url:

        async def send(connection: Connection, turn: int) -> None:
            raise RuntimeError(str(turn))

        with pytest.raises(ExceptionGroup):
            await drive(url, send, in_flight=2, count=2)


async def test_a_writer_is_answered_by_the_next_message_to_her_chat() -> None:
    """A tiny helpline: it accepts an update and answers a moment later."""
    standin = TelegramStandin()
    seen: list[tuple[int, str]] = []
    async with standin.serve() as url, httpx.AsyncClient() as client:

        async def reply(chat: int) -> None:
            await client.post(f"{url}/bot1:bench/sendMessage", data={"chat_id": chat, "text": "yes"})

        class Helpline(Connection):
            async def post(self, path: str, body: bytes, headers=None):  # type: ignore[no-untyped-def]
                message = json.loads(body)["message"]
                seen.append((message["chat"]["id"], message["text"]))
                asyncio.get_running_loop().create_task(reply(message["chat"]["id"]))
                return type("Answer", (), {"status": 200})

        writers = Writers(standin, ["one", "two"], contacts=3)
        exchanges = [await writers.exchange(Helpline(url)) for _ in range(4)]
    assert all(each.answered and each.answered >= each.accepted for each in exchanges)
    chats = [chat for chat, _ in seen]
    assert len(set(chats[:3])) == 3
    assert chats[3] == chats[0]
    assert [text for _, text in seen] == ["one", "two", "one", "two"]


async def test_a_share_of_sends_is_refused_and_not_taken() -> None:
    standin = TelegramStandin(Faults(rate_limited=0.3, server_error=0.3))
    async with standin.serve() as url, httpx.AsyncClient() as client:
        answers = [
            (await client.post(f"{url}/bot1:bench/sendMessage", data={"chat_id": 1, "text": "x"})) for _ in range(60)
        ]  # fmt: skip
    statuses = Counter(answer.status_code for answer in answers)
    assert statuses[429] == standin.refused[429] > 0
    assert statuses[500] == standin.refused[500] > 0
    assert len(standin.refusals) == sum(standin.refused.values())
    assert statuses[200] == len(standin.arrivals) > 0
    limited = next(answer for answer in answers if answer.status_code == 429)
    assert limited.json()["parameters"] == {"retry_after": 1}


def test_a_burst_has_its_danger_late_and_in_words_that_the_lexicon_hears() -> None:
    burst = plan(400, 80, 4, ["is it legal"])
    assert len(burst.messages) == 400
    assert len({each.chat for each in burst.messages}) == 80
    assert len(burst.danger) == 4
    assert min(burst.danger) > 300
    assert {each.number for each in burst.messages if each.text == HELP} == burst.danger
    assert load_lexicon().find_signs(HELP)


def test_an_update_is_what_telegram_would_send() -> None:
    update = json.loads(compose_update(5, 77, "hello"))
    assert (update["update_id"], update["message"]["message_id"], update["message"]["chat"]["id"]) == (5, 5, 77)


@pytest.mark.parametrize(
    ("steps", "scans"),
    [
        ("SCAN outbox | USE TEMP B-TREE FOR ORDER BY", True),
        ("Limit | Seq Scan on messages", True),
        ("SCAN messages USING INDEX ix_messages_unhandled", False),
        ("Index Scan using ix_outbox_due on outbox", False),
    ],
)
def test_a_plan_that_reads_a_whole_table_is_named(steps: str, scans: bool) -> None:
    assert Plan("query", steps, 1.0).scans is scans


def test_each_aim_is_printed_with_whether_it_is_met(capsys: pytest.CaptureFixture[str]) -> None:
    part = Part("accept", "Accepting", ("", "per second"))
    part.add("ours", 61.0)
    part.at_least("ours / bare", 0.61, 0.6)
    part.at_most("growth", 1.3, 1.2)
    table.print_part(part)
    printed = capsys.readouterr().out
    assert "ours / bare: 0.61, aim >= 0.6: met" in printed
    assert "growth: 1.3, aim <= 1.2: not met" in printed
    (described,) = table.describe([part], quick=True)["parts"]
    assert described["rows"] == [{"": "ours", "per second": 61.0}]


def test_faults_end_with_exit_code_one(monkeypatch: pytest.MonkeyPatch) -> None:
    async def measure(_options: object) -> Part:
        return Part("burst", "Burst", (), faults=["burst: 1 lost"])

    monkeypatch.setattr(table, "console", Console(file=io.StringIO()))
    monkeypatch.setitem(table.PARTS, "burst", measure)
    assert table.bench(None, "burst", True, "", "", None) == 1  # type: ignore[arg-type]
    with pytest.raises(SettingsError, match="accept, stock"):
        table.bench(None, "bursts", True, "", "", None)  # type: ignore[arg-type]
