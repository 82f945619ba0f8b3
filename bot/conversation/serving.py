"""Which model understands the workers goes on record when it changes: by training or by a copied file."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select

from bot import audit
from bot.clock import Clock
from bot.nlu.client import NluClient
from bot.store.engine import Store
from bot.store.models import AuditEntry

ACTION = "model:serves"
LOOK_EVERY = timedelta(minutes=1)


@dataclass(slots=True)
class ServingRecord:
    """Looks at the NLU servers; `keep_current` may be called often, the database is asked only after a change."""

    store: Store
    nlu: NluClient
    clock: Clock
    _known: str = ""
    _looked_at: datetime | None = None

    async def keep_current(self) -> None:
        now = self.clock()
        if self._looked_at is not None and now - self._looked_at < LOOK_EVERY:
            return
        self._looked_at = now
        serving = " ".join(await self.nlu.find_models())[:200]
        if serving in ("", self._known):
            return
        async with self.store.write() as session:
            last = select(AuditEntry.detail).where(AuditEntry.action == ACTION).order_by(AuditEntry.id.desc()).limit(1)
            if (await session.execute(last)).scalar_one_or_none() != serving:
                audit.note(session, now, "bot", ACTION, detail=serving)
        self._known = serving
