"""Why a message must wait: her wishes, her code word, "not safe now". For bot and staff alike."""

from datetime import datetime, timedelta

from bot.privacy.seal import DataKey
from bot.store.models import Contact, OutboxMessage
from bot.wishes import IN_TOUCH, LOOK_AGAIN, Hold, Wishes, find_hold
from bot.zones import find_zone

NEUTRAL = "hello"  # the name of the template that says no more than hello
TEMPLATE = "template-"  # a row of this key is an approved template: no window holds it
PING = "ping-"  # a row of this key says nothing but hello, so it may go to a shared phone
_HARMLESS = (PING, f"{TEMPLATE}{NEUTRAL}-")


def open_wishes(contact: Contact, key: DataKey) -> Wishes:
    return Wishes.from_fields(key.open_fields(contact.sealed_wishes, "wishes"))


def find_hold_for(
    contact: Contact, row: OutboxMessage, key: DataKey, now: datetime, window: timedelta | None
) -> Hold | None:
    """Return why this row must wait. The bot's reply to her own message waits only where the provider would refuse
    it; the receipt of an erasure never does, as her address is kept until it is out.
    """
    closes_at = find_window_end(contact, window)
    is_closed = closes_at is not None and closes_at <= now
    if is_closed and contact.erase_at is None and not row.key.startswith(TEMPLATE):
        return Hold("window_closed", now + LOOK_AGAIN)
    if row.override or contact.erase_at is not None or (row.author == "bot" and row.message_id is not None):
        return None
    if contact.paused_at is not None:
        return Hold("paused", now + LOOK_AGAIN)
    if contact.quiet_since is not None:
        return Hold("not_safe_now", now + LOOK_AGAIN)
    wishes = open_wishes(contact, key)
    if row.key.startswith(_HARMLESS):
        wishes = wishes.but(shared=False)
    zone = find_zone(contact.destination, contact.origin)
    return find_hold(wishes, now=now, zone=zone, last_inbound_at=contact.last_inbound_at)


def find_window_end(contact: Contact, window: timedelta | None) -> datetime | None:
    """Return until when the provider takes free text of ours; None: always. No wish and no override changes that."""
    if window is None:
        return None
    return (contact.last_inbound_at or contact.created_at) + window


def mark_last(contact: Contact) -> int:
    """Return her last message in a number: what names a row so that there is one until she writes again."""
    return int(contact.last_inbound_at.timestamp()) if contact.last_inbound_at else 0


def needs_ping(contact: Contact, key: DataKey, now: datetime) -> bool:
    """True if what we want to say would wait until she writes: a harmless hello goes ahead of it."""
    last = contact.last_inbound_at
    in_touch = last is not None and now - last < IN_TOUCH
    wishes = open_wishes(contact, key)
    silent = contact.paused_at is not None or contact.quiet_since is not None or wishes.only_reply
    return wishes.shared and not in_touch and not silent
