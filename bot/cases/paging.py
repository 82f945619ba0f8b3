"""Paging: an urgent case calls one person after the other until somebody says that she has seen it.

The ladder is the list of users on duty, in order. A page goes out through Apprise (e-mail, Telegram and some
hundred other services); it says that something is urgent and where to look, and nothing about the worker.
"""

import asyncio
import logging
from collections.abc import Sequence
from datetime import datetime, timedelta

import apprise
import structlog
from sqlalchemy import ColumnElement, and_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot import audit
from bot.cases.life import URGENT
from bot.clock import Clock
from bot.metrics import PAGES
from bot.privacy.seal import Unsealable, Vault
from bot.store.engine import Store
from bot.store.models import Case, Page, User
from bot.store.models.organisations import HOME

log = structlog.get_logger()
logging.getLogger("apprise").setLevel(logging.CRITICAL + 1)  # it would name the addresses

SOON = timedelta(minutes=5)  # to the next person
LATER = timedelta(minutes=30)  # once everybody was called twice


class Pager:
    def __init__(self, store: Store, vault: Vault, clock: Clock, public_url: str) -> None:
        self._store, self._vault, self._clock, self._public_url = store, vault, clock, public_url
        self._paging: set[asyncio.Task[None]] = set()

    def page_soon(self) -> None:
        """Page now, beside what is going on: a case has just become urgent. The sweep would find it too."""
        paging = asyncio.create_task(self._page_quietly(), name="page")
        self._paging.add(paging)
        paging.add_done_callback(self._paging.discard)

    async def settle(self) -> None:
        """Wait for the calls that are being made."""
        await asyncio.gather(*self._paging)

    async def _page_quietly(self) -> None:
        try:
            await self.page_due()
        except Exception as error:
            log.error("paging_failed", error=type(error).__name__)

    async def page_due(self) -> int:
        """Page for every urgent case that nobody has acknowledged and whose time has come; return how many."""
        now = self._clock()
        async with self._store.read() as session:
            due = (await session.execute(select(Case.id, Case.pages, Case.organisation_id).where(_due(now)))).all()
        for case_id, pages, organisation_id in due:
            await self._page(case_id, pages, organisation_id, now)
        return len(due)

    async def _page(self, case_id: int, pages: int, organisation_id: int, now: datetime) -> None:
        """Note first, then call: a crash between the two costs one step of the ladder, never a double ring."""
        async with self._store.write() as session:
            ladder = await list_ladder(session, organisation_id)
            wait = SOON if pages < 2 * max(len(ladder), 1) else LATER
            claim = update(Case).where(Case.id == case_id, Case.pages == pages, _due(now))
            if not (await session.execute(claim.values(pages=pages + 1, page_at=now + wait))).rowcount:  # type: ignore[attr-defined]
                return
            user = ladder[pages % len(ladder)] if ladder else None
            page = Page(case_id=case_id, user_id=user.id if user else None, at=now)
            session.add(page)
            await session.flush()
            audit.note(session, now, "bot", "case:paged", f"case:{case_id}", f"user:{user.id}" if user else "nobody")
        error = await self._call(user, case_id) if user else "nobody_on_duty"
        async with self._store.write() as session:
            noted = await session.get(Page, page.id)
            if noted is not None:
                noted.sent, noted.error = not error, error
        PAGES.labels(outcome=error or "sent").inc()
        log.warning("case_paged", case=case_id, step=pages + 1, error=error)

    async def _call(self, user: User, case_id: int) -> str:
        """Return what went wrong, or nothing."""
        try:
            url = self._vault.open_text(user.sealed_page_url, "page-url")
        except Unsealable:
            return "unsealable"
        body = f"Case {case_id} is urgent and waits for you.\n{self._public_url}/console/cases/{case_id}"
        return "" if await asyncio.to_thread(notify, url, "Urgent case", body) else "not_sent"


def _due(now: datetime) -> ColumnElement[bool]:
    return and_(
        Case.priority == URGENT, Case.closed_at.is_(None), Case.acknowledged_at.is_(None),
        Case.page_at.is_not(None), Case.page_at <= now,
    )  # fmt: skip


async def list_ladder(session: AsyncSession, organisation_id: int) -> Sequence[User]:
    """Return who is on duty and can be paged, in the order of the ladder.

    Where an organisation has nobody on duty, the people of HOME are called: better a stranger who can telephone
    a colleague than nobody.
    """
    query = (
        select(User)
        .where(User.duty_rank.is_not(None), User.sealed_page_url.is_not(None), User.disabled_at.is_(None))
        .order_by(User.duty_rank, User.id)
    )
    on_duty = (await session.execute(query)).scalars().all()
    ladder = [user for user in on_duty if user.organisation_id == organisation_id]
    return ladder or [user for user in on_duty if user.organisation_id == HOME]


def notify(url: str, title: str, body: str) -> bool:
    """Send one notification; blocks."""
    service = apprise.Apprise()
    return bool(service.add(url)) and bool(service.notify(title=title, body=body))


def is_page_url(url: str) -> bool:
    """True for an address that Apprise can page, e.g. mailto://user:password@example.org or tgram://token/chat."""
    return bool(url) and apprise.Apprise.instantiate(url, suppress_exceptions=True) is not None
