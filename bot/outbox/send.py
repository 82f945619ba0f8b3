"""Send what is due: claim, hand to the provider, write the outcome. One message of a contact at a time."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from bot.channels.registry import Registry
from bot.clock import Clock, new_token
from bot.messages import Address, Lane, Outbound, SendError, SendResult, Status
from bot.metrics import SENT_SECONDS
from bot.outbox.clear import Clearer
from bot.outbox.enqueue import open_bubble
from bot.outbox.gate import Gate
from bot.outbox.hold import find_hold_for
from bot.outbox.reports import apply_parked
from bot.privacy.erasure import Eraser
from bot.privacy.seal import Unsealable, Vault
from bot.store.engine import AWAY, Store
from bot.store.models import Contact, OutboxMessage
from bot.store.queries import contacts, outbox

log = structlog.get_logger()

CLAIM = timedelta(seconds=90)  # longer than any provider's time-out
BACKOFF = (2, 5, 15, 60, 300, 900, 3600)  # seconds before the next try; after the last we give up
URGENT_BACKOFF = (0.5, 1, 2, 5, 60, 600, 3600)  # where an answer in danger waits behind it, or is it
INSIST = timedelta(seconds=75)  # as long as the claim holds, about


@dataclass(frozen=True, slots=True)
class _Claimed:
    row: OutboxMessage
    contact: Contact
    claim: str
    refusal: str = ""  # why the provider is not asked


@dataclass(frozen=True, slots=True)
class _Outcome:
    """What the provider said to a claimed row, or why it was not asked."""

    of: _Claimed
    answer: SendResult | SendError


@dataclass(frozen=True, slots=True)
class _Idle:
    """Nothing can be sent to her now. What is left to do for her, as far as is known."""

    clear: bool = True
    erase: bool = True
    urgent_at: datetime | None = None  # when to try again, as an answer in danger waits for that


@dataclass(frozen=True, slots=True)
class _Later:
    """The gate is full: wait for a place with what is needed to queue up."""

    channel: str
    lane: Lane
    organisation: int


class Sender:
    def __init__(
        self, store: Store, vault: Vault, registry: Registry, eraser: Eraser, clock: Clock, gate: Gate
    ) -> None:
        self._store, self._vault, self._registry, self._clock, self._gate = store, vault, registry, clock, gate
        self._eraser, self._clearer = eraser, Clearer(store, vault, registry, clock)

    async def send_contact(self, contact_id: int) -> float | None:
        """Send the contact's due messages in order.

        Return in how many seconds to try again, where an answer in danger waits for that: it, or what goes before
        it, was not taken by the provider.
        """
        place = False
        outcome: _Outcome | None = None
        while True:
            step = await self._insist(partial(self._turn, contact_id, outcome, place), noting=outcome is not None)
            if outcome is not None:
                self._tell(outcome)
            outcome, place = None, False
            if isinstance(step, _Idle):
                break
            if isinstance(step, _Later):
                await self._gate.wait(step.channel, contact_id, step.lane, step.organisation)
                place = True
            else:
                outcome = _Outcome(step, await self._try(step))
        if step.clear:
            await self._clearer.clear(contact_id)
        if step.erase:
            await self._eraser.finish(contact_id)
        return None if step.urgent_at is None else max(0.0, (step.urgent_at - self._clock()).total_seconds())

    async def _turn(self, contact_id: int, outcome: _Outcome | None, place: bool) -> _Claimed | _Later | _Idle:
        """Note what became of the last row and claim the next, in one transaction.

        Where the provider takes no more for the moment, the row is put back and the caller waits for a place: a
        claim must not grow old in a queue.
        """
        now = self._clock()
        async with self._store.write() as session:
            if outcome is not None:
                urgent_at = await self._note(session, outcome, now)
                if isinstance(outcome.answer, SendError) and outcome.answer.retryable:
                    return _Idle(urgent_at=urgent_at)
            claim = new_token(12)
            row, contact = await outbox.claim_next(session, contact_id, claim, now, CLAIM)
            if contact is None:
                return _Idle(clear=False, erase=False)
            if row is None or row.claim != claim:
                urgent_at = None
                if row is not None and row.status == Status.ERRORED:
                    urgent_at = row.due_at if await outbox.does_danger_wait(session, contact_id) else None
                return _Idle(contact.clear_at is not None, contact.erase_at is not None, urgent_at)
            if refusal := _refusal(contact, row):
                return _Claimed(row, contact, claim, refusal)
            if await self._hold(session, contact, row, claim):
                return _Idle()
            if not (place or await self._gate.try_pass(contact.channel, contact_id)):
                await outbox.put_back(session, row, claim)
                return _Later(contact.channel, Lane(row.lane), contact.organisation_id)
        return _Claimed(row, contact, claim)

    async def _hold(self, session: AsyncSession, contact: Contact, row: OutboxMessage, claim: str) -> bool:
        """Put a row off that must not go out now; it counts as no attempt."""
        try:
            key = self._vault.open_key(contact.sealed_key)
            hold = find_hold_for(contact, row, key, self._clock(), self._find_window(contact.channel))
        except Unsealable:
            return False
        if hold is None:
            return False
        values = {"error": hold.reason, "due_at": hold.until, "attempts": row.attempts - 1}
        await outbox.settle(session, row.id, claim, status=Status.ERRORED, changed_at=self._clock(), **values)
        return True

    def _find_window(self, channel: str) -> timedelta | None:
        try:
            return self._registry.limits(channel).window
        except KeyError:  # switched off: the attempt will say so
            return None

    async def _try(self, claimed: _Claimed) -> SendResult | SendError:
        if claimed.refusal:
            return SendError(claimed.refusal)
        try:
            return await self._hand_over(claimed.contact, claimed.row)
        except SendError as error:
            return error

    async def _hand_over(self, contact: Contact, row: OutboxMessage) -> SendResult:
        try:
            key = self._vault.open_key(contact.sealed_key)
            bubble = open_bubble(row, key)
            address = Address(contact.channel, key.open(contact.sealed_address, "address"))
        except Unsealable:
            raise SendError("unsealable") from None
        try:
            channel = self._registry.get(contact.channel)
        except KeyError:
            raise SendError("channel_off", retryable=True) from None
        message = Outbound(
            address=address, text=bubble.text, choices=bubble.choices, content_sid=bubble.content_sid, key=str(row.id)
        )
        return await channel.send(message)

    async def _insist[T](self, work: Callable[[], Awaitable[T]], *, noting: bool) -> T:
        """Where the provider has answered, note it also if the database is away for a while, or nobody will know."""
        until = time.monotonic() + INSIST.total_seconds()
        while True:
            try:
                return await work()
            except AWAY as error:
                if not noting or time.monotonic() >= until:
                    raise
                log.warning("outcome_waits", error=type(error).__name__)
                await asyncio.sleep(1)

    async def _note(self, session: AsyncSession, outcome: _Outcome, now: datetime) -> datetime | None:
        """Write what became of the row; return when to try again, where danger waits for that."""
        row, answer = outcome.of.row, outcome.answer
        if isinstance(answer, SendResult):
            values = {"status": answer.status, "external_id": answer.external_id, "error": "", "changed_at": now}
            if not await outbox.settle(session, row.id, outcome.of.claim, **values):
                log.warning("outcome_came_late", outbox=row.id)
                return None
            if self._registry.limits(row.channel).reports:
                await apply_parked(session, row.id, row.channel, answer.external_id, now)
            return None
        urgent = row.lane == Lane.DANGER or await outbox.does_danger_wait(session, row.contact_id)
        status, due_at = _plan(row, answer, now, URGENT_BACKOFF if urgent else BACKOFF)
        values = {"status": status, "error": answer.code, "due_at": due_at, "changed_at": now}
        await outbox.settle(session, row.id, outcome.of.claim, **values)
        if answer.contact_stopped:
            await _mark_stopped(session, row.contact_id, now)
        return due_at if urgent else None

    def _tell(self, outcome: _Outcome) -> None:
        """Log and count what became of a row."""
        row, answer = outcome.of.row, outcome.answer
        if isinstance(answer, SendError):
            log.warning("message_not_sent", outbox=row.id, contact=row.contact_id, error=answer.code)
            return
        SENT_SECONDS.labels(Lane(row.lane).name.lower()).observe((self._clock() - row.created_at).total_seconds())
        log.info("message_sent", outbox=row.id, contact=row.contact_id)


async def _mark_stopped(session: AsyncSession, contact_id: int, now: datetime) -> None:
    contact = await contacts.get_contact(session, contact_id)
    contact.stopped_at = now
    for row in await outbox.list_outbox(session, contact_id):
        if row.status in outbox.WAITING:
            row.status, row.error, row.changed_at = Status.FAILED, "contact_stopped", now


def _refusal(contact: Contact, row: OutboxMessage) -> str:
    """Say why this must not be sent: after a stop, only the bot's reply to her own message still goes out."""
    reply = row.author == "bot" and row.message_id is not None
    return "contact_stopped" if contact.stopped_at is not None and not reply else ""


def _plan(
    row: OutboxMessage, error: SendError, now: datetime, waits: tuple[float, ...]
) -> tuple[Status, datetime]:  # fmt: skip
    """Return the status after a failed attempt and when to try again."""
    if error.ambiguous:
        return Status.AMBIGUOUS, now
    if not error.retryable or row.attempts > len(waits):
        return Status.FAILED, now
    wait = error.retry_after if error.retry_after is not None else waits[row.attempts - 1]
    return Status.ERRORED, now + timedelta(seconds=wait)
