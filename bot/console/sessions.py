"""Log-in, log-out and the session behind a cookie. Only a token's hash is stored; forms carry the session's mark."""

import asyncio
import hashlib
import hmac
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from urllib.parse import quote

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import delete
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from bot import audit
from bot.clock import new_token
from bot.console import second
from bot.console.frame import (
    Endpoint,
    Staff,
    find_staff,
    get_console,
    get_secret,
    get_staff,
    get_words,
    is_same_origin,
    is_small,
    name_device,
    read_form,
    redirect,
    render,
)  # fmt: skip
from bot.store.engine import Store
from bot.store.models import LoginSession, User
from bot.store.queries import users

COOKIE = "helpline_session"
LENGTH = timedelta(hours=12)
MAX_PASSWORD = 256  # characters: hashing a whole book would keep the server busy


def hash_token(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


@cache
def hasher() -> PasswordHasher:
    return PasswordHasher()


@cache
def _nobody() -> str:
    """A hash to compare with where the name is unknown, so that both failures take the same time."""
    return hasher().hash(new_token())


def check_password(hashed: str | None, password: str) -> bool:
    """Compare in constant time; takes tens of milliseconds on purpose, so call it in a thread."""
    try:
        hasher().verify(hashed or _nobody(), password[:MAX_PASSWORD])
    except (VerificationError, InvalidHashError):
        return False
    return hashed is not None


@dataclass(slots=True)
class Slowdown:
    """After five failures with a name, a growing pause before the next try. In memory: a restart forgives."""

    free: int = 5
    longest: timedelta = timedelta(seconds=60)
    _failures: dict[str, tuple[int, datetime]] = field(default_factory=dict)

    def wait(self, name: str, now: datetime) -> timedelta:
        count, last = self._failures.get(name, (0, now))
        if count < self.free:
            return timedelta(0)
        pause = min(timedelta(seconds=2 ** min(count - self.free + 1, 10)), self.longest)
        return max(last + pause - now, timedelta(0))

    def count(self, name: str, now: datetime) -> None:
        """Count a try before it is checked, so that many at once gain nothing."""
        self._failures = {key: kept for key, kept in self._failures.items() if now - kept[1] < timedelta(hours=1)}
        self._failures[name] = (self._failures.get(name, (0, now))[0] + 1, now)

    def forget(self, name: str) -> None:
        self._failures.pop(name, None)


class LoadSession:
    """Middleware: finds out who is asking, for every page but static files."""

    def __init__(self, app: ASGIApp, store: Store, clock: Callable[[], datetime]) -> None:
        self.app, self.store, self.clock = app, store, clock

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and "/static/" not in scope["path"]:
            token = Request(scope).cookies.get(COOKIE, "")
            scope.setdefault("state", {})["staff"] = await find_session(self.store, token, self.clock())
        await self.app(scope, receive, send)


async def find_session(store: Store, token: str, now: datetime) -> Staff | None:
    if not token:
        return None
    async with store.read() as session:
        found = await users.find_session(session, hash_token(token), now)
    return Staff(found[1], found[0]) if found else None


def staff_only(endpoint: Endpoint, *, admin: bool = False) -> Endpoint:
    """Let through who is logged in; forms only with the mark of the session. Others are sent to log in."""

    async def guarded(request: Request) -> Response:
        staff = find_staff(request)
        if staff is None:
            return _ask_to_log_in(request)
        if admin and staff.user.role != "admin":
            _ = get_words(request)
            return refuse(request, _("Only administrators can open this page."))
        if request.method == "POST" and not await _is_ours(request, staff):
            return refuse(request)
        if await _must_set_up(request, staff):
            return redirect("/console/account/second")
        return await endpoint(request)

    return guarded


OPEN_WITHOUT_SECOND = {f"/console/{page}" for page in (
    "account/second", "account/passkeys", "account/passkeys/options", "logout",
)}  # fmt: skip


async def _must_set_up(request: Request, staff: Staff) -> bool:
    """In production nobody works without a second factor; setting one up and leaving are what is open to her."""
    helpline = get_console(request).helpline
    if helpline.settings.demo or staff.user.sealed_totp or request.url.path in OPEN_WITHOUT_SECOND:
        return False
    async with helpline.store.read() as session:
        return not await users.has_passkey(session, staff.user.id)


async def _is_ours(request: Request, staff: Staff) -> bool:
    if not is_small(request):
        return False
    form = await read_form(request)
    return hmac.compare_digest(form.get("csrf", ""), staff.session.csrf)


def refuse(request: Request, what: str = "") -> Response:
    """403, in words that say what to do."""
    _ = get_words(request)
    what = what or _(
        "This form was not sent from a page of your present log-in, so nothing was done. "
        "Go back, copy what you typed, reload the page and send it again."
    )
    return render(request, "problem.html", 403, heading=_("Not allowed"), what=what)


def _ask_to_log_in(request: Request) -> Response:
    if request.method == "GET" and "text/event-stream" not in request.headers.get("accept", ""):
        return redirect(f"/console/login?next={quote(request.url.path)}")
    _ = get_words(request)
    what = _("You are logged out. Copy what you typed, then log in again.")
    return render(request, "problem.html", 403, heading=_("Logged out"), what=what)


def get_slowdown(request: Request) -> Slowdown:
    slowdown: Slowdown = request.app.state.slowdown
    return slowdown


@dataclass(frozen=True, slots=True)
class Refusal:
    status: int
    problem: str


async def ask_password(request: Request, password: str) -> Refusal | None:
    """What is delicate asks for the password again: return why it may not be done, or None. Tries are counted."""
    user, slowdown, _ = get_staff(request).user, get_slowdown(request), get_words(request)
    now = get_console(request).helpline.clock()
    if slowdown.wait(user.name, now):
        return Refusal(429, _("Too many failed tries. Wait a minute."))
    slowdown.count(user.name, now)
    if not await asyncio.to_thread(check_password, user.password_hash, password):
        return Refusal(403, _("The password is wrong."))
    slowdown.forget(user.name)
    return None


async def show_login(request: Request) -> Response:
    if find_staff(request):
        return redirect("/console/")
    return login_page(request, next=request.query_params.get("next", ""))


def login_page(request: Request, status: int = 200, *, next: str = "", name: str = "", problem: str = "") -> Response:
    return render(request, "login.html", status, next=next, name=name, problem=problem)


async def log_in(request: Request) -> Response:
    """Check name and password; unknown names and wrong passwords get the same words after the same time."""
    if not (is_same_origin(request) and is_small(request)):
        return refuse(request)
    _, form, slowdown = get_words(request), await read_form(request), get_slowdown(request)
    helpline = get_console(request).helpline
    name, next = form.get("name", "").strip().lower()[:64], form.get("next", "")
    wait = slowdown.wait(name, helpline.clock())
    if wait:
        problem = _("Too many failed tries. Wait %(seconds)s seconds.", seconds=int(wait.total_seconds()) + 1)
        return login_page(request, 429, next=next, name=name, problem=problem)
    slowdown.count(name, helpline.clock())
    async with helpline.store.read() as session:
        user = await users.find_user(session, name)
    hashed = user.password_hash if user else None
    if not await asyncio.to_thread(check_password, hashed, form.get("password", "")) or user is None:
        return login_page(request, 403, next=next, name=name, problem=_("Name or password is wrong."))
    async with helpline.store.read() as session:
        two_steps = user.sealed_totp or await users.has_passkey(session, user.id)
    if two_steps:
        # The tries stay counted until the second factor is right too.
        ticket = second.make_ticket(get_secret(request), user.id, helpline.clock())
        return await code_page(request, user, ticket, next)
    slowdown.forget(name)
    return await let_in(request, user, next)


async def code_page(
    request: Request, user: User, ticket: str, next: str, status: int = 200, problem: str = ""
) -> Response:
    """Ask for what she has as a second factor: the code of her app, a passkey, or either."""
    async with get_console(request).helpline.store.read() as session:
        has_passkey = await users.has_passkey(session, user.id)
    return render(
        request, "code.html", status, ticket=ticket, next=next, problem=problem,
        has_app=bool(user.sealed_totp), has_passkey=has_passkey,
    )  # fmt: skip


async def take_code(request: Request) -> Response:
    """The second step: the code of her app, for the person whose password was right."""
    if not (is_same_origin(request) and is_small(request)):
        return refuse(request)
    _, form, slowdown = get_words(request), await read_form(request), get_slowdown(request)
    helpline, ticket, next = get_console(request).helpline, form.get("ticket", ""), form.get("next", "")
    now = helpline.clock()
    user_id = second.read_ticket(get_secret(request), ticket, now)
    if user_id is None:
        return login_page(request, 403, next=next, problem=_("This took too long. Log in again."))
    async with helpline.store.write() as session:
        user = await session.get_one(User, user_id)
        wait = slowdown.wait(f"code {user.name}", now)
        slowdown.count(f"code {user.name}", now)
        right = (
            not wait and user.disabled_at is None and second.check_code(user, helpline.vault, form.get("code", ""), now)
        )
    if not right:
        problem = _("Too many failed tries. Wait a minute.") if wait else _("This code is wrong or was used already.")
        return await code_page(request, user, ticket, next, 429 if wait else 403, problem)
    slowdown.forget(user.name)
    slowdown.forget(f"code {user.name}")
    return await let_in(request, user, next)


async def let_in(request: Request, user: User, next: str) -> Response:
    helpline = get_console(request).helpline
    async with helpline.store.write() as session:
        await session.execute(delete(LoginSession).where(LoginSession.expires_at <= helpline.clock()))
        token = start_session(session, user, helpline.clock(), name_device(request))
    return with_cookie(request, redirect(_safe(next)), token)


def start_session(session: AsyncSession, user: User, now: datetime, device: str = "") -> str:
    """Add a session for this user; return the token that only her cookie will know."""
    token = new_token(32)
    session.add(
        LoginSession(
            token_hash=hash_token(token),
            csrf=new_token(),
            user_id=user.id,
            created_at=now,
            expires_at=now + LENGTH,
            device=device,
        )
    )
    audit.note(session, now, f"user:{user.id}", "user:logged_in")
    return token


def with_cookie(request: Request, response: Response, token: str) -> Response:
    secure = get_console(request).helpline.settings.public_url.startswith("https://")
    length = int(LENGTH.total_seconds())
    response.set_cookie(COOKIE, token, length, path="/console", httponly=True, samesite="lax", secure=secure)
    return response


def _safe(next: str) -> str:
    """Only pages of ours: a link from elsewhere must not lead on to elsewhere."""
    return next if next.startswith("/console/") and "\\" not in next and "//" not in next else "/console/"


async def log_out(request: Request) -> Response:
    helpline, staff = get_console(request).helpline, get_staff(request)
    async with helpline.store.write() as session:
        await users.delete_session(session, staff.session.token_hash)
        audit.note(session, helpline.clock(), staff.actor, "user:logged_out")
    response = redirect("/console/login")
    response.delete_cookie(COOKIE, path="/console")
    return response
