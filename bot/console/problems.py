"""Messages that did not arrive, or of which nobody knows: each needs a person's eye."""

from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.requests import Request
from starlette.responses import Response

from bot.console.cases import note_reading
from bot.console.frame import get_console, get_staff, get_store, render
from bot.outbox.enqueue import open_bubble
from bot.privacy.seal import Unsealable, Vault
from bot.store.models import Case, Contact, OutboxMessage
from bot.store.queries import outbox


@dataclass(frozen=True, slots=True)
class Undelivered:
    row: OutboxMessage
    stopped: bool
    preview: str
    case_id: int | None  # her newest case


async def show_undelivered(request: Request) -> Response:
    console = get_console(request)
    async with get_store(request).read() as session:
        items = await _list(session, console.helpline.vault)
    await note_reading(console, get_staff(request), "", "undelivered:read", console.helpline.clock())
    return render(request, "undelivered.html", items=items)


async def _list(session: AsyncSession, vault: Vault) -> list[Undelivered]:
    """Return what was not sent again yet, newest first."""
    rows = await outbox.list_undelivered(session)
    again = {f"again-{row.id}:0" for row in rows}
    done = set((await session.execute(select(OutboxMessage.key).where(OutboxMessage.key.in_(again)))).scalars())
    ids = {row.contact_id for row in rows}
    people = {c.id: c for c in (await session.execute(select(Contact).where(Contact.id.in_(ids)))).scalars()}
    newest = select(Case.contact_id, func.max(Case.id)).where(Case.contact_id.in_(ids)).group_by(Case.contact_id)
    cases = dict((await session.execute(newest)).all())
    return [
        Undelivered(row, people[row.contact_id].stopped_at is not None, _preview(vault, people[row.contact_id], row),
                    cases.get(row.contact_id))
        for row in rows if f"again-{row.id}:0" not in done
    ]  # fmt: skip


def _preview(vault: Vault, contact: Contact, row: OutboxMessage) -> str:
    """The beginning of our own words: enough to know which message it is."""
    try:
        text = open_bubble(row, vault.open_key(contact.sealed_key)).text
    except Unsealable:
        return ""
    return text if len(text) <= 120 else text[:119] + "…"
