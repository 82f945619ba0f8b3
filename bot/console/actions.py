"""What a caseworker does with a case. Each step is one transaction, audited; the worker is woken after the commit."""

import hashlib
import re
from collections.abc import Awaitable, Callable
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from bot import audit
from bot.cases import life
from bot.cases.life import NORMAL, URGENT, CaseError
from bot.console import explain
from bot.console.cases import Opened, case_page, open_case
from bot.console.explain import RESENDABLE
from bot.console.frame import Console, Staff, get_console, get_staff, get_store, get_words, read_form, redirect, render
from bot.console.words import N_
from bot.messages import Lane, Limits
from bot.outbox.enqueue import Bubble, enqueue, open_bubble
from bot.outbox.hold import PING, mark_last, needs_ping
from bot.outbox.later import find_time
from bot.outbox.templates import TEMPLATES, find_template, send_template
from bot.privacy.seal import DataKey, Unsealable
from bot.store.models import CaseNote, Contact, OutboxMessage
from bot.store.queries import cases, contacts
from bot.wishes import REASONS, SCHEDULED
from bot.zones import find_zone

MAX_TEXT = 8000  # characters of a reply or note
_TOKEN = re.compile(r"[A-Za-z0-9_-]{16,40}")

Form = dict[str, str]
Step = Callable[[Console, AsyncSession, Staff, Opened, Form, datetime], Awaitable[None]]


async def act(request: Request) -> Response:
    """Do one step and show the case again; what does not fit its state is said on the page, with the text kept."""
    form = await read_form(request)
    step = STEPS.get(request.path_params["step"])
    if step is None:
        raise HTTPException(404)
    try:
        await _do(request, step, form)
    except CaseError as error:
        problem, about = get_words(request)(str(error)), request.path_params["step"]
        return await case_page(request, 409, problem=problem, typed=form.get("text", ""), about=about)
    return redirect(f"/console/cases/{request.path_params['id']}")


async def _do(request: Request, step: Step, form: Form) -> None:
    console, staff = get_console(request), get_staff(request)
    async with get_store(request).write() as session:
        opened = await open_case(session, request)
        await step(console, session, staff, opened, form, console.helpline.clock())
        contact_id = opened.case.contact_id
    if contact_id is not None:
        await console.helpline.worker.send(contact_id)


# --- the steps


async def take(
    console: Console, session: AsyncSession, staff: Staff, opened: Opened, form: Form, now: datetime
) -> None:
    contact = _need_contact(opened)
    if opened.case.user_id != staff.user.id or contact.owner != "human":
        life.take(session, opened.case, contact, staff.user, now)


async def reply(
    console: Console, session: AsyncSession, staff: Staff, opened: Opened, form: Form, now: datetime
) -> None:
    """Replying takes the case. The form's token names the row, so that a double click sends once."""
    contact, text = _need_contact(opened), _need_text(form)
    _need_willing(contact)
    await take(console, session, staff, opened, form, now)
    later = find_time(form.get("later", ""), now, find_zone(contact.destination, contact.origin))
    if later is not None:
        key, limits = _way_to(console, contact)
        await enqueue(
            session, contact, key, [Bubble(text)], limits, name=_name(opened, form, text), now=now,
            user_id=staff.user.id, lane=Lane.BULK, later=later,
        )  # fmt: skip
        audit.note(session, now, staff.actor, "case:follow_up", f"case:{opened.case.id}", form["later"])
    elif await _say(console, session, staff, opened, text, _name(opened, form, text), now):
        life.note_reply(opened.case)
        audit.note(session, now, staff.actor, "case:replied", f"case:{opened.case.id}")


async def add_note(
    console: Console, session: AsyncSession, staff: Staff, opened: Opened, form: Form, now: datetime
) -> None:
    """Keep a note, sealed as her own words are: it goes when she has everything deleted."""
    contact, text = _need_contact(opened), _need_text(form)
    sealed = _way_to(console, contact)[0].seal(text, "note")
    session.add(CaseNote(case_id=opened.case.id, user_id=staff.user.id, sealed_body=sealed, created_at=now))
    audit.note(session, now, staff.actor, "case:noted", f"case:{opened.case.id}")


async def hand_back(
    console: Console, session: AsyncSession, staff: Staff, opened: Opened, form: Form, now: datetime
) -> None:
    contact = _need_contact(opened)
    if opened.case.state != "taken":
        raise CaseError(N_("Nobody has taken this case: the bot is answering already."))
    _need_holder(staff, opened)
    life.hand_back(session, opened.case, contact, staff.user, now)
    await _tell(console, session, staff, opened, form, "case_handed_back", now)


