"""One contact's conversation as entries in the order of time: hers, the bot's, a caseworker's, and internal notes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from bot import inbox
from bot.messages import Address, Choice, Inbound, Kind, Location
from bot.outbox.enqueue import open_bubble
from bot.privacy.seal import DataKey, Unsealable, Vault
from bot.store.models import CaseNote, Contact, Decision, Message, OutboxMessage, StoredMedia, User
from bot.store.queries import messages, outbox, users


@dataclass(frozen=True, slots=True)
class Why:
    """The bot's reasons for what it did with one message."""

    decision: Decision
    entities: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One bubble or note of the thread. `key` is its id in the page."""

    key: str
    side: str  # her | bot | staff | note
    at: datetime
    kind: str = "text"
    text: str = ""
    who: str = ""  # of a caseworker's words: her display name
    readable: bool = True  # false: it cannot be opened any more
    choices: tuple[Choice, ...] = ()
    location: Location | None = None
    shared_contact: str = ""
    files: tuple[StoredMedia, ...] = ()
    changes: str = ""  # of an edit: the key of the entry that it changes
    changed: bool = False  # a later edit changes it
    handled: bool = True
    why: Why | None = None
    row: OutboxMessage | None = None
    sent_again: bool = False


@dataclass(frozen=True, slots=True)
class Thread:
    """All rows of a conversation, as read, and what opens them."""

    key: DataKey | None
    inbound: Sequence[Message]
    decisions: Mapping[int, Decision]
    files: Mapping[int, list[StoredMedia]]
    outbound: Sequence[OutboxMessage]
    names: Mapping[int, str]  # of staff


async def load_thread(
    session: AsyncSession, vault: Vault, contact: Contact, notes: Sequence[tuple[CaseNote, User]] = ()
) -> list[Entry]:
    """Return the contact's conversation, oldest first."""
    thread = Thread(
        key=_find_key(vault, contact),
        inbound=await messages.list_messages(session, contact.id),
        decisions=await messages.list_decisions(session, contact.id),
        files=await messages.list_media(session, contact.id),
        outbound=await outbox.list_outbox(session, contact.id),
        names={user.id: user.display_name for user in await users.list_users(session)},
    )
    sent = [_outbound(row, thread) for row in thread.outbound]
    labels = {choice.id: choice.label for entry in sent for choice in entry.choices}
    written = _mark_edits([_inbound(message, thread, contact, labels) for message in thread.inbound], thread.inbound)
    noted = [_note(note, user, thread.key) for note, user in notes]
    # Sorting is stable: of equal times her message comes before the reply to it.
    return sorted([*written, *sent, *noted], key=lambda entry: entry.at)


def _find_key(vault: Vault, contact: Contact) -> DataKey | None:
    try:
        return vault.open_key(contact.sealed_key)
    except Unsealable:
        return None


def _inbound(message: Message, thread: Thread, contact: Contact, labels: Mapping[str, str]) -> Entry:
    inbound = _open_message(message, thread.key, contact)
    shown: dict[str, Any] = {"readable": False}
    if inbound is not None:
        text = inbound.text
        if inbound.kind is Kind.BUTTON:
            text = labels.get(inbound.payload) or text or inbound.payload
        shown = {"text": text, "location": inbound.location, "shared_contact": inbound.shared_contact}
    return Entry(
        key=f"m{message.id}", side="her", at=message.received_at, kind=message.kind,
        files=tuple(thread.files.get(message.id, ())), handled=message.handled_at is not None,
        why=_why(thread.decisions.get(message.id), thread.key), **shown,
    )  # fmt: skip


def _open_message(message: Message, key: DataKey | None, contact: Contact) -> Inbound | None:
    try:
        # The address stays sealed: no page shows it.
        return inbox.open_message(message, key, Address(contact.channel, "")) if key else None
    except Unsealable:
        return None


def _why(decision: Decision | None, key: DataKey | None) -> Why | None:
    if decision is None:
        return None
    try:
        fields = key.open_fields(decision.sealed_entities, "entities") if key else {}
    except Unsealable:
        fields = {}
    return Why(decision, tuple((kind, value) for kind, value in fields.get("entities", ())))


def _mark_edits(entries: list[Entry], rows: Sequence[Message]) -> list[Entry]:
    """Tie each edit to the message that it changes, both ways."""
    by_external_id = {row.external_id: f"m{row.id}" for row in rows}
    changes = {f"m{row.id}": by_external_id.get(row.edits, "") for row in rows if row.edits}
    changed = set(changes.values())
    return [replace(e, changes=changes.get(e.key, ""), changed=e.key in changed) for e in entries]


def _outbound(row: OutboxMessage, thread: Thread) -> Entry:
    try:
        bubble = open_bubble(row, thread.key) if thread.key else None
    except Unsealable:
        bubble = None
    again = f"again-{row.id}:0"
    return Entry(
        key=f"o{row.id}", side="staff" if row.author == "user" else "bot", at=row.created_at, row=row,
        kind=Kind.TEXT if bubble is None or bubble.text else Kind.REMOVED,
        text=bubble.text if bubble else "", choices=bubble.choices if bubble else (), readable=bubble is not None,
        who=thread.names.get(row.user_id or 0, ""), sent_again=any(other.key == again for other in thread.outbound),
    )  # fmt: skip


def _note(note: CaseNote, user: User, key: DataKey | None) -> Entry:
    try:
        text = key.open(note.sealed_body, "note") if key else ""
    except Unsealable:
        text = ""
    return Entry(
        key=f"n{note.id}", side="note", at=note.created_at, text=text, who=user.display_name, readable=bool(text)
    )
