"""Tell open pages that something changed: server-sent events carry a mark, never content; the page fetches itself."""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.responses import StreamingResponse

from bot.store.models import Case, CaseNote, Message, OutboxMessage, StoredMedia

LOOK_EVERY = 1.0  # seconds
SAY_ALIVE_EVERY = 15  # looks: proxies close a silent connection
LOOKS = 600  # then the stream ends and the browser comes back: a server that stops need not wait for ever

ReadMark = Callable[[], Awaitable[str | None]]


def stream(read_mark: ReadMark) -> StreamingResponse:
    """Send the mark whenever it differs from the last; None (logged out, say) ends the stream."""
    return StreamingResponse(watch(read_mark), media_type="text/event-stream", headers={"X-Accel-Buffering": "no"})


async def watch(read_mark: ReadMark, every: float = LOOK_EVERY, looks: int = LOOKS) -> AsyncIterator[str]:
    last = None
    for number in range(looks):
        mark = await read_mark()
        if mark is None:
            return
        if mark != last:
            yield f"data: {mark}\n\n"
            last = mark
        elif number % SAY_ALIVE_EVERY == 0:
            yield ": alive\n\n"
        await asyncio.sleep(every)


async def mark_cases(session: AsyncSession, now: datetime) -> str:
    """Changes with any open case, with the newest closed one and with the minute: the list shows waiting times."""
    columns = (Case.id, Case.state, Case.priority, Case.user_id, Case.waiting_since, Case.label, Case.locale)
    rows = (await session.execute(select(*columns).where(Case.closed_at.is_(None)).order_by(Case.id))).all()
    closed = (await session.execute(select(func.max(Case.closed_at)))).scalar()
    return _digest(*rows, closed, now.replace(second=0, microsecond=0))


async def mark_case(session: AsyncSession, case: Case) -> str:
    """Changes with the case, its notes and its contact's thread."""
    notes = (await session.execute(select(func.max(CaseNote.id)).where(CaseNote.case_id == case.id))).scalar()
    about = (case.state, case.priority, case.user_id, case.locale, case.destination, case.label, case.closed_at)
    thread = await mark_thread(session, case.contact_id) if case.contact_id else ""
    return _digest(*about, notes, thread)


async def mark_thread(session: AsyncSession, contact_id: int) -> str:
    """Changes with each message, its handling, each file and each step of a delivery."""
    message = select(func.max(Message.id), func.max(Message.handled_at)).where(Message.contact_id == contact_id)
    sent = select(func.max(OutboxMessage.id), func.max(OutboxMessage.changed_at), func.count(OutboxMessage.id))
    files = select(StoredMedia.state, func.count()).where(StoredMedia.contact_id == contact_id)
    rows = [
        (await session.execute(message)).one(),
        (await session.execute(sent.where(OutboxMessage.contact_id == contact_id))).one(),
        *(await session.execute(files.group_by(StoredMedia.state).order_by(StoredMedia.state))).all(),
    ]
    return _digest(*rows)


def _digest(*parts: object) -> str:
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:16]
