"""The two ceremonies of WebAuthn, without pages and database: what a passkey is asked, and whether its answer holds.

A question travels in a signed cookie, so that any web process can check the answer and a stranger who asks for many
costs nothing. That an answer counts once is seen to where it is used (passkeys.py).
"""

import json
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

import webauthn
from webauthn.helpers import (
    base64url_to_bytes,
    bytes_to_base64url,
    options_to_json_dict,
    parse_authentication_credential_json,
)
from webauthn.helpers.structs import (
    AuthenticationCredential,
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)
from webauthn.registration.verify_registration_response import VerifiedRegistration

from bot.config import Settings
from bot.console.signing import is_signed, sign
from bot.store.models import Passkey, User

LENGTH = timedelta(minutes=5)  # how long the answer may take
ALONE = "alone"  # the purpose of a log-in that begins with a passkey: nobody has said who she is
_MILLISECONDS = int(LENGTH.total_seconds() * 1000)
# A finger, a face or a PIN every time: then a passkey is something she has and something she is or knows.
_VERIFIED = UserVerificationRequirement.REQUIRED


class Refused(Exception):
    """The answer does not hold. The text is for us; she is told the same whatever it was."""


@dataclass(frozen=True, slots=True)
class Site:
    """What passkeys are bound to: the address in the browser, and the host name in it."""

    origin: str
    host: str


def find_site(settings: Settings) -> Site | None:
    """Return PUBLIC_URL's site, in demo mode without it the one on localhost; None where there can be no passkeys."""
    if not settings.public_url:
        return Site(f"http://localhost:{settings.port}", "localhost") if settings.demo else None
    parts = urlsplit(settings.public_url.lower())
    if not parts.hostname or _is_number(parts.hostname):
        return None
    usual = {"http": 80, "https": 443}[parts.scheme]
    port = f":{parts.port}" if parts.port not in (None, usual) else ""
    return Site(f"{parts.scheme}://{parts.hostname}{port}", parts.hostname)


def _is_number(host: str) -> bool:
    """True for an IP address: browsers bind passkeys to names only."""
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


# --- the question


@dataclass(frozen=True, slots=True)
class Challenge:
    """A question to a passkey. `purpose` says what the answer is good for and for whom, e.g. "second:3"."""

    purpose: str
    value: bytes
    asked_at: datetime
    handle: bytes = b""  # of her whose passkey is to be made

    def seal(self, secret: str) -> str:
        """Return it as text for a cookie, signed."""
        fields = [self.purpose, self.value.hex(), self.asked_at.isoformat(), self.handle.hex()]
        body = bytes_to_base64url(json.dumps(fields).encode())
        return f"{body}.{sign(secret, 'passkey', body)}"


def new_challenge(purpose: str, now: datetime, handle: bytes = b"") -> Challenge:
    return Challenge(purpose, secrets.token_bytes(32), now, handle)


def read_challenge(secret: str, sealed: str, purpose: str, now: datetime) -> Challenge:
    """Return the question that a browser kept; raise Refused if it is not ours, for something else or too old."""
    body, _, signature = sealed.rpartition(".")
    if not is_signed(secret, "passkey", body, signature):
        raise Refused("the challenge is not ours")
    asked_for, value, asked_at, handle = json.loads(base64url_to_bytes(body))
    challenge = Challenge(asked_for, bytes.fromhex(value), datetime.fromisoformat(asked_at), bytes.fromhex(handle))
    if challenge.purpose != purpose or now >= challenge.asked_at + LENGTH:
        raise Refused("the challenge was for something else or is too old")
    return challenge


def build_add_options(site: Site, challenge: Challenge, user: User, known: list[Passkey]) -> dict[str, Any]:
    """Return what the browser needs to make a passkey, as JSON values. A device that has one makes no second."""
    options = webauthn.generate_registration_options(
        rp_id=site.host,
        rp_name="Helpline",
        user_id=challenge.handle,
        user_name=user.name,
        user_display_name=user.display_name,
        challenge=challenge.value,
        timeout=_MILLISECONDS,
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.REQUIRED, user_verification=_VERIFIED
        ),
        exclude_credentials=_describe(known),
    )
    return options_to_json_dict(options)


def build_use_options(site: Site, challenge: Challenge, known: list[Passkey]) -> dict[str, Any]:
    """Return what the browser needs to use one of these passkeys, or any of the site where there are none."""
    options = webauthn.generate_authentication_options(
        rp_id=site.host,
        challenge=challenge.value,
        timeout=_MILLISECONDS,
        allow_credentials=_describe(known),
        user_verification=_VERIFIED,
    )
    return options_to_json_dict(options)


def _describe(passkeys: list[Passkey]) -> list[PublicKeyCredentialDescriptor]:
    return [PublicKeyCredentialDescriptor(id=passkey.credential_id) for passkey in passkeys]


# --- the answer


def new_handle() -> bytes:
    return secrets.token_bytes(32)


def check_added(site: Site, challenge: Challenge, answer: str) -> VerifiedRegistration:
    """Return the new passkey's id, public key and counter, or raise Refused."""
    try:
        return webauthn.verify_registration_response(
            credential=answer,
            expected_challenge=challenge.value,
            expected_rp_id=site.host,
            expected_origin=site.origin,
            require_user_verification=True,
        )
    except Exception as error:  # a stranger's JSON, CBOR and keys: whatever the library stumbles over, the answer is no
        raise Refused(type(error).__name__) from error


def read_answer(answer: str) -> AuthenticationCredential:
    """Return the answer of a passkey, of which nothing is checked yet, or raise Refused."""
    try:
        return parse_authentication_credential_json(answer)
    except Exception as error:  # as above
        raise Refused(type(error).__name__) from error


def check_used(site: Site, challenge: Challenge, answer: AuthenticationCredential, passkey: Passkey) -> int:
    """Return the passkey's counter after this use, or raise Refused: signature, site, counter, verified person."""
    handle = answer.response.user_handle
    if handle != passkey.handle and (handle or challenge.purpose == ALONE):
        raise Refused("the passkey does not call her by her handle")
    try:
        used = webauthn.verify_authentication_response(
            credential=answer,
            expected_challenge=challenge.value,
            expected_rp_id=site.host,
            expected_origin=site.origin,
            credential_public_key=passkey.public_key,
            credential_current_sign_count=passkey.sign_count,
            require_user_verification=True,
        )
    except Exception as error:  # as above
        raise Refused(type(error).__name__) from error
    return used.new_sign_count
