"""Webhooks that come together are recorded together, and each hears of its own fault only."""

import asyncio
from itertools import chain

import pytest
from sqlalchemy import select
from sqlalchemy.exc import InterfaceError

from bot import arrivals
from bot.app import Helpline
from bot.arrivals import Arrivals
from bot.messages import Address, ContactStopped, Event, Inbound, Kind, Status, StatusReport
from bot.store.models import Contact, Message
from tests.people import Amina


def says(number: int, who: str = "amina") -> Inbound:
    return Inbound(address=Address("simulator", who), external_id=f"m{number}", kind=Kind.TEXT, text=f"word {number}")


class Recorder:
    """Keeps the batches it was given; a batch with `poison` in it fails."""

    def __init__(self, error: Exception | None = None) -> None:
        self.batches: list[list[str]] = []
        self.error = error

    async def __call__(self, events: list[Event]) -> None:
        await asyncio.sleep(0.01)
        ids = [event.external_id for event in events if isinstance(event, Inbound)]
        if self.error and "m3" in ids:
            raise self.error
        self.batches.append(ids)


async def add_all(batcher: Arrivals, count: int) -> list[BaseException | None]:
    return await asyncio.gather(*(batcher.add([says(number)]) for number in range(count)), return_exceptions=True)


async def test_what_comes_while_a_batch_is_recorded_makes_the_next_in_order(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(arrivals, "MOST", 4)
    recorder = Recorder()
    assert await add_all(Arrivals(recorder), 9) == [None] * 9
    assert recorder.batches == [["m0", "m1", "m2", "m3"], ["m4", "m5", "m6", "m7"], ["m8"]]


async def test_one_that_cannot_be_recorded_takes_no_other_with_it() -> None:
    fault = ValueError("this one")
    recorder = Recorder(fault)
    assert await add_all(Arrivals(recorder), 5) == [None, None, None, fault, None]
    assert sorted(chain(*recorder.batches)) == ["m0", "m1", "m2", "m4"]


async def test_where_the_database_is_away_everybody_hears_it_at_once() -> None:
    fault = InterfaceError("", {}, Exception())
    assert await add_all(Arrivals(Recorder(fault)), 5) == [fault] * 5


async def test_who_gave_up_is_not_recorded_behind_her_back() -> None:
    recorder = Recorder()
    batcher = Arrivals(recorder)
    first = asyncio.create_task(batcher.add([says(1)]))
    await asyncio.sleep(0)
    impatient = asyncio.create_task(batcher.add([says(2)]))
    await asyncio.sleep(0)
    impatient.cancel()
    await asyncio.gather(first, impatient, return_exceptions=True)
    await batcher.add([says(4)])
    assert recorder.batches == [["m1"], ["m4"]]


async def test_a_batch_of_many_kinds_and_people_is_recorded_in_order(helpline: Helpline) -> None:
    amina = Address("simulator", "amina")
    events: list[Event] = [
        says(1), says(1, "beza"), says(2), says(2),
        ContactStopped(address=amina, external_id="s1", stopped=True), says(3, "beza"),
        StatusReport(channel="simulator", external_id="nobody", status=Status.DELIVERED), says(4),
    ]  # fmt: skip
    await helpline.receive(events)
    await helpline.receive([says(4)])
    async with helpline.store.read() as session:
        contacts = {contact.id: contact for contact in (await session.execute(select(Contact))).scalars()}
        rows = (await session.execute(select(Message).order_by(Message.id))).scalars().all()
    first = rows[0].contact_id
    assert [(row.contact_id == first, row.external_id) for row in rows] == [
        (True, "m1"), (False, "m1"), (True, "m2"), (False, "m3"), (True, "m4")
    ]  # fmt: skip
    assert len(contacts) == 2
    assert contacts[first].stopped_at is None  # she wrote again after it


async def test_a_changed_name_is_kept_and_an_unchanged_one_not_sealed_again(amina: Amina, helpline: Helpline) -> None:
    async def name() -> bytes | None:
        contact = await amina.contact()
        assert contact is not None
        return contact.sealed_name

    await amina.writes("one", display_name="Amina")
    once = await name()
    await amina.writes("two", display_name="Amina")
    assert once is not None
    assert await name() == once
    await amina.writes("three", display_name="Mina")
    assert await name() != once
