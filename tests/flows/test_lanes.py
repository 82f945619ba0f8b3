"""Danger goes first, wherever there is a queue; and what the provider took is noted, whatever the weather."""

import asyncio
from unittest.mock import AsyncMock

import pytest
from sqlalchemy import select
from sqlalchemy.exc import OperationalError

from bot.app import Helpline
from bot.cases.life import URGENT
from bot.channels.simulator.channel import SimulatorChannel
from bot.conversation import conduct
from bot.conversation.conduct import Conductor, Handled
from bot.messages import Lane, Outbound, SendError, SendResult, Status
from bot.outbox.gate import Gate
from bot.store.models import Message
from bot.store.queries import messages
from tests.people import Amina, Clock


async def test_the_sweep_finds_danger_before_all_that_came_earlier(helpline: Helpline) -> None:
    for number in range(5):
        await Amina(helpline, f"other{number}").writes("when is my pay day", wake=False)
    await Amina(helpline, "in danger").writes("he beats me every day help", wake=False)
    async with helpline.store.read() as session:
        waiting = await messages.list_waiting_contacts(session, helpline.clock(), limit=2)
    assert [lane for _, lane in waiting] == [Lane.DANGER, Lane.REPLY]


async def test_danger_does_not_wait_for_a_place_that_others_hold(helpline: Helpline, amina: Amina) -> None:
    while not helpline.worker._places.locked():
        await helpline.worker._places.acquire()
    await amina.writes("he beats me every day help")
    for _ in range(200):
        if any(row.status == "delivered" for row in await amina.outbox()):
            break
        await asyncio.sleep(0.02)
    case = await amina.case()
    assert case is not None
    assert case.priority == URGENT
    async with helpline.store.read() as session:
        lanes = set((await session.execute(select(Message.lane))).scalars())
    assert lanes == {Lane.DANGER}


