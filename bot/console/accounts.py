"""Staff accounts: made by invitation or by the command line, listed and disabled by administrators."""

import asyncio
import re
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from bot import audit
from bot.cases.paging import is_page_url
from bot.clock import new_token
from bot.config import LONGEST_KEPT
from bot.console.frame import (
    get_console,
    get_staff,
    get_store,
    get_words,
    is_same_origin,
    is_small,
    name_device,
    read_form,
    redirect,
    render,
)  # fmt: skip
from bot.console.sessions import MAX_PASSWORD, hash_token, hasher, refuse, start_session, with_cookie
from bot.console.words import N_
from bot.dialogue.policy import DESTINATIONS
from bot.store.models import Invite, LoginSession, User
from bot.store.models.organisations import HOME
from bot.store.queries import users
from bot.store.queries.organisations import list_organisations

if TYPE_CHECKING:
    from bot.app import Helpline

ROLES = ("caseworker", "admin")
INVITE_LENGTH = timedelta(days=7)
_NAME = re.compile(r"[a-z0-9._-]{2,64}")


class AccountError(Exception):
    """The account cannot be made or changed; the text says what to do instead."""


async def create_user(
    session: AsyncSession,
    name: str,
    display_name: str,
    role: str,
    password: str,
    now: datetime,
    organisation_id: int = HOME,
) -> User:
    """Add an account in the caller's transaction."""
    name, display_name = name.strip().lower(), display_name.strip()
    _check(name, role, password)
    if (await session.execute(select(User.id).where(User.name == name))).first():
        raise AccountError(N_("This name is taken. Choose another."))
    hashed = await asyncio.to_thread(hasher().hash, password)
    user = User(
        name=name,
        display_name=(display_name or name)[:64],
        role=role,
        password_hash=hashed,
        created_at=now,
        organisation_id=organisation_id,
    )
    session.add(user)
    await session.flush()
    return user


def _check(name: str, role: str, password: str) -> None:
    if not _NAME.fullmatch(name):
        raise AccountError(N_("The name needs 2 to 64 of these characters: a-z, 0-9, dot, dash, underscore."))
    if role not in ROLES:
        raise AccountError(N_("The role is caseworker or admin."))
    if len(password) < 10:
        raise AccountError(N_("The password needs at least 10 characters. Three or four words in a row are good."))
    if len(password) > MAX_PASSWORD:
        raise AccountError(N_("The password is longer than 256 characters."))


async def create_invite(session: AsyncSession, role: str, now: datetime, organisation_id: int = HOME) -> str:
    """Add an invitation, valid for seven days and one use; return its token, which is not stored."""
    if role not in ROLES:
        raise AccountError(N_("The role is caseworker or admin."))
    token = new_token()
    session.add(
        Invite(token_hash=hash_token(token), role=role, expires_at=now + INVITE_LENGTH, organisation_id=organisation_id)
    )
    await session.flush()
    return token


def invite_url(helpline: "Helpline", token: str) -> str:
    base = helpline.settings.public_url or f"http://{helpline.settings.bind}"
    return f"{base}/console/join/{token}"


async def first_admin_link(helpline: "Helpline") -> str | None:
    """Return a link that makes the first administrator, or None once there is any account. Older links end."""
    async with helpline.store.write() as session:
        if await users.count_users(session):
            return None
        await session.execute(delete(Invite).where(Invite.used_at.is_(None)))
        return invite_url(helpline, await create_invite(session, "admin", helpline.clock()))


# --- joining by invitation


async def show_join(request: Request) -> Response:
    invite = await _find_invite(request)
    if invite is None:
        return _show_ended(request)
    return _join_page(request, invite)


def _join_page(request: Request, invite: Invite, status: int = 200, problem: str = "", **typed: str) -> Response:
    locales = get_console(request).wordbook.locales
    known = {"name": "", "display_name": "", "locale": get_words(request).locale} | typed
    return render(request, "join.html", status, invite=invite, locales=locales, problem=problem, typed=known)


def _show_ended(request: Request) -> Response:
    _ = get_words(request)
    what = _("This link was used already or is older than seven days. Ask an administrator for a new one.")
    return render(request, "problem.html", 410, heading=_("This invitation has ended"), what=what)


async def _find_invite(request: Request) -> Invite | None:
    helpline = get_console(request).helpline
    async with helpline.store.read() as session:
        return await users.find_invite(session, hash_token(request.path_params["token"]), helpline.clock())


async def join(request: Request) -> Response:
    """Make the account and use the invitation up in one transaction, then log her in."""
    if not (is_same_origin(request) and is_small(request)):
        return refuse(request)
    invite, form = await _find_invite(request), await read_form(request)
    if invite is None:
        return _show_ended(request)
    try:
        token = await _use_invite(request, invite, form)
    except AccountError as error:
        problem = get_words(request)(str(error))
        typed = {name: form.get(name, "") for name in ("name", "display_name", "locale")}
        return _join_page(request, invite, 422, problem, **typed)
    return with_cookie(request, redirect("/console/"), token)


async def _use_invite(request: Request, invite: Invite, form: dict[str, str]) -> str:
    console = get_console(request)
    now = console.helpline.clock()
    if form.get("password") != form.get("password_again"):
        raise AccountError(N_("The two passwords are not the same."))
    async with console.helpline.store.write() as session:
        used = update(Invite).where(Invite.id == invite.id, Invite.used_at.is_(None)).values(used_at=now)
        if not (await session.execute(used)).rowcount:  # type: ignore[attr-defined]
            raise AccountError(N_("This invitation was used already."))
        user = await create_user(
            session,
            form.get("name", ""),
            form.get("display_name", ""),
            invite.role,
            form.get("password", ""),
            now,
            invite.organisation_id,
        )
        user.locale = form["locale"] if form.get("locale") in console.wordbook.locales else "en"
        audit.note(session, now, f"user:{user.id}", "user:joined", f"user:{user.id}", invite.role)
        return start_session(session, user, now)


