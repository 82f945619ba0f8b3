"""The inbox: record what a provider delivered, once, before anybody answers the provider. No decisions here."""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

import structlog
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from bot.messages import Address, ContactStopped, Event, Inbound, Kind, Lane, Location, Media, StatusReport
from bot.outbox import reports
from bot.privacy.seal import DataKey, Vault
from bot.store.engine import Store, insert_or_skip, is_unique_violation
from bot.store.models import Contact, Message, StoredMedia
from bot.store.queries import contacts

log = structlog.get_logger()


@dataclass(slots=True)
class Recorded:
    """What a batch of events left to do: wake these contacts, fetch these files."""

    contact_ids: list[int] = field(default_factory=list)
    urgent_ids: list[int] = field(default_factory=list)  # these first: what they wrote shows signs of danger
    duplicates: int = 0


async def record(
    store: Store, vault: Vault, events: Sequence[Event], now: datetime, find_lane: Callable[[Inbound], Lane]
) -> Recorded:
    """Record every event of a batch, each in a transaction of its own; a duplicate counts as success."""
    recorded = Recorded()
    for event in events:
        if isinstance(event, Inbound):
            lane = find_lane(event)
            contact_id = await _record_once(store, vault, event, now, lane)
            if contact_id is None:
                recorded.duplicates += 1
            elif lane == Lane.DANGER:
                recorded.urgent_ids.append(contact_id)
            elif contact_id not in recorded.contact_ids:
                recorded.contact_ids.append(contact_id)
        elif isinstance(event, StatusReport):
            async with store.write() as session:
                await reports.apply_report(session, event, now)
        else:
            async with store.write() as session:
                await _note_stop(session, vault, event, now)
    return recorded


async def _record_once(store: Store, vault: Vault, inbound: Inbound, now: datetime, lane: Lane) -> int | None:
    """Return the contact's id, or None for a duplicate. Two first messages at once race for the contact: retry."""
    for attempt in (1, 2):
        try:
            async with store.write() as session:
                contact_id, key = await _find_or_make_contact(session, vault, inbound.address, now)
                if not await _add_message(session, contact_id, key, inbound, now, lane):
                    log.info("message_repeated", contact=contact_id)
                    return None
                await contacts.note_inbound(session, contact_id, now, **_news(inbound, key))
                log.info("message_recorded", contact=contact_id, kind=inbound.kind)
                return contact_id
        except IntegrityError as error:
            if attempt == 2 or not is_unique_violation(error):
                raise
    raise AssertionError("unreachable")


async def _find_or_make_contact(
    session: AsyncSession, vault: Vault, address: Address, now: datetime
) -> tuple[int, DataKey]:
    index = vault.index(address.channel, address.identifier)
    known = await contacts.find_key(session, address.channel, index)
    if known is not None:
        return known[0], vault.open_key(known[1])
    sealed_key = vault.new_data_key()
    key = vault.open_key(sealed_key)
    contact = Contact(
        channel=address.channel, address_index=index, sealed_key=sealed_key,
        sealed_address=key.seal(address.identifier, "address"), created_at=now,
    )  # fmt: skip
    session.add(contact)
    await session.flush()
    return contact.id, key


def _news(inbound: Inbound, key: DataKey) -> dict[str, Any]:
    """Return what this message tells about her."""
    news: dict[str, Any] = {}
    if inbound.display_name:
        news["sealed_name"] = key.seal(inbound.display_name, "name")
    if inbound.language_hint:
        news["language_hint"] = inbound.language_hint[:16]
    return news


async def _add_message(
    session: AsyncSession, contact_id: int, key: DataKey, inbound: Inbound, now: datetime, lane: Lane
) -> bool:
    """Add the message and its files; False if it is there already."""
    message_id = await insert_or_skip(
        session, Message, ("contact_id", "external_id"),
        contact_id=contact_id, external_id=inbound.external_id, kind=inbound.kind, edits=inbound.edits, lane=lane,
        sealed_body=key.seal_fields(_body(inbound), "message"), received_at=now, sent_at=inbound.sent_at,
    )  # fmt: skip
    if message_id is None:
        return False
    for media in inbound.media:
        reference = key.seal_fields({"reference": media.reference, "name": media.name}, "media")
        row = StoredMedia(
            message_id=message_id, contact_id=contact_id, sealed_reference=reference,
            mime=media.mime[:128], size=media.size, retry_at=now,
        )  # fmt: skip
        session.add(row)
    return True


def _body(inbound: Inbound) -> dict[str, Any]:
    fields = {
        "text": inbound.text,
        "payload": inbound.payload,
        "replies_to": inbound.replies_to,
        "shared_contact": inbound.shared_contact,
        "location": asdict(inbound.location) if inbound.location else None,
    }
    return {name: value for name, value in fields.items() if value}


def open_message(message: Message, key: DataKey, address: Address) -> Inbound:
    """Return a recorded message as the value it was (without its files)."""
    body = key.open_fields(message.sealed_body, "message")
    location = body.get("location")
    return Inbound(
        address=address, external_id=message.external_id, kind=Kind(message.kind), text=body.get("text", ""),
        payload=body.get("payload", ""), shared_contact=body.get("shared_contact", ""),
        location=Location(**location) if location else None, sent_at=message.sent_at, edits=message.edits,
        replies_to=body.get("replies_to", ""),
    )  # fmt: skip


def open_media(media: StoredMedia, key: DataKey) -> Media:
    fields = key.open_fields(media.sealed_reference, "media")
    return Media(fields["reference"], media.mime, media.size, fields.get("name", ""))


async def _note_stop(session: AsyncSession, vault: Vault, event: ContactStopped, now: datetime) -> None:
    index = vault.index(event.address.channel, event.address.identifier)
    contact = await contacts.find_contact(session, event.address.channel, index)
    if contact is not None:
        contact.stopped_at = now if event.stopped else None
        log.info("contact_stopped" if event.stopped else "contact_returned", contact=contact.id)