async def close(
    console: Console, session: AsyncSession, staff: Staff, opened: Opened, form: Form, now: datetime
) -> None:
    _need_contact(opened)
    _need_holder(staff, opened)
    life.close(session, opened.case, opened.contact, staff.user, now)
    await _tell(console, session, staff, opened, form, "case_closed", now)


async def raise_priority(
    console: Console, session: AsyncSession, staff: Staff, opened: Opened, form: Form, now: datetime
) -> None:
    _set_priority(session, staff, opened, URGENT, "case:raised", now)


async def lower_priority(
    console: Console, session: AsyncSession, staff: Staff, opened: Opened, form: Form, now: datetime
) -> None:
    _set_priority(session, staff, opened, NORMAL, "case:lowered", now)


async def acknowledge(
    console: Console, session: AsyncSession, staff: Staff, opened: Opened, form: Form, now: datetime
) -> None:
    _need_contact(opened)
    life.acknowledge(session, opened.case, staff.user, now)


async def send_template_step(
    console: Console, session: AsyncSession, staff: Staff, opened: Opened, form: Form, now: datetime
) -> None:
    """Send an approved template where WhatsApp takes no other words; one, until she writes."""
    contact, helpline = _need_contact(opened), console.helpline
    _need_willing(contact)
    phrase = TEMPLATES.get(form.get("template", ""))
    found = find_template(helpline.settings.templates, form.get("template", ""), contact.locale or "en")
    if phrase is None or found is None:
        raise CaseError(N_("There is no such template. Tell your administrator."))
    locale, sid = found
    key, limits = _way_to(console, contact)
    lane = _find_lane(opened)
    sent = await send_template(
        session, contact, key, limits, name=form["template"], text=helpline.phrases.say(phrase, locale), sid=sid,
        user_id=staff.user.id, now=now, lane=lane,
    )  # fmt: skip
    if not sent:
        raise CaseError(N_("One was sent already since she last wrote. Now it is hers to write."))
    audit.note(session, now, staff.actor, "case:template_sent", f"case:{opened.case.id}", form["template"])


STEPS: dict[str, Step] = {
    "take": take, "reply": reply, "note": add_note, "hand-back": hand_back, "close": close,
    "raise": raise_priority, "lower": lower_priority, "seen": acknowledge, "template": send_template_step,
}  # fmt: skip


def _set_priority(
    session: AsyncSession, staff: Staff, opened: Opened, priority: int, action: str, now: datetime
) -> None:
    _need_contact(opened)
    if opened.case.priority != priority:
        opened.case.priority = priority
        if priority == URGENT and opened.case.user_id is None:
            life.call_people(opened.case, now)
        audit.note(session, now, staff.actor, action, f"case:{opened.case.id}", "by hand")


# --- send again


async def send_again(request: Request) -> Response:
    """Send a message anew that failed or may not have arrived. The old row stays as it is: it is what happened."""
    console, form = get_console(request), await read_form(request)
    try:
        async with get_store(request).write() as session:
            row = await session.get(OutboxMessage, request.path_params["id"])
            if row is None or row.status not in RESENDABLE:
                raise HTTPException(404)
            await _repeat(console, session, get_staff(request), row, console.helpline.clock())
            case = await cases.find_open_case(session, row.contact_id)
    except (CaseError, Unsealable) as error:
        _, said = get_words(request), str(error) if isinstance(error, CaseError) else explain.ERRORS["unsealable"]
        return render(request, "problem.html", 409, heading=_("Not possible"), what=_(said))
    await console.helpline.worker.send(row.contact_id)
    if form.get("back") == "undelivered" or case is None:
        return redirect("/console/undelivered")
    return redirect(f"/console/cases/{case.id}")


async def send_now(request: Request) -> Response:
    """Send against her wishes what waits for them: only where she is in danger, and on the record."""
    console, staff = get_console(request), get_staff(request)
    try:
        async with get_store(request).write() as session:
            row = await session.get(OutboxMessage, request.path_params["id"])
            if row is None or row.status != "errored" or row.error not in REASONS:
                raise HTTPException(404)
            case = await cases.find_open_case(session, row.contact_id)
            if case is None or case.priority != URGENT:
                raise CaseError(N_("Only in an urgent case. If she is in danger, mark the case as urgent first."))
            row.override, row.due_at = True, console.helpline.clock()
            audit.note(
                session, console.helpline.clock(), staff.actor, "message:overridden", f"outbox:{row.id}", row.error
            )
    except CaseError as error:
        _ = get_words(request)
        return render(request, "problem.html", 409, heading=_("Not possible"), what=_(str(error)))
    await console.helpline.worker.send(row.contact_id)
    return redirect(f"/console/cases/{case.id}")


