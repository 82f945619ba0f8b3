"""The inbox: record what a provider delivered, once, before anybody answers the provider. No decisions here."""

from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from datetime import datetime
from itertools import groupby
from typing import Any

import structlog
from sqlalchemy import Row
from sqlalchemy.exc import OperationalError
from sqlalchemy.ext.asyncio import AsyncSession

from bot.messages import Address, ContactStopped, Event, Inbound, Kind, Lane, Location, Media, StatusReport
from bot.metrics import REPEATED
from bot.outbox import reports
from bot.privacy.seal import DataKey, Unsealable, Vault
from bot.store.engine import Store, insert_or_skip, is_deadlock
from bot.store.models import Contact, Message, StoredMedia
from bot.store.queries import contacts

log = structlog.get_logger()


@dataclass(slots=True)
class Recorded:
    """What a batch of events left to do: wake these contacts, those of `urgent_ids` first."""

    contact_ids: list[int] = field(default_factory=list)
    urgent_ids: list[int] = field(default_factory=list)  # what they wrote shows signs of danger
    duplicates: Counter[str] = field(default_factory=Counter)  # by channel

    def add(self, contact_id: int, lane: Lane) -> None:
        ids = self.urgent_ids if lane == Lane.DANGER else self.contact_ids
        if contact_id not in ids:
            ids.append(contact_id)


async def record(
    store: Store, vault: Vault, events: Sequence[Event], now: datetime, find_lane: Callable[[Inbound], Lane]
) -> Recorded:
    """Record a batch of events in their order, those of one kind in one transaction; a duplicate counts as success.

    Raises what the database raises. Recording the same batch again is harmless.
    """
    recorded = Recorded()
    for _, group in groupby(events, type):
        same = list(group)
        try:
            await _record_same(store, vault, same, now, find_lane, recorded)
        except OperationalError as error:
            if not is_deadlock(error):  # with a batch of another process: one of the two has to try again
                raise
            await _record_same(store, vault, same, now, find_lane, recorded)
    for channel, count in recorded.duplicates.items():
        REPEATED.labels(channel).inc(count)
    return recorded


async def _record_same(
    store: Store, vault: Vault, events: list[Event], now: datetime, find_lane: Callable[[Inbound], Lane], to: Recorded
) -> None:
    inbounds = [(event, find_lane(event)) for event in events if isinstance(event, Inbound)]
    async with store.write() as session:
        if inbounds:
            await _record_inbounds(session, vault, inbounds, now, to)
        for event in events:
            if isinstance(event, StatusReport):
                await reports.apply_report(session, event, now)
            elif isinstance(event, ContactStopped):
                await _note_stop(session, vault, event, now)


@dataclass(slots=True)
class _Writer:
    """A contact as far as a new message of hers needs her."""

    id: int
    key: DataKey
    name: str = ""
    language_hint: str = ""

    def find_news(self, inbound: Inbound) -> dict[str, Any]:
        """Return what this message tells about her that is not in her row."""
        news: dict[str, Any] = {}
        if inbound.display_name and inbound.display_name != self.name:
            news["sealed_name"] = self.key.seal(inbound.display_name, "name")
        if inbound.language_hint and inbound.language_hint[:16] != self.language_hint:
            news["language_hint"] = inbound.language_hint[:16]
        return news


async def _record_inbounds(
    session: AsyncSession, vault: Vault, inbounds: list[tuple[Inbound, Lane]], now: datetime, recorded: Recorded
) -> None:
    """Four statements, however many messages: their cost is what a burst is paid with."""
    writers = await _find_or_make_writers(session, vault, {inbound.address for inbound, _ in inbounds}, now)
    rows = []
    for inbound, lane in inbounds:
        writer = writers[inbound.address]
        rows.append({
            "contact_id": writer.id, "external_id": inbound.external_id, "kind": inbound.kind, "edits": inbound.edits,
            "lane": lane, "sealed_body": writer.key.seal_fields(_body(inbound), "message"), "received_at": now,
            "sent_at": inbound.sent_at,
        })  # fmt: skip
    added = await insert_or_skip(session, Message, ("contact_id", "external_id"), rows)
    news: dict[int, dict[str, Any]] = {}
    for inbound, lane in inbounds:
        writer = writers[inbound.address]
        message_id = added.pop((writer.id, inbound.external_id), None)
        if message_id is None:
            recorded.duplicates[inbound.address.channel] += 1
            log.info("message_repeated", contact=writer.id)
            continue
        _add_files(session, message_id, writer, inbound, now)
        news.setdefault(writer.id, {}).update(writer.find_news(inbound))
        recorded.add(writer.id, lane)
        log.info("message_recorded", contact=writer.id, kind=inbound.kind)
    await contacts.note_inbound(session, news, now)


async def _find_or_make_writers(
    session: AsyncSession, vault: Vault, addresses: set[Address], now: datetime
) -> dict[Address, _Writer]:
    wanted = {(address.channel, vault.index(address.channel, address.identifier)): address for address in addresses}
    found = await _find_writers(session, vault, wanted)
    fresh = []
    for (channel, index), address in wanted.items():
        if address not in found:
            sealed_key = vault.new_data_key()
            sealed_address = vault.open_key(sealed_key).seal(address.identifier, "address")
            fresh.append({
                "channel": channel, "address_index": index, "sealed_key": sealed_key, "sealed_address": sealed_address,
                "created_at": now,
            })  # fmt: skip
    if fresh:  # another process may be making them too: whoever comes first makes them
        await insert_or_skip(session, Contact, ("channel", "address_index"), fresh)
        found = await _find_writers(session, vault, wanted)
    return found


async def _find_writers(
    session: AsyncSession, vault: Vault, wanted: dict[tuple[str, str], Address]
) -> dict[Address, _Writer]:
    writers = {}
    for row in await contacts.list_keys(session, wanted):
        key, name = vault.open_key(row.sealed_key), ""
        with suppress(Unsealable):  # a name that cannot be read is no reason to lose a message
            name = key.open(row.sealed_name, "name")
        writers[wanted[row.channel, row.address_index]] = _Writer(row.id, key, name, row.language_hint)
    return writers


def _add_files(session: AsyncSession, message_id: int, writer: _Writer, inbound: Inbound, now: datetime) -> None:
    for media in inbound.media:
        reference = writer.key.seal_fields({"reference": media.reference, "name": media.name}, "media")
        row = StoredMedia(
            message_id=message_id, contact_id=writer.id, sealed_reference=reference,
            mime=media.mime[:128], size=media.size, retry_at=now,
        )  # fmt: skip
        session.add(row)


def _body(inbound: Inbound) -> dict[str, Any]:
    fields = {
        "text": inbound.text,
        "payload": inbound.payload,
        "replies_to": inbound.replies_to,
        "shared_contact": inbound.shared_contact,
        "location": asdict(inbound.location) if inbound.location else None,
    }
    return {name: value for name, value in fields.items() if value}


def open_message(message: Message | Row[Any], key: DataKey, address: Address) -> Inbound:
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
