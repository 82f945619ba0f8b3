"""The life of a case: opened by the bot, taken by a caseworker, handed back or closed."""

from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from bot import audit
from bot.dialogue.decision import CaseChange
from bot.store.models import Case, Contact, User
from bot.store.queries import cases
from bot.store.queries.organisations import choose_organisation

URGENT, NORMAL = 0, 1
SEEN_HOLDS = timedelta(hours=1)


class CaseError(Exception):
    """The step does not fit the case's state; the text tells the caseworker why."""


async def open_or_raise(session: AsyncSession, contact: Contact, change: CaseChange, now: datetime) -> Case:
    """Open a case, or make the open one urgent if danger has shown; never lower it."""
    case = await cases.find_open_case(session, contact.id)
    if case is None:
        contact.organisation_id = await choose_organisation(session, contact.destination)
        case = Case(
            contact_id=contact.id, organisation_id=contact.organisation_id, reason=change.reason, label=change.label,
            priority=URGENT if change.urgent else NORMAL, opened_at=now, waiting_since=now,
            page_at=now if change.urgent else None,
        )  # fmt: skip
        session.add(case)
        await session.flush()
        audit.note(session, now, "bot", "case:opened", f"case:{case.id}", change.reason)
    elif change.urgent and case.priority != URGENT:
        case.priority, case.reason, case.label = URGENT, change.reason, change.label or case.label
        call_people(case, now)
        audit.note(session, now, "bot", "case:raised", f"case:{case.id}", change.reason)
    elif change.urgent and _is_left_alone(case, now):
        call_people(case, now)
    return case


def _is_left_alone(case: Case, now: datetime) -> bool:
    """Somebody saw it an hour ago, nobody took it, and she is in danger again."""
    seen = case.acknowledged_at
    return case.user_id is None and seen is not None and now - seen > SEEN_HOLDS


async def update_from_contact(session: AsyncSession, case: Case, contact: Contact, now: datetime) -> None:
    """She wrote: keep the case's language and country current, and start the clock of her waiting.

    A case that nobody has taken goes to the organisation of the country she has just told.
    """
    if case.destination != contact.destination and case.user_id is None:
        organisation_id = await choose_organisation(session, contact.destination)
        if organisation_id != case.organisation_id:
            case.organisation_id = contact.organisation_id = organisation_id
            if case.priority == URGENT:
                call_people(case, now)
            audit.note(session, now, "bot", "case:moved", f"case:{case.id}", f"organisation:{organisation_id}")
    case.locale, case.destination, case.origin = contact.locale, contact.destination, contact.origin
    case.waiting_since = case.waiting_since or now


def take(session: AsyncSession, case: Case, contact: Contact, user: User, now: datetime) -> None:
    """The caseworker speaks from now on; the bot is silent."""
    _require_open(case)
    if case.user_id not in (None, user.id):
        raise CaseError("Another caseworker has taken this case.")
    case.state, case.user_id, case.taken_at = "taken", user.id, case.taken_at or now
    case.acknowledged_at = case.acknowledged_at or now
    contact.owner = "human"
    audit.note(session, now, f"user:{user.id}", "case:taken", f"case:{case.id}")


def call_people(case: Case, now: datetime) -> None:
    """Page from the top of the ladder, also where an earlier danger was acknowledged: this is a new one."""
    case.page_at, case.acknowledged_at, case.pages = now, None, 0


def acknowledge(session: AsyncSession, case: Case, user: User, now: datetime) -> None:
    """A person has seen it: the paging stops."""
    _require_open(case)
    if case.acknowledged_at is None:
        case.acknowledged_at = now
        audit.note(session, now, f"user:{user.id}", "case:acknowledged", f"case:{case.id}")


def hand_back(session: AsyncSession, case: Case, contact: Contact, user: User, now: datetime) -> None:
    """The bot answers again; the case stays open for whoever takes it next."""
    _require_open(case)
    case.state, case.user_id = "open", None
    contact.owner = "bot"
    audit.note(session, now, f"user:{user.id}", "case:handed_back", f"case:{case.id}")


def close(session: AsyncSession, case: Case, contact: Contact | None, user: User, now: datetime) -> None:
    _require_open(case)
    case.state, case.closed_at, case.outcome, case.waiting_since = "closed", now, "closed", None
    if contact is not None:
        contact.owner = "bot"
    audit.note(session, now, f"user:{user.id}", "case:closed", f"case:{case.id}")


def note_reply(case: Case) -> None:
    """A person has answered her: nobody is waiting until she writes again."""
    case.waiting_since = None


def _require_open(case: Case) -> None:
    if case.closed_at is not None:
        raise CaseError("This case is closed.")
