"""One message's words go, and its row stays as an empty place: she removed it, or changed it."""

from typing import Any

from sqlalchemy import Row, delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.messages import Kind
from bot.privacy.seal import DataKey
from bot.store.models import Contact, Decision, Message, OutboxMessage, StoredMedia
from bot.store.queries import messages


async def remove_message(session: AsyncSession, contact: Contact, key: DataKey, external_id: str) -> list[str] | None:
    """Remove one of her messages or ours; return the files to delete after the commit, None if it is not there."""
    written = await messages.find_message(session, contact.id, external_id)
    if written is not None:
        return await _empty(session, key, written)
    ours = select(OutboxMessage).where(
        OutboxMessage.contact_id == contact.id, OutboxMessage.external_id == external_id
    )  # fmt: skip
    row = (await session.execute(ours)).scalar_one_or_none()
    if row is None:
        return None
    row.sealed_body = key.seal_fields({}, "outbox")
    return []


async def remove_changed(session: AsyncSession, key: DataKey, edit: Row[Any]) -> None:
    """She changed a message: what stood there before is gone, the new words are all there is."""
    earlier = select(Message).where(
        Message.contact_id == edit.contact_id, Message.id < edit.id,
        (Message.external_id == edit.edits) | (Message.edits == edit.edits),
    )  # fmt: skip
    for message in (await session.execute(earlier)).scalars():
        await _empty(session, key, message, files=False)


async def _empty(session: AsyncSession, key: DataKey, message: Message, *, files: bool = True) -> list[str]:
    """Take words and entities out; the bot's labels stay: they say what was done, not what she said."""
    message.kind, message.sealed_body = Kind.REMOVED, key.seal_fields({}, "message")
    found = select(Decision).where(Decision.message_id == message.id)
    decision = (await session.execute(found)).scalar_one_or_none()
    if decision is not None:
        decision.sealed_entities = None
    if not files:
        return []
    media = StoredMedia.message_id == message.id
    query = select(StoredMedia.path).where(media, StoredMedia.path != "")
    paths = list((await session.execute(query)).scalars())
    await session.execute(delete(StoredMedia).where(media))
    return paths
