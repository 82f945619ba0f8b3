"""Fills a database with what months of use leave: contacts, messages, decisions, replies; all settled and sealed."""

import itertools
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import insert

from bot.bench.standin import LABELS
from bot.dialogue.state import DialogueState
from bot.messages import Kind, Status
from bot.privacy.seal import DataKey, Vault
from bot.store.engine import Store
from bot.store.models import Contact, Decision, Message, OutboxMessage

PER_CONTACT = 20  # messages
BUBBLES = 2  # replies to each
BATCH = 250  # contacts in one transaction
FIRST_CHAT = 700_000_000
REPLY = "An answer of usual length: what the law says, where to ask, what to keep, and the source with its date. " * 4


async def fill(
    store: Store, vault: Vault, messages: int, texts: Sequence[str], now: datetime, advance: Callable[[int], object]
) -> None:
    """Add so many messages; contact n has the address FIRST_CHAT + n, whose id is n."""
    turns = itertools.cycle(texts)
    contacts = max(1, messages // PER_CONTACT)
    for first in range(1, contacts + 1, BATCH):
        rows: dict[type, list[dict[str, Any]]] = {Contact: [], Message: [], Decision: [], OutboxMessage: []}
        for number in range(first, min(first + BATCH, contacts + 1)):
            key = vault.new_data_key()
            rows[Contact].append(_contact(vault, key, number, now))
            for kind, row in _conversation(vault.open_key(key), number, turns, now):
                rows[kind].append(row)
        async with store.write() as session:
            for kind, batch in rows.items():
                await session.execute(insert(kind.__table__), batch)  # type: ignore[attr-defined]
        advance(len(rows[Message]))


def _contact(vault: Vault, sealed_key: bytes, number: int, now: datetime) -> dict[str, Any]:
    chat = str(FIRST_CHAT + number)
    key = vault.open_key(sealed_key)
    state = DialogueState(welcomed=True, locale_chosen=True, country_asked=True, last_label=LABELS[0])
    return {
        "id": number, "channel": "telegram", "address_index": vault.index("telegram", chat), "sealed_key": sealed_key,
        "sealed_address": key.seal(chat, "address"), "sealed_name": key.seal("Bench", "name"), "locale": "en",
        "destination": "SA", "origin": "KE", "language_hint": "en", "dialogue": state.to_fields(),
        "created_at": now - timedelta(days=90), "last_inbound_at": now - timedelta(hours=1),
    }  # fmt: skip


def _conversation(
    key: DataKey, contact: int, texts: Iterator[str], now: datetime
) -> Iterator[tuple[type, dict[str, Any]]]:
    """Yield the rows of one contact's messages and what was done about each."""
    for turn in range(PER_CONTACT):
        number = (contact - 1) * PER_CONTACT + turn + 1
        at = now - timedelta(days=90 * (PER_CONTACT - turn) / PER_CONTACT)
        label = LABELS[number % len(LABELS)]
        yield Message, {
            "id": number, "contact_id": contact, "external_id": str(turn + 1), "kind": Kind.TEXT,
            "sealed_body": key.seal_fields({"text": next(texts)}, "message"), "received_at": at, "sent_at": at,
            "handled_at": at,
        }  # fmt: skip
        yield Decision, {
            "message_id": number, "contact_id": contact, "action": "answer", "rule": "answer", "intent": label,
            "missed": ["under_code", "edit", "danger", "own_data"], "confidence": 0.95, "ranking": [[label, 0.95]],
            "language": "en", "script": "native", "response": f"{label}/en/", "decided_at": at,
        }  # fmt: skip
        for bubble in range(BUBBLES):
            yield OutboxMessage, {
                "contact_id": contact, "channel": "telegram", "key": f"m{number}:{bubble}", "message_id": number,
                "sealed_body": key.seal_fields({"text": REPLY, "choices": []}, "outbox"), "status": Status.SENT,
                "attempts": 1, "external_id": f"{number * BUBBLES + bubble}", "due_at": at, "created_at": at,
                "changed_at": at,
            }  # fmt: skip
