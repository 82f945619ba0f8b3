"""Drain one contact's unhandled messages in order, under a fenced lease."""

import asyncio
import sys
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import structlog
from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncSession

from bot import inbox
from bot.channels.registry import Registry
from bot.clock import Clock
from bot.conversation.apply import apply, apply_fault
from bot.conversation.bubbles import Speaker
from bot.dialogue.decision import Turn
from bot.dialogue.rules import decide
from bot.dialogue.state import DialogueState
from bot.messages import Address, Inbound, Kind, Lane, Understanding
from bot.metrics import HANDLED_SECONDS
from bot.nlu.understand import Understander
from bot.outbox.hold import open_wishes
from bot.privacy.erasure import Eraser
from bot.privacy.seal import DataKey, Vault
from bot.store.engine import Store
from bot.store.models import Contact
from bot.store.queries import cases, contacts, messages

log = structlog.get_logger()

LEASE = timedelta(seconds=15)  # three NLU time-outs: a live worker never loses it, a dead one does not hold her up
MAX_ATTEMPTS = 4  # of our own faults with one message, before a person gets it
RETRY = (1, 5, 20)  # seconds between them
GIVES_WAY = 5.0  # seconds at most
NLU_PATIENCE = timedelta(seconds=30)  # so long a message waits for an NLU server that is still starting
NLU_LOOK_AGAIN = timedelta(seconds=1)


class LostLease(Exception):
    """Another worker holds this contact's lease by now; nothing was written."""


@dataclass(frozen=True, slots=True)
class Handled:
    """How many messages were done with, and whether one of them came in the lane of danger."""

    messages: int = 0
    urgent: bool = False


@dataclass(frozen=True, slots=True)
class Turns:
    """Her turns are this worker's for as long as the token is the newest."""

    contact_id: int
    token: int
    key: DataKey
    address: Address


@dataclass(frozen=True, slots=True)
class Work:
    """One message: its row, and what it says."""

    message: Row[Any]
    inbound: Inbound

    @property
    def lane(self) -> Lane:
        return Lane(self.message.lane)


