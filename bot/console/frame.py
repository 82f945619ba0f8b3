"""What all pages share: the parts, who is logged in, the words, rendering, and whether a form is from our own page."""

import hashlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from bot.console import explain
from bot.console.ceremony import find_site
from bot.console.words import Wordbook, Words, load_wordbook
from bot.content.phrases import PhraseError
from bot.store.engine import Store
from bot.store.models import LoginSession, User

if TYPE_CHECKING:
    from bot.app import Helpline

HERE = Path(__file__).resolve().parent
STATIC = HERE / "static"
MAX_FORM = 64 * 1024  # bytes

Endpoint = Callable[[Request], Awaitable[Response]]


@dataclass(frozen=True, slots=True)
class Staff:
    """A person who is logged in."""

    user: User
    session: LoginSession

    @property
    def actor(self) -> str:
        return f"user:{self.user.id}"


class Seen:
    """Remembers what was just noted in the audit, so that a page refreshing itself does not note it every second."""

    def __init__(self, length: timedelta = timedelta(minutes=5)) -> None:
        self._length = length
        self._at: dict[tuple[int, str], datetime] = {}

    def is_new(self, user_id: int, subject: str, now: datetime) -> bool:
        last = self._at.get((user_id, subject))
        if last is not None and now - last < self._length:
            return False
        self._at = {key: at for key, at in self._at.items() if now - at < self._length}
        self._at[user_id, subject] = now
        return True


@cache
def build_templates() -> Environment:
    templates = Environment(
        loader=FileSystemLoader(HERE / "templates"), autoescape=True, undefined=StrictUndefined,
        trim_blocks=True, lstrip_blocks=True,
    )  # fmt: skip
    templates.globals.update(version=_static_version(), explain=explain)
    return templates


@cache
def _static_version() -> str:
    digest = hashlib.sha256()
    for path in sorted(STATIC.iterdir()):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:10]


@dataclass(slots=True)
class Console:
    """The parts the pages use, built once."""

    helpline: "Helpline"
    wordbook: Wordbook = field(default_factory=load_wordbook)
    templates: Environment = field(default_factory=build_templates)
    seen: Seen = field(default_factory=Seen)

    def title(self, label: str, words: Words) -> str:
        """Name a topic in the reader's language, as its button in the bot is called."""
        if not label:
            return ""
        try:
            return self.helpline.phrases.say(f"title.{label}", words.locale)
        except PhraseError:
            return label.replace("_", " ").capitalize()


def get_console(request: Request) -> Console:
    console: Console = request.app.state.console
    return console


def get_secret(request: Request) -> str:
    """What signs that which a browser keeps for us."""
    return get_console(request).helpline.settings.secret_key.get_secret_value()


def find_staff(request: Request) -> Staff | None:
    staff: Staff | None = getattr(request.state, "staff", None)
    return staff


def get_staff(request: Request) -> Staff:
    """Return who is logged in; only for pages behind `staff_only`."""
    staff = find_staff(request)
    if staff is None:
        raise LookupError("this page is not behind staff_only")
    return staff


def get_store(request: Request) -> Store:
    """The store as her organisation sees it: every page behind `staff_only` reads and writes through this."""
    return get_console(request).helpline.store.of(get_staff(request).user.organisation_id)


def get_words(request: Request) -> Words:
    """The words in the locale of her account, else of her browser."""
    staff, wordbook = find_staff(request), get_console(request).wordbook
    return wordbook.get(staff.user.locale) if staff else wordbook.choose(request.headers.get("accept-language", ""))


def render(request: Request, template: str, status: int = 200, **values: Any) -> Response:
    console, staff, words = get_console(request), find_staff(request), get_words(request)
    site = find_site(console.helpline.settings)
    shared = {
        "_": words, "staff": staff, "user": staff.user if staff else None,
        "csrf": staff.session.csrf if staff else "", "path": request.url.path,
        "demo": console.helpline.settings.demo, "passkey_host": site.host if site else "",
        "title_of": lambda label: console.title(label, words),
    }  # fmt: skip
    return HTMLResponse(console.templates.get_template(template).render(shared | values), status)


def redirect(path: str) -> Response:
    """Answer a form: the browser gets the page anew, so that going back or reloading sends nothing twice."""
    return RedirectResponse(path, 303)


def is_same_origin(request: Request) -> bool:
    """True if the browser says that one of our own pages sent this."""
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        return site == "same-origin"
    # Browsers leave Sec-Fetch-Site out on plain http beyond localhost; Origin is there with every POST.
    settings = get_console(request).helpline.settings
    ours = {request.headers.get("host", ""), urlsplit(settings.public_url).netloc} - {""}
    return urlsplit(request.headers.get("origin", "")).netloc in ours


def is_small(request: Request) -> bool:
    length = request.headers.get("content-length", "")
    return length.isdigit() and int(length) <= MAX_FORM


async def read_form(request: Request) -> dict[str, str]:
    """Return the fields of a form; line ends are made ours, NUL has no place in a text."""
    form = await request.form()
    texts = ((name, value) for name, value in form.items() if isinstance(value, str))
    return {name: value.replace("\r\n", "\n").replace("\0", "") for name, value in texts}


def name_device(request: Request) -> str:
    """Return browser and system in two words, so that she knows her own sessions again."""
    agent = request.headers.get("user-agent", "")
    names = [[name for name in known if name in agent] for known in (_BROWSERS, _SYSTEMS)]
    return " · ".join(found[0] for found in names if found)


_BROWSERS = ("Edg", "OPR", "SamsungBrowser", "Firefox", "Chrome", "Safari")
_SYSTEMS = ("Android", "iPhone", "iPad", "Windows", "Mac OS", "Linux")