async def cancel(request: Request) -> Response:
    """Take back a follow-up that has not gone out yet."""
    console = get_console(request)
    async with get_store(request).write() as session:
        row = await session.get(OutboxMessage, request.path_params["id"])
        if row is None or row.status != "errored" or row.error != SCHEDULED:
            raise HTTPException(404)
        case = await cases.find_open_case(session, row.contact_id)
        await session.delete(row)
        now = console.helpline.clock()
        audit.note(session, now, get_staff(request).actor, "message:cancelled", f"outbox:{row.id}")
    return redirect(f"/console/cases/{case.id}" if case else "/console/")


async def _repeat(console: Console, session: AsyncSession, staff: Staff, row: OutboxMessage, now: datetime) -> None:
    contact = await contacts.get_contact(session, row.contact_id)
    _need_willing(contact)
    key, limits = _way_to(console, contact)
    bubble = open_bubble(row, key)
    await enqueue(session, contact, key, [bubble], limits, name=f"again-{row.id}", now=now, user_id=staff.user.id)
    audit.note(session, now, staff.actor, "message:sent_again", f"outbox:{row.id}")


# --- shared


async def _say(
    console: Console, session: AsyncSession, staff: Staff, opened: Opened, text: str, name: str, now: datetime
) -> int:
    """Enqueue a caseworker's words; to a phone that others read, a harmless hello goes ahead of them."""
    contact = opened.contact
    if contact is None:
        return 0
    lane = _find_lane(opened)
    key, limits = _way_to(console, contact)
    if needs_ping(contact, key, now):
        hello = Bubble(console.helpline.phrases.say("neutral_hello", contact.locale or "en"))
        name_of_hello = f"{PING}{contact.id}-{mark_last(contact)}"
        await enqueue(session, contact, key, [hello], limits, name=name_of_hello, now=now, lane=lane)
    words = [Bubble(text)]
    return await enqueue(session, contact, key, words, limits, name=name, now=now, user_id=staff.user.id, lane=lane)


def _find_lane(opened: Opened) -> Lane:
    return Lane.DANGER if opened.case.priority == URGENT else Lane.REPLY


def _way_to(console: Console, contact: Contact) -> tuple[DataKey, Limits]:
    """Return what sealing and fitting a message to her needs."""
    try:
        return console.helpline.vault.open_key(contact.sealed_key), console.helpline.registry.limits(contact.channel)
    except Unsealable:
        raise CaseError(explain.ERRORS["unsealable"]) from None
    except KeyError:
        raise CaseError(explain.ERRORS["channel_off"]) from None


async def _tell(
    console: Console, session: AsyncSession, staff: Staff, opened: Opened, form: Form, phrase: str, now: datetime
) -> None:
    """Tell her in her own language who speaks from now on, unless she wants to hear nothing."""
    contact = opened.contact
    if contact is None or contact.stopped_at is not None:
        return
    text = console.helpline.phrases.say(phrase, contact.locale or "en")
    await _say(console, session, staff, opened, text, _name(opened, form, phrase), now)


def _name(opened: Opened, form: Form, text: str) -> str:
    """Name the outbox row: the same text sent twice by one page is one message, another text is another."""
    token = form.get("token", "")
    if not _TOKEN.fullmatch(token):
        raise CaseError(N_("Reload the page, then send it again."))
    return f"c{opened.case.id}-{token}-{hashlib.sha256(text.encode()).hexdigest()[:8]}"


def _need_contact(opened: Opened) -> Contact:
    if opened.contact is None:
        raise CaseError(N_("She had everything deleted. There is nobody to write to."))
    if opened.case.closed_at is not None:
        raise CaseError(N_("This case is closed."))
    return opened.contact


def _need_willing(contact: Contact) -> None:
    if contact.stopped_at is not None:
        raise CaseError(N_("She asked us to stop writing to her. Nothing was sent."))


def _need_holder(staff: Staff, opened: Opened) -> None:
    """Only who has taken a case gives it up; an administrator can where that person is away."""
    if opened.case.user_id not in (None, staff.user.id) and staff.user.role != "admin":
        raise CaseError(N_("Another caseworker has taken this case."))


def _need_text(form: Form) -> str:
    text = form.get("text", "").strip()
    if not text:
        raise CaseError(N_("Write something first."))
    if len(text) > MAX_TEXT:
        raise CaseError(N_("This is longer than 8000 characters. Send it in parts."))
    return text
