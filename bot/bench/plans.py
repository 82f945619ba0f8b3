"""How the database goes about our hottest queries: the statements are caught while our own functions run."""

import re
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncSession

from bot.store.engine import Store
from bot.store.queries import contacts, messages, outbox

Query = Callable[[AsyncSession], Awaitable[Any]]


@dataclass(frozen=True, slots=True)
class Plan:
    """One statement: the function it is of, the steps of its plan, and the milliseconds it took."""

    query: str
    steps: str
    milliseconds: float

    @property
    def scans(self) -> bool:
        """Whether it reads a whole table: its cost grows with what is stored."""
        return bool(re.search(r"\bSeq Scan on|\bSCAN \w+(?! USING)\b", self.steps))


def list_hot(contact_id: int, now: datetime) -> dict[str, Query]:
    """Return what runs for every message or in every sweep."""
    claim = timedelta(seconds=90)
    return {
        "list_keys": lambda session: contacts.list_keys(session, [("telegram", "0" * 64)]),
        "find_next_unhandled": lambda session: messages.find_next_unhandled(session, contact_id),
        "list_waiting_contacts": lambda session: messages.list_waiting_contacts(session, now),
        "claim_next": lambda session: outbox.claim_next(session, contact_id, "bench", now, claim),
        "give_up_lost_claims": lambda session: outbox.give_up_lost_claims(session, now),
        "list_due_contacts": lambda session: outbox.list_due_contacts(session, now),
    }


async def explain(store: Store, queries: dict[str, Query]) -> list[Plan]:
    """Run each query and ask the database for the plan of each statement it made. Nothing is written."""
    plans = []
    caught: list[tuple[str, Any]] = []

    def catch(_conn: Any, _cursor: Any, statement: str, parameters: Any, _context: Any, _many: bool) -> None:
        caught.append((statement, parameters))

    for name, query in queries.items():
        async with store.read() as session:
            await query(session)  # once for the caches
            event.listen(store.engine.sync_engine, "before_cursor_execute", catch)
            try:
                started = time.perf_counter()
                await query(session)
                seconds = time.perf_counter() - started
            finally:
                event.remove(store.engine.sync_engine, "before_cursor_execute", catch)
            steps = [await _ask(session, statement, parameters) for statement, parameters in caught]
            caught.clear()
            await session.rollback()
        plans.append(Plan(name, "; ".join(steps), round(1000 * seconds, 2)))
    return plans


async def _ask(session: AsyncSession, statement: str, parameters: Any) -> str:
    if session.get_bind().dialect.name == "postgresql":
        rows = await _run(session, f"EXPLAIN (ANALYZE, COSTS OFF, SUMMARY OFF) {statement}", parameters)
        return " | ".join(_shorten(str(row[0])) for row in rows)
    rows = await _run(session, f"EXPLAIN QUERY PLAN {statement}", parameters)
    return " | ".join(str(row[-1]) for row in rows)


async def _run(session: AsyncSession, statement: str, parameters: Any) -> Sequence[Any]:
    """Run the driver's own statement; within the session, whose SQLite statements need no thread."""
    return await session.run_sync(lambda inner: inner.connection().exec_driver_sql(statement, parameters).all())


def _shorten(line: str) -> str:
    """Leave out the loops of a line of PostgreSQL's plan and its indentation."""
    return line.strip().removeprefix("->").strip().replace(" loops=1", "")
