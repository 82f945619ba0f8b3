"""Keeps content in the database, in versions, and the library that workers are answered from up to date with it."""

import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from bot.clock import Clock
from bot.content.entries import Entry, build_library
from bot.content.model import Library
from bot.store.engine import Store, lock_alone
from bot.store.models import ContentVersion
from bot.store.queries import content

log = structlog.get_logger()

FILES = "files"  # author of what came from responses/
LOOK_EVERY = 1.0  # seconds between two looks whether content changed


@dataclass(slots=True)
class Keeper:
    """Holds the library. It is what the files say until `open` has read the database."""

    store: Store
    clock: Clock
    library: Library
    _mark: tuple[int, datetime | None] = (-1, None)
    _next_start: datetime | None = None
    _looked: float = field(default=0.0)

    async def open(self, entries: Iterable[Entry]) -> None:
        """Take over what changed in the files since last time, then load the library."""
        async with self.store.write() as session:
            await lock_alone(session, "content")
            await take_over(session, list(entries), self.clock())
        await self.refresh()

    async def look(self) -> None:
        """Load the library anew if content changed or a planned version starts; cheap otherwise."""
        if self._mark[0] < 0 or time.monotonic() - self._looked < LOOK_EVERY:
            return
        self._looked = time.monotonic()
        async with self.store.read() as session:
            mark = await content.find_last_change(session)
        if mark != self._mark or (self._next_start is not None and self._next_start <= self.clock()):
            await self.refresh()

    async def refresh(self) -> None:
        """Load the library from the database. A version that cannot be used is left out, and named in the log."""
        now = self.clock()
        async with self.store.read() as session:
            self._mark = await content.find_last_change(session)
            self._next_start = await content.find_next_start(session, now)
            live = await content.list_live(session, now)
        self.library, problems = build_library(Entry(row.kind, row.name, row.body, row.number) for row in live)
        for problem in problems:
            log.error("content_unusable", problem=problem)


async def take_over(session: AsyncSession, entries: list[Entry], now: datetime) -> None:
    """Publish what is new in the files; what was edited since in the studio is kept, and the file's text a draft."""
    last = {(row.kind, row.name): row for row in await content.list_by_author(session, FILES)}
    newest = {(row.kind, row.name): row for row in await content.list_newest(session)}
    for entry in entries:
        key = (entry.kind, entry.name)
        if key in last and last[key].body == entry.body:
            continue
        row = newest.get(key)
        edited = row is not None and row.author != FILES
        session.add(new_version(entry, row.number + 1 if row else 1, "draft" if edited else "published", FILES, now))
    known = {(entry.kind, entry.name) for entry in entries}
    for key, row in newest.items():
        if row.author == FILES and row.state == "published" and key not in known:
            gone = Entry(row.kind, row.name, row.body)
            session.add(new_version(gone, row.number + 1, "retired", FILES, now))


def new_version(entry: Entry, number: int, state: str, author: str, now: datetime, note: str = "") -> ContentVersion:
    return ContentVersion(
        kind=entry.kind, name=entry.name, number=number, body=entry.body, state=state, author=author, note=note,
        created_at=now, changed_at=now,
    )  # fmt: skip
