"""Put bubbles into the outbox in the caller's transaction. A key makes each row unique: nothing is said twice."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from bot.channels.base import compose
from bot.messages import Choice, Lane, Limits, Status
from bot.privacy.seal import DataKey
from bot.store.engine import insert_or_skip
from bot.store.models import Contact, OutboxMessage
from bot.wishes import SCHEDULED


@dataclass(frozen=True, slots=True)
class Bubble:
    """What one bubble says, before it is fitted to a channel."""

    text: str
    choices: tuple[Choice, ...] = ()
    content_sid: str = ""  # the provider's id of an approved template; `text` is then what it says


async def enqueue(
    session: AsyncSession,
    contact: Contact,
    key: DataKey,
    bubbles: Sequence[Bubble],
    limits: Limits,
    *,
    name: str,
    now: datetime,
    message_id: int | None = None,
    user_id: int | None = None,
    lane: Lane = Lane.REPLY,
    later: datetime | None = None,
) -> int:
    """Add the bubbles, fitted to the channel's limits, as rows `name:0`, `name:1` ...; return how many were new."""
    pieces = [
        (piece, bubble.content_sid) for bubble in bubbles for piece in compose(bubble.text, bubble.choices, limits)
    ]
    rows = []
    for position, (piece, content_sid) in enumerate(pieces):
        body = {"text": piece.text, "choices": [[choice.id, choice.label] for choice in piece.choices]}
        if content_sid:
            body["content_sid"] = content_sid
        rows.append({
            "contact_id": contact.id, "channel": contact.channel, "key": f"{name}:{position}",
            "message_id": message_id, "author": "user" if user_id else "bot", "user_id": user_id, "lane": lane,
            "sealed_body": key.seal_fields(body, "outbox"), "due_at": later or now, "created_at": now,
            "changed_at": now, **({"status": Status.ERRORED, "error": SCHEDULED} if later is not None else {}),
        })  # fmt: skip
    # Rows leave in the order of their ids, which is the order they are given here.
    return len(await insert_or_skip(session, OutboxMessage, ("key",), rows)) if rows else 0


def open_bubble(row: OutboxMessage, key: DataKey) -> Bubble:
    body = key.open_fields(row.sealed_body, "outbox")
    return Bubble(
        body.get("text", ""),
        tuple(Choice(id, label) for id, label in body.get("choices", ())),
        body.get("content_sid", ""),
    )
