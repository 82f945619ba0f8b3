"""The second factor: time-based codes of an authenticator app (RFC 6238), and recovery codes that work once each.

Production asks for it, or for a passkey (passkeys.py); who has neither sets one up right after the log-in and sees
nothing else before.
"""

import hashlib
import hmac
import re
import secrets
from datetime import datetime, timedelta

import pyotp
import segno
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from bot import audit
from bot.console.frame import get_console, get_staff, get_store, get_words, name_device, read_form, redirect, render
from bot.console.signing import is_signed, sign
from bot.privacy.seal import Unsealable, Vault
from bot.store.models import User
from bot.store.queries import users

TICKET = timedelta(minutes=5)  # how long the code may come after the password
RECOVERY_CODES = 8
_STEP = 30  # seconds, RFC 6238
_SECRET = re.compile(r"[A-Z2-7]{32}")


# --- between password and code


def make_ticket(secret: str, user_id: int, now: datetime) -> str:
    """Return proof that this person's password was right: for the form that asks for the code."""
    body = f"{user_id}.{int((now + TICKET).timestamp())}"
    return f"{body}.{sign(secret, 'second-factor', body)}"


def read_ticket(secret: str, ticket: str, now: datetime) -> int | None:
    """Return the user's id, or None if the ticket is not ours or too old."""
    body, _, signature = ticket.rpartition(".")
    if not is_signed(secret, "second-factor", body, signature):
        return None
    user_id, _, until = body.partition(".")
    return int(user_id) if int(until) > now.timestamp() else None


# --- codes


def check_code(user: User, vault: Vault, code: str, now: datetime) -> bool:
    """Check a code of the app or a recovery code, and use it up: the caller commits."""
    code = "".join(code.split()).lower()
    if len(code) == 6 and code == _digits(code):
        return _check_totp(user, vault, code, now)
    hashed = hash_recovery(code)
    if hashed not in user.recovery_hashes:
        return False
    user.recovery_hashes = [kept for kept in user.recovery_hashes if kept != hashed]
    return True


def _check_totp(user: User, vault: Vault, code: str, now: datetime) -> bool:
    try:
        totp = pyotp.TOTP(vault.open_text(user.sealed_totp, "totp"))
    except Unsealable:
        return False
    current = int(now.timestamp()) // _STEP
    for step in (current - 1, current, current + 1):  # clocks of phones are off by a little
        if step > user.totp_step and hmac.compare_digest(totp.at(step * _STEP), code):
            user.totp_step = step
            return True
    return False


def _digits(text: str) -> str:
    return "".join(char for char in text if char in "0123456789")


def hash_recovery(code: str) -> str:
    return hashlib.sha256(code.replace("-", "").encode()).hexdigest()


def new_recovery_codes() -> list[str]:
    """Return eight codes of 50 bits each; letters that look alike are left out."""
    letters = "abcdefghjkmnpqrstuvwxyz23456789"
    return [
        "-".join("".join(secrets.choice(letters) for _ in range(5)) for _ in range(2)) for _ in range(RECOVERY_CODES)
    ]


# --- pages


async def show_setup(request: Request) -> Response:
    return _setup_page(request, pyotp.random_base32())


def _setup_page(request: Request, secret: str, status: int = 200, problem: str = "") -> Response:
    staff = get_staff(request)
    uri = pyotp.TOTP(secret).provisioning_uri(name=staff.user.name, issuer_name="Helpline")
    drawing = segno.make(uri, error="m").svg_inline(scale=4, border=2, light="#fff", dark="#000")
    return render(
        request, "second.html", status, secret=secret, drawing=drawing, codes=None, problem=problem,
        device=name_device(request),
    )  # fmt: skip


async def set_up(request: Request) -> Response:
    """Take the secret once she has shown that her app knows it; show the recovery codes this one time."""
    helpline, staff, form, _ = (
        get_console(request).helpline,
        get_staff(request),
        await read_form(request),
        get_words(request),
    )
    secret = form.get("secret", "")
    if not _SECRET.fullmatch(secret):
        secret = pyotp.random_base32()  # not one that we gave: begin anew
    right = pyotp.TOTP(secret).verify(_digits(form.get("code", "")), for_time=helpline.clock(), valid_window=1)
    if not right:
        return _setup_page(request, secret, 422, _("This code is not the one of now. Wait for the next and type it."))
    codes = new_recovery_codes()
    async with helpline.store.write() as session:
        user = await session.get_one(User, staff.user.id)
        user.sealed_totp, user.totp_step = helpline.vault.seal_text(secret, "totp"), 0
        user.recovery_hashes = [hash_recovery(code) for code in codes]
        audit.note(session, helpline.clock(), staff.actor, "user:second_factor_set", f"user:{user.id}")
    return render(request, "second.html", secret="", drawing="", codes=codes, problem="")


async def remove(session: AsyncSession, user: User, actor: str, now: datetime) -> None:
    """An administrator takes lost second factors off; the person sets up a new one at the next log-in.

    Passkeys go too: the phone that is lost has them.
    """
    user.sealed_totp, user.totp_step, user.recovery_hashes = None, 0, []
    for passkey in await users.list_passkeys(session, user.id):
        await session.delete(passkey)
        audit.note(session, now, actor, "passkey:remove", f"user:{user.id}", passkey.name)
    audit.note(session, now, actor, "user:second_factor_removed", f"user:{user.id}")


async def remove_for(request: Request) -> Response:
    helpline, staff = get_console(request).helpline, get_staff(request)
    async with get_store(request).write() as session:
        user = await session.get(User, request.path_params["id"])
        if user is None:
            raise HTTPException(404)
        await remove(session, user, staff.actor, helpline.clock())
    return redirect("/console/users")
