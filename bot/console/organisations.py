"""The organisations that share the helpline: made and given their countries by the administrators of HOME."""

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from bot import audit
from bot.console.accounts import users_page
from bot.console.frame import Staff, get_console, get_staff, get_words, read_form, redirect
from bot.dialogue.policy import DESTINATIONS
from bot.store.models import Organisation
from bot.store.models.organisations import HOME
from bot.store.queries.organisations import list_organisations


def runs_helpline(staff: Staff) -> bool:
    return staff.user.role == "admin" and staff.user.organisation_id == HOME


async def keep(request: Request) -> Response:
    """Add an organisation, or change one's name and countries. Open cases stay where they are."""
    helpline, staff = get_console(request).helpline, get_staff(request)
    form, _ = await read_form(request), get_words(request)
    if not runs_helpline(staff):
        raise HTTPException(404)
    id, name = form.get("id", ""), form.get("name", "").strip()
    countries = [code for code in DESTINATIONS if form.get(f"serves-{code}")]
    if not 2 <= len(name) <= 80:
        return await users_page(request, 422, problem=_("The name of an organisation has 2 to 80 characters."))
    async with helpline.store.write() as session:
        known = {str(organisation.id): organisation for organisation in await list_organisations(session)}
        if any(other.name.casefold() == name.casefold() for key, other in known.items() if key != id):
            return await users_page(request, 409, problem=_("There is an organisation of this name."))
        organisation = known.get(id)
        if id and organisation is None:
            raise HTTPException(404)
        if organisation is None:
            organisation = Organisation(name=name, created_at=helpline.clock())
            session.add(organisation)
        organisation.name, organisation.countries = name, countries
        await session.flush()
        subject = f"organisation:{organisation.id}"
        audit.note(session, helpline.clock(), staff.actor, "organisation:kept", subject, " ".join(countries))
    return redirect("/console/users")
