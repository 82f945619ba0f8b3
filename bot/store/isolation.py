"""Organisations are kept apart here, in one place, for every query of a session that belongs to one.

The first lock adds a condition to each ORM statement of such a session, whatever page wrote it. The second is
PostgreSQL's row-level security (migration 0005): the same rules again, in the database, for what slips past the first.
Sessions of the bot, the worker and the log-in belong to no organisation and see everything.
"""

from typing import Any

from sqlalchemy import event, select, text
from sqlalchemy.orm import ORMExecuteState, Session, with_loader_criteria
from sqlalchemy.sql.base import ExecutableOption

from bot.store.models import (
    Case,
    CaseNote,
    Contact,
    Decision,
    Invite,
    Message,
    OutboxMessage,
    Page,
    StoredMedia,
    User,
)  # fmt: skip

ORGANISATION = "organisation"  # key in Session.info


class OrganisationSession(Session):
    """A session that belongs to an organisation. Others pay nothing for the listeners below."""


@event.listens_for(OrganisationSession, "do_orm_execute")
def _keep_apart(state: ORMExecuteState) -> None:
    if state.is_select or state.is_update or state.is_delete:
        state.statement = state.statement.options(*build_criteria(state.session.info[ORGANISATION]))


@event.listens_for(OrganisationSession, "after_begin")
def _tell_postgres(session: Session, _transaction: Any, connection: Any) -> None:
    if connection.dialect.name == "postgresql":
        value = {"id": str(session.info[ORGANISATION])}
        connection.execute(text("SELECT set_config('helpline.organisation', :id, true)"), value)


def build_criteria(organisation: int) -> list[ExecutableOption]:
    """Return what narrows each table to one organisation."""
    cases, contacts = Case.__table__.c, Contact.__table__.c
    case_ids = select(cases.id).where(cases.organisation_id == organisation)
    contact_ids = select(contacts.id).where(contacts.organisation_id == organisation)
    return [
        *(with_loader_criteria(kind, kind.organisation_id == organisation) for kind in (Case, Contact, User, Invite)),
        *(with_loader_criteria(kind, kind.case_id.in_(case_ids)) for kind in (CaseNote, Page)),
        *(
            with_loader_criteria(kind, kind.contact_id.in_(contact_ids))
            for kind in (Message, StoredMedia, Decision, OutboxMessage)
        ),
    ]
