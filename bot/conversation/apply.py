"""Apply a decision in the caller's transaction: state, case, outbox, decision row, handled mark."""

from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncSession

from bot import audit
from bot.cases import life
from bot.channels.registry import Registry
from bot.content import votes
from bot.conversation.bubbles import Speaker
from bot.dialogue.decision import Action, CaseChange, Decision, Say, Turn
from bot.messages import Lane
from bot.outbox.enqueue import Bubble, enqueue
from bot.privacy import copy, erasure, removal
from bot.privacy.seal import DataKey
from bot.store.models import Case, Contact
from bot.store.queries import cases, messages, outbox


async def apply(
    session: AsyncSession, contact: Contact, key: DataKey, message: Row[Any], turn: Turn, decision: Decision,
    speaker: Speaker, registry: Registry,
) -> list[str]:  # fmt: skip
    """Write all that a decision means; return the files to remove once the caller, who checked the fence, commits."""
    if decision.action is Action.COPY:
        decision = await _with_copy(session, contact, key, decision, speaker)
    paths: list[str] = []
    if decision.action is Action.REMOVE:
        decision, paths = await _with_removal(session, contact, key, decision, turn.now)
    if message.edits:
        await removal.remove_changed(session, key, message)
    bubbles, versions = speaker.speak(decision, turn.now, contact.channel)
    limits = registry.limits(contact.channel)
    if decision.action is Action.ERASE:
        contact.locale = decision.state.locale
        paths = await erasure.erase_words(session, contact, turn.now)
        await session.flush()
        await enqueue(session, contact, key, bubbles, limits, name=f"e{contact.id}", now=turn.now)
        return paths
    _write_state(contact, turn, decision, key)
    _write_safety(session, contact, decision, turn.now)
    with session.no_autoflush:
        await outbox.wake_held(session, contact.id, turn.now)
    await _update_case(session, contact, decision, turn)
    if decision.vote is not None:
        label, helpful = decision.vote
        await votes.count(session, await messages.find_last_response(session, contact.id, label), helpful, turn.now)
    lane = Lane.DANGER if turn.understanding.danger else Lane.REPLY
    with session.no_autoflush:  # the caller changes her row once more
        decided = _decided(turn, decision, versions, key)
        await messages.note_handled(session, message.id, turn.now, contact_id=contact.id, **decided)
        await enqueue(
            session, contact, key, bubbles, limits, name=f"m{message.id}", now=turn.now, message_id=message.id,
            lane=lane,
        )  # fmt: skip
        if lane == Lane.DANGER:
            await outbox.hurry(session, contact.id, turn.now)
    if decision.action is Action.STOP:
        contact.stopped_at = turn.now
    return paths


async def _with_removal(
    session: AsyncSession, contact: Contact, key: DataKey, decision: Decision, now: datetime
) -> tuple[Decision, list[str]]:
    """Remove the one message; return what to say, and the files to delete."""
    paths = await removal.remove_message(session, contact, key, decision.removes)
    if paths is None:
        return replace(decision, says=(Say(phrase="message_not_found"),)), []
    audit.note(session, now, "contact", "message:removed", f"contact:{contact.id}")
    if contact.clear_at is None or contact.clear_ids:  # else the whole chat is about to be cleared
        contact.clear_at, contact.clear_ids = now, [*contact.clear_ids, decision.removes]
    return decision, paths


async def _with_copy(
    session: AsyncSession, contact: Contact, key: DataKey, decision: Decision, speaker: Speaker
) -> Decision:
    """Fill in what we know about her."""
    known = await copy.describe(session, contact, key)
    for name in ("country", "home"):
        known[name] = speaker.phrases.country(known[name], decision.state.locale) if known[name] else "–"
    return replace(decision, says=tuple(replace(say, variables=known) for say in decision.says))


async def apply_fault(
    session: AsyncSession, contact: Contact, key: DataKey, message_id: int, speaker: Speaker, registry: Registry,
    now: datetime,
) -> None:  # fmt: skip
    """We could not handle this message, again and again: a person gets it, and she is told."""
    case = await life.open_or_raise(session, contact, CaseChange(reason="fault"), now)
    await life.update_from_contact(session, case, contact, now)
    decided = {"action": Action.ESCALATE, "rule": "fault", "nlu_state": "fault"}
    await messages.note_handled(session, message_id, now, contact_id=contact.id, **decided)
    text = speaker.phrases.say("handed_over_fault", contact.locale or "en")
    limits = registry.limits(contact.channel)
    name = f"m{message_id}"
    await enqueue(session, contact, key, [Bubble(text)], limits, name=name, now=now, message_id=message_id)


def _write_state(contact: Contact, turn: Turn, decision: Decision, key: DataKey) -> None:
    state = decision.state
    contact.locale, contact.destination, contact.origin = state.locale, state.destination, state.origin
    contact.dialogue = state.to_fields()
    if state.wishes != turn.state.wishes:
        contact.sealed_wishes = key.seal_fields(state.wishes.to_fields(), "wishes")


def _write_safety(session: AsyncSession, contact: Contact, decision: Decision, now: datetime) -> None:
    """She said that it is (not) safe: the outbox acts on it."""
    contact.quiet_since = now if decision.quiet else None
    if decision.clear:
        contact.clear_at, contact.clear_ids = now, []
    if decision.pause is not None:
        contact.paused_at = now if decision.pause else None
        audit.note(
            session, now, "contact", "contact:paused" if decision.pause else "contact:unpaused", f"contact:{contact.id}"
        )


async def _update_case(session: AsyncSession, contact: Contact, decision: Decision, turn: Turn) -> None:
    if decision.case is not None:
        case: Case | None = await life.open_or_raise(session, contact, decision.case, turn.now)
    elif turn.case_number is not None:
        with session.no_autoflush:  # nothing of this turn changed which case is open
            case = await cases.find_open_case(session, contact.id)
    else:
        return
    if case is not None:
        await life.update_from_contact(session, case, contact, turn.now)


def _decided(turn: Turn, decision: Decision, versions: list[str], key: DataKey) -> dict[str, Any]:
    """Return the columns of the decision's row."""
    heard = turn.understanding
    entities = [[entity.kind, entity.value] for entity in heard.entities]
    return {
        "action": decision.action, "rule": decision.rule, "missed": list(decision.missed), "intent": heard.intent,
        "confidence": heard.confidence, "ranking": [[name, round(value, 4)] for name, value in heard.ranking[:5]],
        "sealed_entities": key.seal_fields({"entities": entities}, "entities") if entities else None,
        "language": heard.language, "script": heard.script, "danger": heard.danger,
        "danger_signs": list(heard.danger_signs), "nlu_state": heard.state, "response": " ".join(versions),
    }  # fmt: skip
