"""The case list, one case with its whole conversation, and the events that keep both fresh."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.exc import NoResultFound
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from bot import audit
from bot.cases.life import URGENT
from bot.clock import new_token
from bot.console import changes
from bot.console.frame import Console, Staff, get_console, get_staff, get_store, render
from bot.console.sessions import COOKIE, find_session
from bot.console.thread import load_thread
from bot.outbox.hold import find_window_end, open_wishes
from bot.outbox.templates import TEMPLATES, find_template
from bot.privacy.seal import Unsealable
from bot.store.models import Case, Contact, User
from bot.store.queries import cases
from bot.store.queries.cases import CaseRow
from bot.wishes import REASONS, Wishes

LONG_WAIT = {True: timedelta(minutes=15), False: timedelta(hours=12)}  # urgent or not: when the list says so aloud
FILTERS: dict[str, Callable[[CaseRow, Staff], bool]] = {
    "all": lambda row, staff: True,
    "unassigned": lambda row, staff: row.case.user_id is None,
    "mine": lambda row, staff: row.case.user_id == staff.user.id,
}


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the list."""

    case: Case
    channel: str
    who: str
    mine: bool
    urgent: bool
    waiting: timedelta | None
    long: bool
    age: timedelta


async def show_cases(request: Request) -> Response:
    helpline, staff = get_console(request).helpline, get_staff(request)
    shown = request.query_params.get("show", "all")
    if shown not in {*FILTERS, "closed"}:
        raise HTTPException(404)
    async with get_store(request).read() as session:
        mark = await changes.mark_cases(session, helpline.clock())
        rows = await cases.list_open_cases(session)
        closed = await cases.list_closed_cases(session) if shown == "closed" else []
    counts = {name: sum(keep(row, staff) for row in rows) for name, keep in FILTERS.items()}
    kept = closed if shown == "closed" else [row for row in rows if FILTERS[shown](row, staff)]
    lines = [_line(row, staff, helpline.clock()) for row in kept]
    urgent = sum(row.case.priority == URGENT for row in rows)
    return render(request, "cases.html", lines=lines, shown=shown, counts=counts, urgent=urgent, mark=mark)


def _line(row: CaseRow, staff: Staff, now: datetime) -> Line:
    case, urgent = row.case, row.case.priority == URGENT
    waiting = now - case.waiting_since if case.waiting_since else None
    return Line(
        case=case, channel=row.contact.channel if row.contact else "", urgent=urgent,
        who=row.user.display_name if row.user else "", mine=case.user_id == staff.user.id,
        waiting=waiting, long=waiting is not None and waiting > LONG_WAIT[urgent], age=now - case.opened_at,
    )  # fmt: skip


# --- one case


@dataclass(slots=True)
class Opened:
    """A case as a request found it, inside its session."""

    case: Case
    contact: Contact | None
    user: User | None  # who has taken it


async def open_case(session: AsyncSession, request: Request) -> Opened:
    try:
        case = await cases.get_case(session, request.path_params["id"])
    except NoResultFound:
        raise HTTPException(404) from None
    contact = await session.get(Contact, case.contact_id) if case.contact_id else None
    user = await session.get(User, case.user_id) if case.user_id else None
    return Opened(case, contact, user)


async def show_case(request: Request) -> Response:
    return await case_page(request)


async def case_page(
    request: Request, status: int = 200, *, problem: str = "", typed: str = "", about: str = ""
) -> Response:
    """Show the case; after a refused step with the problem beside the form it is about, and what was typed kept."""
    console, staff = get_console(request), get_staff(request)
    now = console.helpline.clock()
    async with get_store(request).read() as session:
        opened = await open_case(session, request)
        mark = await changes.mark_case(session, opened.case)
        notes = await cases.list_notes(session, opened.case.id)
        pages = await cases.list_pages(session, opened.case.id)
        contact = opened.contact
        entries = await load_thread(session, console.helpline.vault, contact, notes) if contact else []
    await note_reading(console, staff, f"case:{opened.case.id}", "case:read", now)
    return render(
        request, "case.html", status, case=opened.case, contact=contact, holder=opened.user, entries=entries, mark=mark,
        line=_line(CaseRow(opened.case, contact, opened.user), staff, now), token=new_token(18),
        problem=problem, typed=typed, about=about, form_id=None, pages=pages,
        wishes=_find_wishes(console, opened.contact), waits=REASONS, window=_find_window(console, contact, now),
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Window:
    """WhatsApp's clock: until when free text is taken, and what may be sent after that."""

    ends_at: datetime
    closed: bool
    templates: tuple[tuple[str, str], ...] = ()  # name, and what it says in her language


def _find_window(console: Console, contact: Contact | None, now: datetime) -> Window | None:
    helpline = console.helpline
    try:
        ends_at = find_window_end(contact, helpline.registry.limits(contact.channel).window) if contact else None
    except KeyError:
        return None
    if ends_at is None or contact is None:
        return None
    found = {name: find_template(helpline.settings.templates, name, contact.locale or "en") for name in TEMPLATES}
    said = tuple((name, helpline.phrases.say(TEMPLATES[name], hit[0])) for name, hit in found.items() if hit)
    return Window(ends_at, ends_at <= now, said)


def _find_wishes(console: Console, contact: Contact | None) -> Wishes | None:
    try:
        return open_wishes(contact, console.helpline.vault.open_key(contact.sealed_key)) if contact else None
    except Unsealable:
        return None


async def note_reading(console: Console, staff: Staff, subject: str, action: str, now: datetime) -> None:
    """Audit that somebody looked, once in five minutes for each thing."""
    if console.seen.is_new(staff.user.id, f"{action} {subject}", now):
        async with console.helpline.store.write() as session:
            audit.note(session, now, staff.actor, action, subject)


# --- events


async def send_list_events(request: Request) -> Response:
    async def read_mark(session: AsyncSession, now: datetime) -> str:
        return await changes.mark_cases(session, now)

    return changes.stream(_while_logged_in(request, read_mark))


async def send_case_events(request: Request) -> Response:
    async def read_mark(session: AsyncSession, now: datetime) -> str:
        return await changes.mark_case(session, (await open_case(session, request)).case)

    async with get_store(request).read() as session:
        await open_case(session, request)  # a case that is not there is said before the stream begins
    return changes.stream(_while_logged_in(request, read_mark))


def _while_logged_in(
    request: Request, read_mark: Callable[[AsyncSession, datetime], Awaitable[str]]
) -> changes.ReadMark:
    """Look only as long as she is logged in: log-out and disabling end the stream too."""
    helpline, token = get_console(request).helpline, request.cookies.get(COOKIE, "")

    async def read() -> str | None:
        if await find_session(helpline.store, token, helpline.clock()) is None:
            return None
        async with get_store(request).read() as session:
            return await read_mark(session, helpline.clock())

    return read
