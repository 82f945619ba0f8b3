"""What an editor does with content: save a draft, have it reviewed by somebody else, publish it, go back.

Every step makes or changes a row in the caller's transaction. Nothing is ever overwritten: each save is a new version.
"""

from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from bot import audit
from bot.content.entries import Body, Entry, find_faults
from bot.content.keeper import new_version
from bot.content.model import SOURCE, Library
from bot.store.models import ContentVersion
from bot.store.queries import content
from bot.taxonomy import load_taxonomy


class StudioError(Exception):
    """A step that is not possible now: a code that the console puts into words, and what exactly is wrong."""

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(code)
        self.code = code
        self.detail = detail


@dataclass(frozen=True, slots=True)
class Editor:
    """Who acts: the actor of the audit, and the name that stands under a review."""

    actor: str
    name: str


async def save(
    session: AsyncSession, entry: Entry, *, base: int, editor: Editor, now: datetime, note: str = ""
) -> ContentVersion:
    """Keep a new draft made from version `base`; raise StudioError if there is a newer one."""
    history = await content.list_history(session, entry.kind, entry.name)
    if history and history[0].number != base:
        raise StudioError("overtaken")
    row = new_version(_unreviewed(entry), base + 1, "draft", editor.actor, now, note)
    session.add(row)
    await session.flush()
    _note(session, now, editor, "saved", row)
    return row


async def ask_review(
    session: AsyncSession, row: ContentVersion, library: Library, editor: Editor, now: datetime
) -> None:
    """Put a draft before another person; what has faults is not ready."""
    if row.state != "draft":
        raise StudioError("not_draft")
    _need_sound(row, library)
    row.state, row.changed_at = "review", now
    _note(session, now, editor, "review", row)


async def publish(
    session: AsyncSession, row: ContentVersion, library: Library, editor: Editor, now: datetime,
    starts_at: datetime | None = None,
) -> None:  # fmt: skip
    """Publish what somebody else wrote, now or from a planned start; the reviewer's name stands under it."""
    if row.state != "review":
        raise StudioError("not_in_review")
    if row.author == editor.actor:
        raise StudioError("own_text")
    await _need_newest(session, row)
    _need_sound(row, library)
    _need_safety(row, library)
    row.body = {**row.body, "reviewed_by": editor.name, "reviewed_on": now.date().isoformat()}
    row.state, row.reviewer, row.starts_at, row.changed_at = "published", editor.actor, starts_at, now
    _note(session, now, editor, "published", row)


async def send_back(session: AsyncSession, row: ContentVersion, editor: Editor, now: datetime, note: str) -> None:
    """Return what is in review to its author, with a word why."""
    if row.state != "review":
        raise StudioError("not_in_review")
    row.state, row.note, row.changed_at = "draft", note[:200], now
    _note(session, now, editor, "sent_back", row)


async def return_to(session: AsyncSession, row: ContentVersion, editor: Editor, now: datetime) -> ContentVersion:
    """Publish again what was published before: a copy of it, as the newest version, at once."""
    if row.state != "published":
        raise StudioError("never_published")
    number = await content.find_number(session, row.kind, row.name) + 1
    copy = new_version(Entry(row.kind, row.name, row.body), number, "published", editor.actor, now)
    copy.reviewer, copy.note = row.reviewer, f"back to version {row.number}"
    session.add(copy)
    await session.flush()
    _note(session, now, editor, "returned", copy)
    return copy


async def confirm_line(
    session: AsyncSession, row: ContentVersion, position: int, editor: Editor, now: datetime
) -> ContentVersion:
    """Note that the editor reached an organisation by one line of its card today. Shown for 180 days from now."""
    lines = [dict(line) for line in row.body.get("contacts") or ()]
    if row.kind != "card" or not 0 <= position < len(lines):
        raise StudioError("no_line")
    lines[position] |= {"verified_by": editor.name, "verified_on": now.date().isoformat()}
    number = await content.find_number(session, row.kind, row.name)
    if number != row.number:
        raise StudioError("not_newest")
    copy = new_version(
        Entry("card", row.name, {**row.body, "contacts": lines}), number + 1, "published", editor.actor, now
    )
    copy.note = "called and confirmed"
    session.add(copy)
    await session.flush()
    _note(session, now, editor, "confirmed", copy)
    return copy


def _unreviewed(entry: Entry) -> Entry:
    """A changed text is reviewed by nobody, whoever reviewed the one before; a person wrote it now."""
    body: Body = {**entry.body, "reviewed_by": None, "reviewed_on": None}
    if entry.kind == "answer":
        body["drafted"] = "person"
    return replace(entry, body=body)


def _need_sound(row: ContentVersion, library: Library) -> None:
    faults = find_faults(Entry(row.kind, row.name, row.body), library)
    if faults:
        raise StudioError("unsound", "; ".join(faults))


def _need_safety(row: ContentVersion, library: Library) -> None:
    """A language goes public with its safety texts first: a worker in danger must be able to read what to do."""
    if row.kind != "answer" or row.body["locale"] == SOURCE:
        return
    danger, locale = load_taxonomy()["danger"], row.body["locale"]
    missing = [label for label in danger if (label, locale) not in library.versions and label != row.body["label"]]
    if missing and row.body["label"] not in danger:
        raise StudioError("safety_first", ", ".join(sorted(missing)))


async def _need_newest(session: AsyncSession, row: ContentVersion) -> None:
    if await content.find_number(session, row.kind, row.name) != row.number:
        raise StudioError("not_newest")


def _note(session: AsyncSession, now: datetime, editor: Editor, what: str, row: ContentVersion) -> None:
    audit.note(session, now, editor.actor, f"content:{what}", f"{row.kind}:{row.name}"[:48], f"version {row.number}")
