"""Passkeys of staff: made and removed on the account page; used after the password, or instead of it and the code.

Each way has two steps. The page's script asks for a question, has the browser answer it, and sends the answer as an
ordinary form. An answer counts once: a log-in by the passkey's row, which takes no question from before its last use;
a new passkey by the row of her session, which remembers the one question that followed her password.
"""

from sqlalchemy import update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from bot import audit
from bot.console import ceremony, second
from bot.console.accounts import account_page
from bot.console.ceremony import ALONE, Challenge, Refused, Site, find_site
from bot.console.frame import (
    get_console,
    get_secret,
    get_staff,
    get_store,
    get_words,
    is_same_origin,
    is_small,
    name_device,
    read_form,
    redirect,
)  # fmt: skip
from bot.console.sessions import ask_password, code_page, get_slowdown, let_in, login_page, refuse
from bot.store.engine import is_unique_violation
from bot.store.models import LoginSession, Passkey, User
from bot.store.queries import users

COOKIE = "helpline_passkey"


def _get_site(request: Request) -> Site:
    site = find_site(get_console(request).helpline.settings)
    if site is None:
        raise HTTPException(404)
    return site


def _ask(request: Request, challenge: Challenge, options: dict[str, object]) -> Response:
    """Send the question to the script, and the same signed into the browser's keeping."""
    response = JSONResponse(options)
    response.set_cookie(
        COOKIE, challenge.seal(get_secret(request)), int(ceremony.LENGTH.total_seconds()), path="/console",
        httponly=True, samesite="strict", secure=_get_site(request).origin.startswith("https://"),
    )  # fmt: skip
    return response


def _read_challenge(request: Request, purpose: str) -> Challenge:
    now = get_console(request).helpline.clock()
    return ceremony.read_challenge(get_secret(request), request.cookies.get(COOKIE, ""), purpose, now)


# --- on the account page


async def ask_to_add(request: Request) -> Response:
    """Ask her device for a new passkey, once she has given her password."""
    site, staff, form = _get_site(request), get_staff(request), await read_form(request)
    refusal = await ask_password(request, form.get("password", ""))
    if refusal:
        return JSONResponse({"problem": refusal.problem}, refusal.status)
    now = get_console(request).helpline.clock()
    async with get_store(request).write() as session:
        known = await users.list_passkeys(session, staff.user.id)
        login = await session.get_one(LoginSession, staff.session.id)
        login.fresh_at = now
    handle = known[0].handle if known else ceremony.new_handle()
    challenge = ceremony.new_challenge(_adding(staff.session), now, handle)
    return _ask(request, challenge, ceremony.build_add_options(site, challenge, staff.user, known))


async def add(request: Request) -> Response:
    """Keep the passkey that her device made."""
    helpline, staff, form = get_console(request).helpline, get_staff(request), await read_form(request)
    name = " ".join(form.get("name", "").split())[:80] or name_device(request) or "?"
    try:
        challenge = _read_challenge(request, _adding(staff.session))
        made = ceremony.check_added(_get_site(request), challenge, form.get("credential", ""))
        async with get_store(request).write() as session:
            await _use_password_up(session, staff.session, challenge)
            passkey = Passkey(
                user_id=staff.user.id, credential_id=made.credential_id, public_key=made.credential_public_key,
                handle=challenge.handle, sign_count=made.sign_count, name=name, created_at=helpline.clock(),
            )  # fmt: skip
            session.add(passkey)
            await session.flush()
            audit.note(session, helpline.clock(), staff.actor, "passkey:add", f"passkey:{passkey.id}", name)
    except Refused:
        return await _refuse_adding(request)
    except IntegrityError as error:
        if not is_unique_violation(error):
            raise
        return await _refuse_adding(request)
    return _forget(redirect("/console/account"))


def _adding(login: LoginSession) -> str:
    return f"add:{login.id}"


async def _use_password_up(session: AsyncSession, login: LoginSession, challenge: Challenge) -> None:
    """A password given for one passkey is not good for a second."""
    given = update(LoginSession).where(LoginSession.id == login.id, LoginSession.fresh_at == challenge.asked_at)
    if not (await session.execute(given.values(fresh_at=None))).rowcount:  # type: ignore[attr-defined]
        raise Refused("the challenge was answered already")


