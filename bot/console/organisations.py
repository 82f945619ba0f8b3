"""The organisations that share the helpline: made by the administrators of HOME, who set countries and periods."""

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from bot import audit
from bot.config import LONGEST_KEPT
from bot.console.accounts import PERIODS, users_page
from bot.console.frame import Staff, get_console, get_staff, get_words, read_form, redirect
from bot.dialogue.policy import DESTINATIONS
from bot.store.models import Organisation
from bot.store.models.organisations import HOME
from bot.store.queries.organisations import list_organisations


def runs_helpline(staff: Staff) -> bool:
    return staff.user.role == "admin" and staff.user.organisation_id == HOME


async def keep(request: Request) -> Response:
    """Add an organisation, or change one's name, countries and periods. Open cases stay where they are."""
    helpline, staff = get_console(request).helpline, get_staff(request)
    form, _ = await read_form(request), get_words(request)
    if not runs_helpline(staff):
        raise HTTPException(404)
    id, name = form.get("id", ""), form.get("name", "").strip()
    countries = [code for code in DESTINATIONS if form.get(f"serves-{code}")]
    if not 2 <= len(name) <= 80:
        return await users_page(request, 422, problem=_("The name of an organisation has 2 to 80 characters."))
    periods = {kind: _read_days(form.get(f"keep-{kind}", "")) for kind in PERIODS}
    wrong = next((kind for kind, days in periods.items() if days is not None and not 1 <= days <= LONGEST_KEPT), None)
    if wrong:
        problem = _(
            "%(field)s: a number of days from 1 to %(most)s, or nothing.", field=_(PERIODS[wrong]), most=LONGEST_KEPT
        )
        return await users_page(request, 422, problem=problem)
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
        for kind, days in periods.items():
            setattr(organisation, f"keep_{kind}_days", days)
        await session.flush()
        subject = f"organisation:{organisation.id}"
        kept = [f"{kind}:{days}" for kind, days in periods.items() if days]
        audit.note(session, helpline.clock(), staff.actor, "organisation:kept", subject, " ".join(countries + kept))
    return redirect("/console/users")


def _read_days(text: str) -> int | None:
    """Return the days, None for none, and 0 for what is no number."""
    text = text.strip()
    return None if not text else int(text) if text.isascii() and text.isdigit() and len(text) < 6 else 0
