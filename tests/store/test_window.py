"""WhatsApp takes free text for 24 hours after her last message: later ours waits until she writes, whatever it is."""

from datetime import timedelta

import pytest

from bot.app import Helpline
from bot.channels.twilio.channel import WINDOW, TwilioChannel
from bot.messages import Status
from bot.outbox.hold import find_hold_for, find_window_end
from bot.store.models import Contact, OutboxMessage
from bot.store.queries import contacts
from tests.people import START, Amina, Clock


def contact(channel: str, hours: float | None) -> Contact:
    last = None if hours is None else START - timedelta(hours=hours)
    return Contact(channel=channel, last_inbound_at=last, created_at=START - timedelta(days=30))


@pytest.mark.parametrize(
    ("channel", "hours", "closed"),
    [
        ("whatsapp", 23.9, False), ("whatsapp", 24, True), ("whatsapp", 500, True), ("whatsapp", None, True),
        ("telegram", 500, False), ("sms", None, False),
    ],
)  # fmt: skip
def test_the_window_is_whatsapps_alone_and_24_hours_long(channel: str, hours: float | None, closed: bool) -> None:
    window = TwilioChannel.limits(None, channel).window if channel != "telegram" else None  # type: ignore[arg-type]
    end = find_window_end(contact(channel, hours), window)
    assert (end is not None and end <= START) is closed


@pytest.mark.parametrize("more", [{}, {"override": True}, {"author": "bot", "message_id": 3}])
async def test_no_override_opens_it(helpline: Helpline, more: dict[str, object]) -> None:
    closed = contact("whatsapp", 25)
    key = helpline.vault.open_key(helpline.vault.new_data_key())
    row = OutboxMessage(**{"author": "user", "key": "c1:0", "override": False, **more})
    hold = find_hold_for(closed, row, key, START, WINDOW)
    assert hold is not None
    assert hold.reason == "window_closed"
    closed.erase_at = START  # the receipt of an erasure is tried: her address goes either way
    assert find_hold_for(closed, row, key, START, WINDOW) is None


async def test_what_waited_is_due_at_once_when_she_writes(helpline: Helpline, amina: Amina, clock: Clock) -> None:
    await amina.says("hello")
    async with helpline.store.write() as session:
        found = await amina.contact()
        assert found is not None
        row = OutboxMessage(
            contact_id=found.id, channel="simulator", key="c9:0", author="user", due_at=clock() + WINDOW,
            status=Status.ERRORED, error="window_closed", created_at=clock(), changed_at=clock(),
            sealed_body=helpline.vault.open_key(found.sealed_key).seal_fields({"text": "I am Rosa"}, "outbox"),
        )  # fmt: skip
        session.add(row)
        assert await contacts.get_contact(session, found.id)
    assert "I am Rosa" not in await amina.receives()
    await amina.writes("are you there")
    assert "I am Rosa" in await amina.receives()
