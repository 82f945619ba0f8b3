"""The spool: where webhook events wait, sealed, while the database is away.

One file for each webhook request, named so that sorting by name is sorting by arrival. While anything waits here,
what comes after it waits here too, so that her messages keep their order. A file is on the disk before the provider
is told that we have it, and goes once its events are in the database; a file that cannot be opened is set aside.
"""

import asyncio
import fcntl
import json
import os
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import structlog
from pydantic import TypeAdapter

from bot.clock import new_token, pause
from bot.config import owner_only
from bot.messages import ContactStopped, Event, Inbound, StatusReport
from bot.metrics import SPOOL_WAITING, SPOOLED
from bot.privacy.seal import Unsealable, Vault
from bot.store.engine import AWAY

log = structlog.get_logger()

LOOK_EVERY = 1.0  # seconds
_EVENTS = TypeAdapter(list[Inbound | StatusReport | ContactStopped])
_ABOUT = "spool"


class Spool:
    def __init__(self, folder: Path, vault: Vault) -> None:
        self._folder, self._vault = folder, vault
        self._last = 0

    def is_empty(self) -> bool:
        return next(self._scan(), None) is None

    async def put(self, events: list[Event]) -> None:
        """Keep the events; return once they are on the disk. OSError where they cannot be kept: the disk is full."""
        fields = json.dumps(_EVENTS.dump_python(events, mode="json"), ensure_ascii=False)
        text = fields.encode("utf-8", "replace").decode()  # half a surrogate pair is no text that can be read again
        sealed = self._vault.seal_text(text, _ABOUT)
        path = self._folder / self._next_name()
        await asyncio.to_thread(_write, path, sealed)
        SPOOLED.inc()
        log.warning("events_spooled", events=len(events))

    async def run(self, record: Callable[[list[Event]], Awaitable[object]], stop: asyncio.Event) -> None:
        """Replay what waits, in order, whenever the database takes it, until told to stop."""
        while not stop.is_set():
            try:
                with self._alone() as alone:
                    if alone:
                        await self.replay(record)
            except (*AWAY, OSError) as error:
                log.warning("spool_waits", error=type(error).__name__)
            SPOOL_WAITING.set(sum(1 for _ in self._scan()))
            await pause(stop, LOOK_EVERY)

    async def replay(self, record: Callable[[list[Event]], Awaitable[object]]) -> int:
        """Record what waits, oldest first; return how many files are done with. Stops at the first that fails."""
        done = 0
        for path in self._list():
            try:
                text = self._vault.open_text(await asyncio.to_thread(path.read_bytes), _ABOUT)
                events: list[Event] = list(_EVENTS.validate_json(text))
            except FileNotFoundError:  # another process on this machine was faster
                continue
            except (Unsealable, ValueError) as error:
                log.error("spool_file_set_aside", file=path.name, error=type(error).__name__)
                path.rename(path.with_suffix(".unreadable"))
                continue
            await record(events)
            path.unlink(missing_ok=True)
            done += 1
        return done

    @contextmanager
    def _alone(self) -> Iterator[bool]:
        """Give True to one process of this machine at a time: two that replay would mix up her messages."""
        if self.is_empty():
            yield False
            return
        with open(self._folder / "lock", "wb", opener=owner_only) as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                yield False
                return
            yield True

    def _scan(self) -> Iterator[str]:
        """Yield the names of what waits, in no order; a webhook asks for the first only."""
        with suppress(FileNotFoundError), os.scandir(self._folder) as entries:
            yield from (entry.name for entry in entries if entry.name.endswith(".sealed"))

    def _list(self) -> list[Path]:
        return [self._folder / name for name in sorted(self._scan())]

    def _next_name(self) -> str:
        """Return a name after all others, also where the clock was set back."""
        waiting = (int(name.partition("-")[0]) for name in self._scan())
        self._last = max(time.time_ns(), self._last + 1, *(number + 1 for number in waiting))
        return f"{self._last:020d}-{new_token(6)}.sealed"


def _write(path: Path, content: bytes) -> None:
    """Write so that the file is whole or not there, and stays through a power cut."""
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_suffix(".part")
    try:
        with open(unfinished, "wb", opener=owner_only) as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        unfinished.rename(path)
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
    except OSError:
        unfinished.unlink(missing_ok=True)
        raise
