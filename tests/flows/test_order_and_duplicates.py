"""Every message is counted once, handled in order, and survives a crash."""

import asyncio

import pytest

from bot.app import Helpline, build
from bot.config import Settings
from bot.conversation.conduct import LEASE, LostLease
from bot.store.migrate import migrate
from bot.store.queries import messages
from tests.people import Amina, Clock
from tests.standins.nlu import NluStandin


async def test_the_same_message_twice_gets_one_answer(amina: Amina, nlu: NluStandin) -> None:
    nlu.hears("is it legal", ("fee_legality", 0.9))
    await amina.writes("is it legal", external_id="77")
    await amina.writes("is it legal", external_id="77")
    await amina.reads()
    outbox = await amina.outbox()
    await amina.writes("is it legal", external_id="77")
    await amina.reads()
    assert nlu.calls == 1
    assert len(await amina.outbox()) == len(outbox)


async def test_the_same_message_posted_at_the_same_time_is_recorded_once(amina: Amina, helpline: Helpline) -> None:
    await asyncio.gather(*(amina.writes("hello", external_id="5") for _ in range(8)))
    contact = await amina.contact()
    assert contact is not None
    async with helpline.store.read() as session:
        assert len(await messages.list_messages(session, contact.id)) == 1


async def test_messages_are_handled_in_the_order_they_came(amina: Amina, helpline: Helpline) -> None:
    for number in range(6):
        await amina.writes(f"message {number}")
    await asyncio.gather(*(helpline.worker.conductor.handle_contact(1) for _ in range(4)))
    await helpline.worker.run_until_idle()
    contact = await amina.contact()
    assert contact is not None
    async with helpline.store.read() as session:
        rows = await messages.list_messages(session, contact.id)
        decisions = await messages.list_decisions(session, contact.id)
    assert all(row.handled_at for row in rows)
    assert [decisions[row.id].id for row in rows] == sorted(decision.id for decision in decisions.values())


async def test_a_message_accepted_before_a_crash_is_answered_after_it(settings: Settings, clock: Clock) -> None:
    """The first process only records; a new one, with no memory of it, finds the message by its sweep."""
    first = build(settings, clock=clock)
    await migrate(first.store.engine)
    await Amina(first).writes("person", wake=False)
    await first._close()
    second = build(settings, clock=clock)
    assert await Amina(second).reads()
    await second._close()


async def test_a_worker_that_lost_its_lease_writes_nothing(amina: Amina, helpline: Helpline, clock: Clock) -> None:
    """One worker hangs past its lease, another takes over: the first must not write her turn a second time."""
    await amina.writes("person", wake=False)
    conductor = helpline.worker.conductor
    async with helpline.store.write() as session:
        stale = await conductor._take_turns(session, 1)
    assert stale is not None
    assert (await conductor.handle_contact(1)).messages == 0
    clock.pass_(seconds=LEASE.total_seconds() + 1)
    assert (await conductor.handle_contact(1)).messages == 1
    await amina.writes("one more", wake=False)
    async with helpline.store.write() as session:
        work = await conductor._find_work(session, stale)
    assert work is not None
    with pytest.raises(LostLease):
        await conductor._handle(work, stale)
    async with helpline.store.read() as session:
        assert await messages.find_next_unhandled(session, 1) is not None