@dataclass(frozen=True, slots=True)
class Conductor:
    store: Store
    vault: Vault
    registry: Registry
    understander: Understander
    speaker: Speaker
    eraser: Eraser
    clock: Clock
    look: Callable[[], Awaitable[None]]  # whether content changed
    page_soon: Callable[[], None]  # somebody on duty, once a case has become urgent
    is_nlu_starting: Callable[[], bool] = lambda: False
    calm: asyncio.Event = field(default_factory=asyncio.Event)  # set while no message in danger is being handled

    async def handle_contact(self, contact_id: int, *, urgent: bool = False) -> Handled:
        """Handle all that she wrote, and say what that was. Returns at once if another worker is at it.

        `urgent`: there is danger in it, and what she wrote before it gives way to nobody either.
        """
        await self.look()
        async with self.store.write(passing=True) as session:  # a lease is worth nothing after a power cut
            turns = await self._take_turns(session, contact_id)
            if turns is None:
                return Handled()
            work = await self._find_work(session, turns)
            if work is None:
                await contacts.give_back(session, contact_id, turns.token)
        count = 0
        try:
            while work is not None:
                urgent |= work.lane == Lane.DANGER
                done, work = await self._handle(work, turns, urgent)
                count += done
        except LostLease:
            log.warning("lease_lost", contact=contact_id)
        return Handled(count, urgent)

    async def _take_turns(self, session: AsyncSession, contact_id: int) -> Turns | None:
        leased = await contacts.take_lease(session, contact_id, self.clock(), LEASE)
        if leased is None:
            return None
        key = self.vault.open_key(leased.sealed_key)
        address = Address(leased.channel, key.open(leased.sealed_address, "address"))
        return Turns(contact_id, leased.lease_token, key, address)

    async def _handle(self, work: Work, turns: Turns, urgent: bool = False) -> tuple[int, Work | None]:
        """Handle one message; return how many are done with, and the next. No next: the lease is given back.

        Looking for the next and giving the lease back is one transaction, in which her row is locked: a message that
        is recorded meanwhile waits for that lock, so its wake-up finds the lease free.
        """
        try:
            text = "" if work.inbound.kind is Kind.BUTTON else work.inbound.text
            heard = await self.understander.understand(text, turns.contact_id, work.lane)
            if not urgent:
                await self._let_danger_pass()
            async with self.store.write() as session:
                contact = await self._fence(session, turns)
                if self._may_wait(heard, work.message):
                    until = self.clock() + NLU_LOOK_AGAIN
                    await messages.put_off(session, work.message.id, until, work.message.attempts)
                    contact.lease_until = None
                    return 0, None
                # Decided on what is true now: a caseworker may have taken the case while NLU was thinking.
                turn = await self._make_turn(session, contact, turns.key, work.inbound, heard)
                decision = decide(turn)
                files = await apply(
                    session, contact, turns.key, work.message, turn, decision, self.speaker, self.registry
                )
                following = await self._find_following(session, contact, turns, work)
        except LostLease:
            raise
        except Exception:
            # The message stays where it is; log no value of the exception, it may hold her words.
            log.error("message_failed", message=work.message.id, exc_info=_where())
            return await self._note_fault(work, turns)
        self.eraser.remove_files(files)
        if decision.case is not None and decision.case.urgent:
            self.page_soon()
        waited = self.clock() - work.message.received_at
        HANDLED_SECONDS.labels(work.lane.name.lower()).observe(waited.total_seconds())
        log.info("message_handled", message=work.message.id, action=str(decision.action), rule=decision.rule)
        return 1, following

    async def _let_danger_pass(self) -> None:
        """One processor: what others do now would make a message in danger wait. Never as long as a lease lasts."""
        if not self.calm.is_set():
            with suppress(TimeoutError):
                await asyncio.wait_for(self.calm.wait(), GIVES_WAY)

    async def _find_work(self, session: AsyncSession, turns: Turns, after: int = 0) -> Work | None:
        """Return her next message, opened; None where there is none now."""
        message = await messages.find_next_unhandled(session, turns.contact_id, after)
        if message is None or _is_later(message, self.clock()):
            return None
        return Work(message, inbox.open_message(message, turns.key, turns.address))

    async def _find_following(self, session: AsyncSession, contact: Contact, turns: Turns, done: Work) -> Work | None:
        """Return her next message after one that is done with; where there is none now, the lease is given back."""
        with session.no_autoflush:  # her row is written once, at the end
            work = await self._find_work(session, turns, after=done.message.id)
        if work is None:
            contact.lease_until = None
        return work

    def _may_wait(self, heard: Understanding, message: Row[Any]) -> bool:
        """True if an answer in a few seconds beats a menu now: NLU is just starting, and nothing says danger."""
        young = self.clock() - message.received_at < NLU_PATIENCE
        down = heard.state not in ("ok", "limited", "flood")
        return down and not heard.danger and young and self.is_nlu_starting()

    async def _make_turn(
        self, session: AsyncSession, contact: Contact, key: DataKey, inbound: Inbound, heard: Understanding
    ) -> Turn:
        with session.no_autoflush:  # her row is written once, at the end
            case_number = await cases.find_open_number(session, contact.id)
        state = DialogueState.from_fields(
            contact.dialogue or {}, locale=contact.locale, destination=contact.destination, origin=contact.origin
        ).but(wishes=open_wishes(contact, key))
        return Turn(
            state=state, kind=inbound.kind, text=inbound.text, payload=inbound.payload, replies_to=inbound.replies_to,
            understanding=heard,
            owner=contact.owner, case_number=case_number, language_hint=contact.language_hint,
            now=self.clock(), phrases=self.speaker.phrases, paused=contact.paused_at is not None,
            can_clear=self.registry.limits(contact.channel).deletes,
        )  # fmt: skip

    async def _fence(self, session: AsyncSession, turns: Turns) -> Contact:
        """Renew the lease in the writing transaction and return her as she is now: whoever lost it writes nothing."""
        contact = await contacts.fence(session, turns.contact_id, turns.token, self.clock() + LEASE)
        if contact is None:
            raise LostLease
        return contact

    async def _note_fault(self, work: Work, turns: Turns) -> tuple[int, Work | None]:
        """Try again later; after the last attempt hand the message to a person and go on with the next."""
        now, attempts = self.clock(), work.message.attempts + 1
        async with self.store.write() as session:
            contact = await self._fence(session, turns)
            if attempts < MAX_ATTEMPTS:
                until = now + timedelta(seconds=RETRY[attempts - 1])
                await messages.put_off(session, work.message.id, until, attempts)
                contact.lease_until = None
                return 0, None
            await apply_fault(session, contact, turns.key, work.message.id, self.speaker, self.registry, now)
            return 1, await self._find_following(session, contact, turns, work)


def _is_later(message: Row[Any], now: datetime) -> bool:
    return message.retry_at is not None and message.retry_at > now


def _where() -> tuple[type[BaseException], BaseException, object] | None:
    """Return exception info whose value says nothing but its type: the trace tells where."""
    kind, _, trace = sys.exc_info()
    return (kind, RuntimeError(f"{kind.__name__}, value withheld"), trace) if kind else None
