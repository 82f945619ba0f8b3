"""The studio: find, edit, review and publish what workers are told. Administrators only."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from bot.console import explain
from bot.console.forms import FIELDS, LONG, to_body, to_fields
from bot.console.frame import Console, get_console, get_staff, get_words, read_form, redirect, render
from bot.console.preview import Shown, compare, show
from bot.content import studio
from bot.content.entries import Entry, find_faults
from bot.content.model import Library
from bot.content.studio import Editor, StudioError
from bot.store.models import ContentVersion
from bot.store.queries import content, users

Form = dict[str, str]


@dataclass(frozen=True, slots=True)
class Opened:
    """A text in the editor: its versions, newest first, and the English one it is translated from."""

    kind: str
    name: str
    history: list[ContentVersion]
    source: ContentVersion | None

    @property
    def newest(self) -> ContentVersion | None:
        return self.history[0] if self.history else None

    @property
    def base(self) -> int:
        return self.history[0].number if self.history else 0

    @property
    def body(self) -> dict[str, Any]:
        """What an editor starts from: the newest version, or an empty one for a translation that is not there yet."""
        if self.history:
            return self.history[0].body
        if self.kind != "answer" or self.source is None:
            raise HTTPException(404)
        label, locale, _ = self.name.split("/")
        shared = {key: self.source.body.get(key) for key in ("country", "origin", "facts", "cards")}
        return {"label": label, "locale": locale, **{key: value for key, value in shared.items() if value}}


async def _open(session: AsyncSession, request: Request) -> Opened:
    kind, name = request.path_params["kind"], request.path_params["name"]
    if kind not in FIELDS:
        raise HTTPException(404)
    source = None
    if kind == "answer" and name.count("/") == 2:
        label, locale, place = name.split("/")
        if locale != "en":
            source = next(iter(await content.list_history(session, kind, f"{label}/en/{place}")), None)
    return Opened(kind, name, await content.list_history(session, kind, name), source)


# --- the pages


async def show_list(request: Request) -> Response:
    """Everything there is, by kind, label, country, language, state, or words in it."""
    query = {name: request.query_params.get(name, "") for name in ("kind", "label", "place", "locale", "state", "q")}
    query["kind"] = query["kind"] if query["kind"] in FIELDS else "answer"
    async with get_console(request).helpline.store.read() as session:
        rows = await content.list_newest(session, query["kind"])
    choices = {
        "label": sorted({row.name.split("/")[0] for row in rows}) if query["kind"] == "answer" else [],
        "place": sorted({_place(row) for row in rows}),
        "locale": sorted({row.body.get("locale", "") for row in rows} - {""}),
        "state": list(explain.STATES),
    }
    found = [row for row in rows if _fits(row, query)]
    return render(
        request, "studio.html", rows=found[:300], count=len(found), query=query, choices=choices, place=_place
    )


def _place(row: ContentVersion) -> str:
    return (
        str(row.body.get("origin") or row.body.get("country") or "")
        if row.kind == "answer"
        else str(row.body.get("country") or "")
    )


def _fits(row: ContentVersion, query: dict[str, str]) -> bool:
    return (
        (not query["label"] or row.name.startswith(query["label"] + "/"))
        and (not query["place"] or _place(row) == query["place"])
        and (not query["locale"] or row.body.get("locale") == query["locale"])
        and (not query["state"] or row.state == query["state"])
        and (not query["q"] or query["q"].casefold() in f"{row.name} {row.body}".casefold())
    )


async def show_text(request: Request) -> Response:
    async with get_console(request).helpline.store.read() as session:
        opened = await _open(session, request)
        return await _page(request, session, opened, opened.body)


async def _page(
    request: Request, session: AsyncSession, opened: Opened, body: dict[str, Any], status: int = 200, **said: Any
) -> Response:
    console, now = get_console(request), get_console(request).helpline.clock()
    entry = Entry(opened.kind, opened.name, body)
    library = console.helpline.keeper.library
    live = next((row for row in opened.history if row.state == "published" and _has_started(row, now)), None)
    names = {f"user:{user.id}": user.display_name for user in await users.list_users(session)}
    values = {
        "opened": opened, "fields": to_fields(opened.kind, body), "source": _source_fields(opened), "long": LONG,
        "faults": find_faults(entry, library), "previews": _preview(console, entry), "live": live,
        "history": [(row, _changes(opened, row)) for row in opened.history], "users": names,
        "used": _find_uses(library, opened), "problem": "", "theirs": None, "mine": opened.newest is not None
        and opened.newest.author == get_staff(request).actor,
    }  # fmt: skip
    return render(request, "studio_text.html", status, **(values | said))


def _has_started(row: ContentVersion, now: datetime) -> bool:
    return row.starts_at is None or row.starts_at <= now


def _source_fields(opened: Opened) -> dict[str, str]:
    return to_fields(opened.kind, opened.source.body) if opened.source else {}


def _preview(console: Console, entry: Entry) -> list[Shown]:
    helpline = console.helpline
    if entry.kind != "answer":
        return []
    try:
        return show(entry, helpline.keeper.library, helpline.phrases, helpline.clock(), demo=helpline.settings.demo)
    except (KeyError, TypeError, AttributeError):
        return []  # too little of it is there yet


def _changes(opened: Opened, row: ContentVersion) -> list[tuple[str, list[Any]]]:
    """Return the fields in which a version differs from the one before it, with the words put in and taken out."""
    before = next((other for other in opened.history if other.number < row.number), None)
    if before is None:
        return []
    old, new = to_fields(row.kind, before.body), to_fields(row.kind, row.body)
    return [(name, list(compare(old[name], new[name]))) for name in new if old[name] != new[name]]


def _find_uses(library: Library, opened: Opened) -> list[str]:
    """Return the answers that rest on a fact."""
    if opened.kind != "fact":
        return []
    versions = [version for found in library.versions.values() for version in found]
    return [version.name for version in versions if opened.name in version.facts]


async def preview(request: Request) -> Response:
    """Show what the half-written form would look like; the page asks for it while somebody types."""
    form = await read_form(request)
    async with get_console(request).helpline.store.read() as session:
        opened = await _open(session, request)
    entry = Entry(opened.kind, opened.name, to_body(opened.kind, opened.body, form))
    faults = find_faults(entry, get_console(request).helpline.keeper.library)
    return render(request, "_preview.html", previews=_preview(get_console(request), entry), faults=faults)


# --- the steps


async def act(request: Request) -> Response:
    """Do one step and show the text again; what is not possible is said on the page, with everything typed kept."""
    form, step = await read_form(request), request.path_params["step"]
    console = get_console(request)
    if step not in STEPS:
        raise HTTPException(404)
    async with console.helpline.store.read() as session:
        opened = await _open(session, request)
    try:
        async with console.helpline.store.write() as session:
            await STEPS[step](request, session, opened, form)
    except StudioError as error:
        typed = to_body(opened.kind, opened.body, form) if step == "save" else opened.body
        problem = explain.name(explain.STUDIO_PROBLEMS, error.code, get_words(request))
        async with console.helpline.store.read() as session:
            opened = await _open(session, request)
            said = f"{problem} {error.detail}".strip()
            theirs = opened.newest if error.code == "overtaken" else None
            return await _page(request, session, opened, typed, 409, problem=said, theirs=theirs)
    await console.helpline.keeper.refresh()
    return redirect(f"/console/studio/{opened.kind}/{opened.name}")


Step = Callable[[Request, AsyncSession, Opened, Form], Awaitable[None]]


def _who(request: Request) -> tuple[Editor, datetime, Library]:
    staff, helpline = get_staff(request), get_console(request).helpline
    return Editor(staff.actor, staff.user.display_name), helpline.clock(), helpline.keeper.library


async def _save(request: Request, session: AsyncSession, opened: Opened, form: Form) -> None:
    """Save a draft; with `review` pressed, put it before somebody else at once."""
    editor, now, library = _who(request)
    entry = Entry(opened.kind, opened.name, to_body(opened.kind, opened.body, form))
    base = int(form["base"]) if form.get("base", "").isdigit() else -1
    row = await studio.save(session, entry, base=base, editor=editor, now=now, note=form.get("note", "")[:200])
    if form.get("then") == "review" and not find_faults(entry, library):
        await studio.ask_review(session, row, library, editor, now)


async def _review(request: Request, session: AsyncSession, opened: Opened, form: Form) -> None:
    editor, now, library = _who(request)
    await studio.ask_review(session, await _row(session, opened, form), library, editor, now)


async def _publish(request: Request, session: AsyncSession, opened: Opened, form: Form) -> None:
    editor, now, library = _who(request)
    starts_at = _read_start(form.get("starts_at", ""))
    row = await _row(session, opened, form)
    await studio.publish(session, row, library, editor, now, starts_at if starts_at and starts_at > now else None)


async def _send_back(request: Request, session: AsyncSession, opened: Opened, form: Form) -> None:
    editor, now, _ = _who(request)
    await studio.send_back(session, await _row(session, opened, form), editor, now, form.get("note", ""))


async def _return(request: Request, session: AsyncSession, opened: Opened, form: Form) -> None:
    editor, now, _ = _who(request)
    await studio.return_to(session, await _row(session, opened, form), editor, now)


async def _confirm(request: Request, session: AsyncSession, opened: Opened, form: Form) -> None:
    editor, now, _ = _who(request)
    position = int(form["line"]) if form.get("line", "").isdigit() else -1
    await studio.confirm_line(session, await _row(session, opened, form), position, editor, now)


async def _row(session: AsyncSession, opened: Opened, form: Form) -> ContentVersion:
    """Return the version that the form names, as it is now in this transaction."""
    wanted = form.get("number", "")
    for row in await content.list_history(session, opened.kind, opened.name):
        if str(row.number) == wanted:
            return row
    raise StudioError("not_newest")


def _read_start(text: str) -> datetime | None:
    """Read a planned start, in UTC as the page says."""
    try:
        return datetime.fromisoformat(text).replace(tzinfo=UTC) if text else None
    except ValueError:
        raise StudioError("wrong_start") from None


STEPS: dict[str, Step] = {
    "save": _save, "review": _review, "publish": _publish, "send_back": _send_back, "return": _return,
    "confirm": _confirm,
}  # fmt: skip