# --- the page of administrators

PERIODS = {  # of an organisation: the label of each kind
    "words": N_("Days that her words are kept"),
    "files": N_("Days that her files are kept"),
    "cases": N_("Days that the notes of a closed case are kept"),
}


async def show_users(request: Request) -> Response:
    return await users_page(request)


async def users_page(request: Request, status: int = 200, *, link: str = "", problem: str = "") -> Response:
    async with get_store(request).read() as session:
        everybody, with_passkey = await users.list_users(session), await users.list_passkey_owners(session)
        shared = await list_organisations(session) if get_staff(request).user.organisation_id == HOME else []
    return render(
        request, "users.html", status, everybody=everybody, link=link, problem=problem, roles=ROLES,
        organisations=shared, destinations=DESTINATIONS, with_passkey=with_passkey,
        periods=PERIODS, longest=LONGEST_KEPT, settings=get_console(request).helpline.settings,
    )  # fmt: skip


async def invite(request: Request) -> Response:
    """Make an invitation and show its link, this once: only a hash of it is kept.

    HOME invites into any organisation, which is how another one gets its first administrator; others into their own.
    """
    helpline, form = get_console(request).helpline, await read_form(request)
    own = get_staff(request).user.organisation_id
    try:
        async with helpline.store.write() as session:
            organisation_id = own
            if own == HOME and form.get("organisation"):
                organisation_id = await _find_organisation(session, form["organisation"])
            token = await create_invite(session, form.get("role", ""), helpline.clock(), organisation_id)
            audit.note(session, helpline.clock(), get_staff(request).actor, "user:invited", detail=form["role"])
    except AccountError as error:
        return await users_page(request, 422, problem=get_words(request)(str(error)))
    return await users_page(request, link=invite_url(helpline, token))


async def _find_organisation(session: AsyncSession, id: str) -> int:
    known = {str(organisation.id): organisation.id for organisation in await list_organisations(session)}
    if id not in known:
        raise AccountError(N_("This organisation is not there any more. Reload the page."))
    return known[id]


async def change_access(request: Request) -> Response:
    """Disable an account, which ends its sessions at once, or enable it again."""
    helpline, staff, form = get_console(request).helpline, get_staff(request), await read_form(request)
    if request.path_params["id"] == staff.user.id:
        _ = get_words(request)
        return await users_page(request, 409, problem=_("You cannot disable your own account."))
    async with get_store(request).write() as session:
        user = await session.get(User, request.path_params["id"])
        if user is None:
            raise HTTPException(404)
        disable = form.get("access") == "disable"
        user.disabled_at = helpline.clock() if disable else None
        if disable:
            await session.execute(delete(LoginSession).where(LoginSession.user_id == user.id))
        action = "user:disabled" if disable else "user:enabled"
        audit.note(session, helpline.clock(), staff.actor, action, f"user:{user.id}")
    return redirect("/console/users")


async def change_duty(request: Request) -> Response:
    """Put somebody on the ladder of who is paged, or take her off it. The address is sealed and never shown again."""
    helpline, staff, form = get_console(request).helpline, get_staff(request), await read_form(request)
    _ = get_words(request)
    rank, url = form.get("rank", "").strip(), form.get("url", "").strip()
    if rank and not (rank.isdecimal() and 1 <= int(rank) <= 99):
        return await users_page(request, 422, problem=_("The place on the ladder is a number from 1 to 99, or empty."))
    if url and not is_page_url(url):
        problem = _("This address cannot be paged. Write it as Apprise does, e.g. mailto:// or tgram://.")
        return await users_page(request, 422, problem=problem)
    async with get_store(request).write() as session:
        user = await session.get(User, request.path_params["id"])
        if user is None:
            raise HTTPException(404)
        user.duty_rank = int(rank) if rank else None
        if url:
            user.sealed_page_url = helpline.vault.seal_text(url, "page-url")
        audit.note(session, helpline.clock(), staff.actor, "user:duty_changed", f"user:{user.id}", rank or "off")
    return redirect("/console/users")


async def change_language(request: Request) -> Response:
    """Change the language of her own pages."""
    console, staff, form = get_console(request), get_staff(request), await read_form(request)
    if form.get("locale") in console.wordbook.locales:
        async with get_store(request).write() as session:
            user = await session.get_one(User, staff.user.id)
            user.locale = form["locale"]
    return redirect("/console/account")


async def show_account(request: Request) -> Response:
    return await account_page(request)


async def account_page(request: Request, status: int = 200, problem: str = "") -> Response:
    console, staff = get_console(request), get_staff(request)
    async with get_store(request).read() as session:
        sessions = await users.list_sessions(session, staff.user.id, console.helpline.clock())
        passkeys = await users.list_passkeys(session, staff.user.id)
    return render(
        request, "account.html", status, locales=console.wordbook.locales, sessions=sessions, passkeys=passkeys,
        device=name_device(request), problem=problem,
    )  # fmt: skip


async def end_sessions(request: Request) -> Response:
    """Log out one of her other sessions, or all of them."""
    helpline, staff, form = get_console(request).helpline, get_staff(request), await read_form(request)
    others = (LoginSession.user_id == staff.user.id, LoginSession.id != staff.session.id)
    which = (LoginSession.id == int(form["id"]),) if form.get("id", "").isdecimal() else ()
    async with get_store(request).write() as session:
        await session.execute(delete(LoginSession).where(*others, *which))
        audit.note(session, helpline.clock(), staff.actor, "user:sessions_ended", f"user:{staff.user.id}")
    return redirect("/console/account")
