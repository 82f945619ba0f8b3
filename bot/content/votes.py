"""Whether an answer helped: a vote belongs to the version that she read, and to nobody."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from bot.store.models import ContentVote
from bot.store.queries import content


async def count(session: AsyncSession, response: str, helpful: bool, now: datetime) -> bool:
    """Count a vote on a response as decisions name it, "wages_unpaid/en/SA@3"; return whether there is one."""
    name, _, number = response.partition("@")
    row = await content.find_version(session, "answer", name, int(number)) if number.isdigit() else None
    if row is None:
        return False
    session.add(ContentVote(content_id=row.id, name=name, number=row.number, helpful=helpful, at=now))
    return True
