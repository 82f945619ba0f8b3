"""Showing who a contact is: pseudonyms stand on all pages; a name and number need a reason and the password again."""

from starlette.requests import Request
from starlette.responses import Response

from bot import audit
from bot.console.cases import case_page, open_case
from bot.console.frame import get_console, get_staff, get_store, get_words, read_form, render
from bot.console.sessions import ask_password
from bot.privacy.seal import Unsealable

MIN_REASON = 10  # characters


async def reveal(request: Request) -> Response:
    """Show name and address of a case's contact once, on the record."""
    console, staff, form, _ = get_console(request), get_staff(request), await read_form(request), get_words(request)
    helpline, reason = console.helpline, form.get("reason", "").strip()
    now = helpline.clock()
    if len(reason) < MIN_REASON:
        problem = _("Say in a few words why you need to know. It is kept with your name.")
        return await case_page(request, 422, problem=problem, about="reveal")
    refusal = await ask_password(request, form.get("password", ""))
    if refusal:
        return await case_page(request, refusal.status, problem=refusal.problem, about="reveal")
    async with get_store(request).write() as session:
        opened = await open_case(session, request)
        if opened.contact is None:
            return await case_page(request, 409, problem=_("She had everything deleted."), about="reveal")
        subject = f"case:{opened.case.id}"
        audit.note(session, now, staff.actor, "contact:revealed", subject, reason[:200])
    try:
        key = helpline.vault.open_key(opened.contact.sealed_key)
        name, address = key.open(opened.contact.sealed_name, "name"), key.open(opened.contact.sealed_address, "address")
    except Unsealable:
        name, address = "", ""
    return render(request, "reveal.html", case=opened.case, contact=opened.contact, name=name, address=address)
