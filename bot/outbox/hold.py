"""Why a message must wait: her wishes, her code word, "not safe now". For bot and staff alike."""

from datetime import datetime, timedelta

from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.messages import Status
from bot.privacy.seal import DataKey
from bot.store.models import Contact, OutboxMessage
from bot.wishes import IN_TOUCH, LOOK_AGAIN, REASONS, Hold, Wishes, find_hold
from bot.zones import find_zone

# WhatsApp takes free text for 24 hours after her last message. A minute less, for the way to the provider.
WINDOW = timedelta(hours=24) - timedelta(minutes=1)

PING = "ping-"  # a row of this key says nothing but hello, so it may go to a shared phone


def open_wishes(contact: Contact, key: DataKey) -> Wishes:
    return Wishes.from_fields(key.open_fields(contact.sealed_wishes, "wishes"))


def find_hold_for(contact: Contact, row: OutboxMessage, key: DataKey, now: datetime) -> Hold | None:
    """Return why this row must wait. The bot's reply to her own message waits only where the provider would refuse
    it; the receipt of an erasure never does, as her address is kept until it is out.
    """
    if contact.erase_at is None and is_window_closed(contact, now):
        return Hold("window_closed", now + LOOK_AGAIN)
    if row.override or contact.erase_at is not None or (row.author == "bot" and row.message_id is not None):
        return None
    if contact.paused_at is not None:
        return Hold("paused", now + LOOK_AGAIN)
    if contact.quiet_since is not None:
        return Hold("not_safe_now", now + LOOK_AGAIN)
    wishes = open_wishes(contact, key)
    if row.key.startswith(PING):
        wishes = wishes.but(shared=False)
    zone = find_zone(contact.destination, contact.origin)
    return find_hold(wishes, now=now, zone=zone, last_inbound_at=contact.last_inbound_at)


def is_window_closed(contact: Contact, now: datetime) -> bool:
    """True if the provider takes nothing of ours until she writes: no wish and no override changes that."""
    last = contact.last_inbound_at
    return contact.channel == "whatsapp" and (last is None or now - last >= WINDOW)


def needs_ping(contact: Contact, key: DataKey, now: datetime) -> bool:
    """True if what we want to say would wait until she writes: a harmless hello goes ahead of it."""
    last = contact.last_inbound_at
    in_touch = last is not None and now - last < IN_TOUCH
    wishes = open_wishes(contact, key)
    silent = contact.paused_at is not None or contact.quiet_since is not None or wishes.only_reply
    return wishes.shared and not in_touch and not silent


async def wake_held(session: AsyncSession, contact_id: int, now: datetime) -> None:
    """She wrote: what waited for that is due."""
    held = update(OutboxMessage).where(
        OutboxMessage.contact_id == contact_id, OutboxMessage.status == Status.ERRORED, OutboxMessage.error.in_(REASONS)
    )  # fmt: skip
    await session.execute(held.values(due_at=now))
