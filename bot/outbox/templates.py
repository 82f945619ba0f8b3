"""WhatsApp's templates: what may be sent once her 24 hours are over, in words that the provider has approved.

A template names neither the helpline nor a topic. One goes out after her last message, never a second: then it is
hers to write. The operator has them approved with the texts of the phrases below and names their ContentSids in
HELPLINE_WHATSAPP_TEMPLATES.
"""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.messages import Lane, Limits
from bot.outbox.enqueue import Bubble, enqueue
from bot.outbox.hold import NEUTRAL, TEMPLATE, mark_last
from bot.privacy.seal import DataKey
from bot.store.models import Contact, OutboxMessage

TEMPLATES = {NEUTRAL: "neutral_hello", "answer_waits": "template_answer_waits"}  # name: the phrase it says
Sids = Mapping[tuple[str, str], str]  # (name, locale): ContentSid


def find_template(sids: Sids, name: str, locale: str) -> tuple[str, str] | None:
    """Return locale and ContentSid of the template in her language, else in English; None if there is neither."""
    found = ((tried, sids.get((name, tried), "")) for tried in (locale, locale.partition("_")[0], "en"))
    return next(((tried, sid) for tried, sid in found if sid), None)


async def send_template(
    session: AsyncSession, contact: Contact, key: DataKey, limits: Limits, *, name: str, text: str, sid: str,
    user_id: int, now: datetime, lane: Lane,
) -> bool:  # fmt: skip
    """Enqueue the template; False if one went out already since she last wrote."""
    names = {each: f"{TEMPLATE}{each}-{contact.id}-{mark_last(contact)}" for each in TEMPLATES}
    sent = select(OutboxMessage.id).where(OutboxMessage.key.in_([f"{each}:0" for each in names.values()]))
    if (await session.execute(sent)).first() is not None:
        return False
    said = [Bubble(text, content_sid=sid)]
    await enqueue(session, contact, key, said, limits, name=names[name], now=now, user_id=user_id, lane=lane)
    return True
