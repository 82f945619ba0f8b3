"""Cases."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import bindparam, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.store.models import Case, CaseNote, Contact, Page, User

_OPEN = select(Case).where(Case.contact_id == bindparam("of"), Case.closed_at.is_(None))
_NUMBER = select(Case.__table__.c.id).where(
    Case.__table__.c.contact_id == bindparam("of"), Case.__table__.c.closed_at.is_(None)
)


@dataclass(frozen=True, slots=True)
class CaseRow:
    """A line of the case list: the case, its contact (None once erased) and who has taken it."""

    case: Case
    contact: Contact | None
    user: User | None


async def find_open_case(session: AsyncSession, contact_id: int) -> Case | None:
    return (await session.execute(_OPEN, {"of": contact_id})).scalar_one_or_none()


async def find_open_number(session: AsyncSession, contact_id: int) -> int | None:
    """Return her open case's number: every message asks, and few have one."""
    return (await session.execute(_NUMBER, {"of": contact_id})).scalar_one_or_none()


async def get_case(session: AsyncSession, case_id: int) -> Case:
    return await session.get_one(Case, case_id)


async def list_open_cases(session: AsyncSession) -> list[CaseRow]:
    """Return open cases: urgent first, then who has waited longest."""
    query = (
        select(Case, Contact, User)
        .outerjoin(Contact, Contact.id == Case.contact_id)
        .outerjoin(User, User.id == Case.user_id)
        .where(Case.closed_at.is_(None))
        .order_by(Case.priority, Case.waiting_since.is_(None), Case.waiting_since, Case.opened_at)
    )
    return [CaseRow(*row) for row in (await session.execute(query)).all()]


async def list_closed_cases(session: AsyncSession, limit: int = 100) -> list[CaseRow]:
    query = (
        select(Case, Contact, User)
        .outerjoin(Contact, Contact.id == Case.contact_id)
        .outerjoin(User, User.id == Case.user_id)
        .where(Case.closed_at.is_not(None))
        .order_by(Case.closed_at.desc())
        .limit(limit)
    )
    return [CaseRow(*row) for row in (await session.execute(query)).all()]


async def list_notes(session: AsyncSession, case_id: int) -> Sequence[tuple[CaseNote, User]]:
    query = (
        select(CaseNote, User)
        .join(User, User.id == CaseNote.user_id)
        .where(CaseNote.case_id == case_id)
        .order_by(CaseNote.id)
    )
    return [(note, user) for note, user in (await session.execute(query)).all()]


async def list_pages(session: AsyncSession, case_id: int, limit: int = 20) -> Sequence[tuple[Page, User | None]]:
    """Return who was called about an urgent case, newest first."""
    query = (
        select(Page, User)
        .outerjoin(User, User.id == Page.user_id)
        .where(Page.case_id == case_id)
        .order_by(Page.id.desc())
        .limit(limit)
    )
    return [(row[0], row[1]) for row in (await session.execute(query)).all()]
