"""The people in our tests: Amina writes, Rosa and Ben are caseworkers, Ada is the admin."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from bot import inbox
from bot.app import Helpline
from bot.messages import Address, Choice, Inbound, Kind
from bot.outbox.enqueue import Bubble, open_bubble
from bot.store.models import Case, Contact, Decision, OutboxMessage
from bot.store.queries import cases, contacts, messages, outbox

START = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


@dataclass
class Clock:
    """A clock that tests set: nothing sleeps."""

    now: datetime = START

    def __call__(self) -> datetime:
        return self.now

    def pass_(self, **delta: float) -> None:
        self.now += timedelta(**delta)


@dataclass
class Amina:
    """A worker in the simulator. `says` takes the whole way of a message and returns what she reads."""

    helpline: Helpline
    name: str = "amina"
    language_hint: str = ""
    written: int = 0
    seen: int = 0
    choices: tuple[Choice, ...] = ()
    bubbles: list[Bubble] = field(default_factory=list)
    received: set[int] = field(default_factory=set)

    @property
    def address(self) -> Address:
        return Address("simulator", self.name)

    async def writes(self, text: str = "", kind: Kind = Kind.TEXT, *, wake: bool = True, **more: object) -> None:
        """Deliver a message to the inbox; without `wake` the worker is not told, as after a crash."""
        self.written += 1
        external_id = str(more.pop("external_id", f"m{self.written}"))
        inbound = Inbound(
            address=self.address, external_id=external_id, kind=kind, text=text,
            language_hint=self.language_hint, **more,  # type: ignore[arg-type]
        )  # fmt: skip
        if wake:
            await self.helpline.receive([inbound])
        else:
            store, vault, now = self.helpline.store, self.helpline.vault, self.helpline.clock()
            await inbox.record(store, vault, [inbound], now, self.helpline.worker.conductor.understander.find_lane)

    async def says(self, text: str = "", kind: Kind = Kind.TEXT, **more: object) -> str:
        await self.writes(text, kind, **more)
        return await self.reads()

    async def presses(self, id: str) -> str:
        label = next(choice.label for choice in self.choices if choice.id == id)
        return await self.says(label, Kind.BUTTON, payload=id)

    async def reads(self) -> str:
        """Let the worker run until idle; return the new bubbles as one text."""
        await self.helpline.worker.run_until_idle()
        rows = [row for row in await self.outbox() if row.id > self.seen]
        contact = await self.contact()
        if contact is None:
            return ""
        key = self.helpline.vault.open_key(contact.sealed_key)
        self.bubbles = [open_bubble(row, key) for row in rows]
        self.choices = self.bubbles[-1].choices if self.bubbles else ()
        self.seen = rows[-1].id if rows else self.seen
        return "\n\n".join(bubble.text for bubble in self.bubbles)

    async def receives(self) -> str:
        """Let the worker run; return what has left for her phone since the last look, which may be older than it."""
        await self.helpline.worker.run_until_idle()
        contact = await self.contact()
        assert contact is not None
        key = self.helpline.vault.open_key(contact.sealed_key)
        rows = [
            row for row in await self.outbox() if row.status in ("sent", "delivered") and row.id not in self.received
        ]
        self.received |= {row.id for row in rows}
        return "\n\n".join(open_bubble(row, key).text for row in rows)

    async def contact(self) -> Contact | None:
        async with self.helpline.store.read() as session:
            index = self.helpline.vault.index(self.address.channel, self.address.identifier)
            return await contacts.find_contact(session, self.address.channel, index)

    async def outbox(self) -> list[OutboxMessage]:
        contact = await self.contact()
        async with self.helpline.store.read() as session:
            return list(await outbox.list_outbox(session, contact.id)) if contact else []

    async def case(self) -> Case | None:
        contact = await self.contact()
        async with self.helpline.store.read() as session:
            return await cases.find_open_case(session, contact.id) if contact else None

    async def last_decision(self) -> Decision:
        contact = await self.contact()
        assert contact is not None
        async with self.helpline.store.read() as session:
            decisions = await messages.list_decisions(session, contact.id)
        return decisions[max(decisions)]