async def test_an_answer_in_danger_that_is_tried_again_goes_the_way_of_danger(
    helpline: Helpline, amina: Amina, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With Redis the others' queue may be minutes long."""
    other = Amina(helpline, "other")

    async def fails(self: SimulatorChannel, message: Outbound) -> SendResult:
        raise SendError("http_500", retryable=True)

    with monkeypatch.context() as patch:
        patch.setattr(SimulatorChannel, "send", fails)
        await other.writes("when is my pay day")
        await amina.writes("he beats me every day help")
        await helpline.worker.finish()
    urgent, later = [], []
    monkeypatch.setattr(helpline.worker, "wake_urgent", AsyncMock(side_effect=urgent.extend))
    monkeypatch.setattr(helpline.worker, "send", AsyncMock(side_effect=later.append))
    clock.pass_(minutes=1)
    await helpline.worker.sweep()
    contacts = [await each.contact() for each in (amina, other)]
    assert [urgent, later] == [[contact.id] for contact in contacts if contact]
    monkeypatch.undo()
    assert "safe" in (await amina.reads()).lower()
    assert {row.status for row in await amina.outbox()} == {Status.DELIVERED}


async def test_an_answer_in_danger_is_tried_again_without_waiting_for_the_sweep(
    helpline: Helpline, amina: Amina, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    urgent: asyncio.Queue[list[int]] = asyncio.Queue()

    async def fails(self: SimulatorChannel, message: Outbound) -> SendResult:
        raise SendError("rate_limited", retryable=True, retry_after=0.05)

    with monkeypatch.context() as patch:
        patch.setattr(SimulatorChannel, "send", fails)
        patch.setattr(helpline.worker, "wake_urgent", urgent.put)
        await amina.writes("he beats me every day help", wake=False)
        contact = await amina.contact()
        assert contact is not None
        await helpline.worker.conductor.handle_contact(contact.id)
        await helpline.worker._send(contact.id)
        assert await asyncio.wait_for(urgent.get(), 5) == [contact.id]
    clock.pass_(seconds=1)
    await helpline.worker.wake_urgent([contact.id])
    await helpline.worker.finish()
    assert {row.status for row in await amina.outbox()} == {Status.DELIVERED}


async def test_others_give_way_to_danger_and_what_she_wrote_before_it_does_not(
    helpline: Helpline, amina: Amina, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(conduct, "GIVES_WAY", 60.0)  # longer than anybody waits here
    conductor, other = helpline.worker.conductor, Amina(helpline, "other")
    await other.writes("when is my pay day", wake=False)
    await amina.writes("when is my pay day", wake=False)
    await amina.writes("he beats me every day help", wake=False)
    contact, another = await amina.contact(), await other.contact()
    assert contact is not None
    assert another is not None
    conductor.calm.clear()
    handling = asyncio.create_task(conductor.handle_contact(another.id))
    await helpline.worker.wake_urgent([contact.id])  # ends with calm
    assert (await asyncio.wait_for(handling, 10)).messages == 1
    rows = await amina.outbox()
    assert {row.status for row in rows} == {Status.DELIVERED}
    assert max(row.changed_at for row in rows) <= max(row.created_at for row in await other.outbox())


async def test_danger_that_was_handled_among_the_others_is_sent_without_waiting_for_calm(
    helpline: Helpline, amina: Amina, monkeypatch: pytest.MonkeyPatch
) -> None:
    """She had a place there for an earlier message when this one came; others in danger are being handled."""
    handle = Conductor.handle_contact

    async def handles(self: Conductor, contact_id: int, *, urgent: bool = False) -> Handled:
        handled = await handle(self, contact_id, urgent=urgent)
        helpline.worker.conductor.calm.clear()
        return handled

    monkeypatch.setattr(Conductor, "handle_contact", handles)
    await amina.writes("when is my pay day", wake=False)
    await amina.writes("he beats me every day help", wake=False)
    contact = await amina.contact()
    assert contact is not None
    await helpline.worker.wake([contact.id])
    await helpline.worker.finish()
    assert {row.status for row in await amina.outbox()} == {Status.DELIVERED}


async def test_what_goes_before_an_answer_in_danger_is_hurried(
    helpline: Helpline, amina: Amina, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fails(self: SimulatorChannel, message: Outbound) -> SendResult:
        raise SendError("http_500", retryable=True)

    with monkeypatch.context() as patch:
        patch.setattr(SimulatorChannel, "send", fails)
        await amina.writes("when is my pay day")
        await helpline.worker.finish()
        before = (await amina.outbox())[0].due_at
        contact = await amina.contact()
        assert contact is not None
        assert await helpline.worker.sender.send_contact(contact.id) is None  # nobody is in danger
        await amina.writes("he beats me every day help")
        await helpline.worker.finish()
    rows = await amina.outbox()
    assert rows[0].lane == Lane.REPLY
    assert clock() < rows[0].due_at < before  # tried once more at once, then after a second
    wait = await helpline.worker.sender.send_contact(contact.id)
    assert wait is not None
    clock.pass_(seconds=wait)
    await helpline.worker.wake_urgent([contact.id])
    await helpline.worker.finish()
    assert {row.status for row in await amina.outbox()} == {Status.DELIVERED}


async def test_answers_wait_for_a_place_and_all_arrive_in_order(
    helpline: Helpline, amina: Amina, monkeypatch: pytest.MonkeyPatch
) -> None:
    helpline.worker.sender._gate = Gate({"simulator": (50.0, 0.0)})
    while await helpline.worker.sender._gate.try_pass("simulator", 0):
        pass  # until the gate is full
    await amina.says("hello")
    rows = await amina.outbox()
    assert [row.status for row in rows] == ["delivered"] * len(rows)
    assert [row.attempts for row in rows] == [1] * len(rows)


async def test_a_database_that_is_away_while_the_provider_answers_leaves_nothing_in_doubt(
    helpline: Helpline, amina: Amina, monkeypatch: pytest.MonkeyPatch
) -> None:
    real_send, real_write = SimulatorChannel.send, helpline.store.write
    failures = iter([True, True, False])

    def write():  # type: ignore[no-untyped-def]
        if next(failures, False):
            raise OperationalError("BEGIN", {}, Exception("gone"))
        return real_write()

    async def send(self: SimulatorChannel, message: Outbound) -> SendResult:
        monkeypatch.setattr(helpline.store, "write", write)
        return await real_send(self, message)

    async def no_sleep(_: float) -> None: ...

    monkeypatch.setattr(SimulatorChannel, "send", send)
    monkeypatch.setattr("bot.outbox.send.asyncio.sleep", no_sleep)
    await amina.says("hello")
    assert {row.status for row in await amina.outbox()} == {Status.DELIVERED}
