"""The simulator: invented workers in a browser, demo mode only. What they write takes the whole real way."""

import re
import uuid
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

from bot.clock import new_token
from bot.console import changes
from bot.console.frame import (
    STATIC,
    Console,
    get_console,
    get_words,
    is_same_origin,
    is_small,
    read_form,
    redirect,
    render,
)  # fmt: skip
from bot.console.headers import SecureHeaders
from bot.console.thread import Entry, load_thread
from bot.messages import Address, Inbound, Kind, Location, Media
from bot.store.models import Contact
from bot.store.queries import contacts

if TYPE_CHECKING:
    from bot.app import Helpline

COOKIE = "helpline_simulator"
MAX_TEXT = 4096  # characters, as in Telegram
# Languages of a phone's app, as providers tell them; the first worker's is one we have, the last tells nothing.
HINTS = ("en", "ar", "sw", "tl", "hi", "ne", "bn", "si", "ta", "am", "id", "fr", "")
FIRST_HINTS = ("en", "ar", "sw", "hi")
_WORKER = re.compile(r"([A-Za-z0-9_-]{8,32}):([a-z]{0,3})")


@dataclass(frozen=True, slots=True)
class Invented:
    """One invented worker: her address is all there is of her. `hint` is the language of her app."""

    id: str
    hint: str

    @property
    def address(self) -> Address:
        return Address("simulator", f"sim:{self.id}")


@dataclass(frozen=True, slots=True)
class Column:
    """One worker's phone on the page."""

    number: int
    worker: Invented
    contact: Contact | None
    entries: list[Entry]


# What the buttons under the chat send.
_VOICE = (Media("sample:voice", "audio/wav", name="sample.wav"),)
_PHOTO = (Media("sample:photo", "image/png", name="sample.png"),)
SAMPLES: dict[str, Callable[[Inbound], Inbound]] = {
    "voice": lambda inbound: replace(inbound, kind=Kind.VOICE, media=_VOICE),
    "photo": lambda inbound: replace(inbound, kind=Kind.PHOTO, media=_PHOTO),
    "sticker": lambda inbound: replace(inbound, kind=Kind.STICKER),
    "location": lambda inbound: replace(inbound, kind=Kind.LOCATION, location=Location(24.7136, 46.6753)),
}


async def show_simulator(request: Request) -> Response:
    workers = _read_workers(request)
    helpline = get_console(request).helpline
    async with helpline.store.read() as session:
        mark = ""
        columns = []
        for number, worker in enumerate(workers, 1):
            contact = await contacts.find_contact(
                session, worker.address.channel, helpline.vault.index("simulator", worker.address.identifier)
            )
            # The mark before the thread: what comes between the two is noticed, not missed.
            mark += await changes.mark_thread(session, contact.id) if contact else "-"
            entries = await load_thread(session, helpline.vault, contact) if contact else []
            columns.append(Column(number, worker, contact, entries))
    response = render(request, "simulator.html", columns=columns, hints=HINTS, mark=mark)
    return _with_cookie(response, workers)


async def send_events(request: Request) -> Response:
    helpline, workers = get_console(request).helpline, _read_workers(request)
    indexes = [helpline.vault.index("simulator", worker.address.identifier) for worker in workers]

    async def read_mark() -> str:
        mark = ""
        async with helpline.store.read() as session:
            for index in indexes:
                contact = await contacts.find_contact(session, "simulator", index)
                mark += await changes.mark_thread(session, contact.id) if contact else "-"
        return mark

    return changes.stream(read_mark)


async def send(request: Request) -> Response:
    """Hand over what an invented worker wrote, pressed or sent, as a provider would."""
    form = await _read_own_form(request)
    worker = _pick(request)[1]
    inbound = _make_inbound(worker, form)
    if inbound is not None:
        await get_console(request).helpline.receive([inbound])
    return redirect(_home(request))


async def start_afresh(request: Request) -> Response:
    """Give this column a new invented worker, perhaps with another language of the app."""
    form = await _read_own_form(request)
    position, worker = _pick(request)
    hint = form.get("hint", worker.hint)
    fresh = _invent(hint if hint in HINTS else "")
    if form.get("keep"):
        fresh = replace(worker, hint=fresh.hint)
    workers = [fresh if at == position else other for at, other in enumerate(_read_workers(request))]
    return _with_cookie(redirect(_home(request)), workers)


def _make_inbound(worker: Invented, form: dict[str, str]) -> Inbound | None:
    """Return the message, or None where there is nothing to send."""
    text, payload, sample = form.get("text", "").strip()[:MAX_TEXT], form.get("payload", ""), form.get("sample", "")
    inbound = Inbound(
        address=worker.address, external_id=uuid.uuid4().hex, kind=Kind.TEXT, text=text, language_hint=worker.hint
    )
    if sample in SAMPLES:
        return SAMPLES[sample](inbound)
    if payload:
        return replace(inbound, kind=Kind.BUTTON, payload=payload[:64])
    return inbound if text else None


async def _read_own_form(request: Request) -> dict[str, str]:
    """No log-in, no secret in the form: instead the browser must say that our own page sent it."""
    if not (is_same_origin(request) and is_small(request)):
        raise HTTPException(403)
    return await read_form(request)


def _pick(request: Request) -> tuple[int, Invented]:
    """Return the worker of the column that the path names."""
    workers, position = _read_workers(request), request.path_params["number"] - 1
    if not 0 <= position < len(workers):
        raise HTTPException(404)
    return position, workers[position]


def _read_workers(request: Request) -> list[Invented]:
    """The cookie says who the columns are, so that two visitors do not share a phone; without one, invent them."""
    kept = _WORKER.findall(request.cookies.get(COOKIE, ""))
    if len(kept) != len(FIRST_HINTS):
        return [_invent(hint) for hint in FIRST_HINTS]
    return [Invented(id, hint) for id, hint in kept]


def _invent(hint: str) -> Invented:
    return Invented(new_token(9), hint)


def _with_cookie(response: Response, workers: list[Invented]) -> Response:
    value = "|".join(f"{worker.id}:{worker.hint}" for worker in workers)
    response.set_cookie(COOKIE, value, path="/simulator", httponly=True, samesite="lax")
    return response


def _home(request: Request) -> str:
    return f"/simulator/#worker-{request.path_params['number']}"


async def show_problem(request: Request, error: Exception) -> Response:
    _, status = get_words(request), error.status_code if isinstance(error, HTTPException) else 500
    what = _("This request could not be done. Go back and try again.")
    return render(request, "problem.html", status, heading=_("Not possible"), what=what)


ROUTES: list[BaseRoute] = [
    Route("/", show_simulator),
    Route("/events", send_events),
    Route("/{number:int}/send", send, methods=["POST"]),
    Route("/{number:int}/afresh", start_afresh, methods=["POST"]),
    Mount("/static", StaticFiles(directory=STATIC)),
]


def build_simulator(helpline: "Helpline") -> Starlette:
    """Return the simulator's page; only demo mode mounts it."""
    https = helpline.settings.public_url.startswith("https://")
    app = Starlette(
        routes=ROUTES,
        middleware=[Middleware(SecureHeaders, https=https)],
        exception_handlers={HTTPException: show_problem},
    )
    app.state.console = Console(helpline)
    return app