async def _refuse_adding(request: Request) -> Response:
    _ = get_words(request)
    return await account_page(request, 403, _("This passkey was not added. Try again."))


async def remove(request: Request) -> Response:
    """Remove one of her passkeys; it opens nothing from then on."""
    helpline, staff, form = get_console(request).helpline, get_staff(request), await read_form(request)
    refusal = await ask_password(request, form.get("password", ""))
    if refusal:
        return await account_page(request, refusal.status, refusal.problem)
    async with get_store(request).write() as session:
        passkey = await session.get(Passkey, request.path_params["id"])
        if passkey is None or passkey.user_id != staff.user.id:
            raise HTTPException(404)
        await session.delete(passkey)
        audit.note(session, helpline.clock(), staff.actor, "passkey:remove", f"passkey:{passkey.id}", passkey.name)
    return redirect("/console/account")


# --- at log-in


async def ask_to_log_in(request: Request) -> Response:
    """Ask for one of hers after the password, else for any passkey of this site."""
    if not (is_same_origin(request) and is_small(request)):
        return refuse(request)
    site, form, helpline = _get_site(request), await read_form(request), get_console(request).helpline
    ticket, known = form.get("ticket", ""), []
    user_id = second.read_ticket(get_secret(request), ticket, helpline.clock()) if ticket else None
    if ticket and user_id is None:
        _ = get_words(request)
        return JSONResponse({"problem": _("This took too long. Log in again.")}, 403)
    if user_id is not None:
        async with helpline.store.read() as session:
            known = await users.list_passkeys(session, user_id)
    challenge = ceremony.new_challenge(_logging_in(user_id), helpline.clock())
    return _ask(request, challenge, ceremony.build_use_options(site, challenge, known))


async def log_in(request: Request) -> Response:
    """Let in whose passkey answered. Whatever is wrong with the answer, what a stranger reads is the same."""
    if not (is_same_origin(request) and is_small(request)):
        return refuse(request)
    form, helpline, _ = await read_form(request), get_console(request).helpline, get_words(request)
    ticket, next = form.get("ticket", ""), form.get("next", "")
    user_id = second.read_ticket(get_secret(request), ticket, helpline.clock()) if ticket else None
    if ticket and user_id is None:
        return login_page(request, 403, next=next, problem=_("This took too long. Log in again."))
    async with helpline.store.read() as session:
        named = await session.get(User, user_id) if user_id is not None else None
    user = await _find_owner(request, form.get("credential", ""), named)
    if user is None:
        problem = _("The passkey was not accepted. Try again, or log in another way.")
        if named:
            return await code_page(request, named, ticket, next, 403, problem)
        return login_page(request, 403, next=next, problem=problem)
    return _forget(await let_in(request, user, next))


async def _find_owner(request: Request, text: str, named: User | None) -> User | None:
    """Return whose passkey gave this answer, or None. A try is counted as soon as it is known whose it would be."""
    helpline, slowdown = get_console(request).helpline, get_slowdown(request)
    now, site = helpline.clock(), _get_site(request)
    found = await _find_passkey(request, text)
    user = named or (found[1] if found else None)
    if user is None:
        return None
    counted = f"code {user.name}" if named else user.name
    wait = slowdown.wait(counted, now)
    slowdown.count(counted, now)
    if wait or found is None or found[1].id != user.id:
        return None
    try:
        challenge = _read_challenge(request, _logging_in(named.id if named else None))
        sign_count = ceremony.check_used(site, challenge, ceremony.read_answer(text), found[0])
    except Refused:
        return None
    async with helpline.store.write() as session:
        if not await users.use_passkey(session, found[0], sign_count, challenge.asked_at, now):
            return None
        how = "after the password" if named else "alone"
        audit.note(session, now, f"user:{user.id}", "passkey:use", f"passkey:{found[0].id}", how)
    slowdown.forget(user.name)
    slowdown.forget(f"code {user.name}")
    return user


async def _find_passkey(request: Request, text: str) -> tuple[Passkey, User] | None:
    try:
        answer = ceremony.read_answer(text)
    except Refused:
        return None
    async with get_console(request).helpline.store.read() as session:
        return await users.find_passkey(session, answer.raw_id)


def _logging_in(user_id: int | None) -> str:
    return ALONE if user_id is None else f"second:{user_id}"


def _forget(response: Response) -> Response:
    response.delete_cookie(COOKIE, path="/console")
    return response
