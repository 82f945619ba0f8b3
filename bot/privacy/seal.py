"""Sealing: AES-256-GCM with a data key per contact, itself sealed by the keys of SEAL_KEYS.

Erasing a contact's data key makes every copy of her words unreadable, backups included. Look-ups by
address go through a keyed blind index. Associated data binds a ciphertext to its contact, so that a row moved
to another contact does not open.
"""

import hashlib
import hmac
import json
import secrets
from base64 import b64decode
from collections.abc import Mapping
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from bot.config import SettingsError

_COMPACT = json.JSONEncoder(separators=(",", ":"))  # made once: json.dumps would make one for every message
_NONCE = 12  # bytes, the size AES-GCM is specified for


class Unsealable(Exception):
    """This text cannot be opened: its key is gone or it was changed."""


class Vault:
    """Holds the master keys, newest first: the first seals, all open."""

    def __init__(self, keys: str) -> None:
        self._keys = [_read_key(key) for key in keys.split(",") if key.strip()]
        if not self._keys:
            raise SettingsError("HELPLINE_SEAL_KEYS: empty. Give one or more base64 keys of 32 bytes.")
        # The index key comes from the oldest key, so that a rotation (new key put in front) keeps addresses findable.
        self._index_key = hashlib.blake2b(self._keys[-1], person=b"blind-index", digest_size=32).digest()

    def index(self, channel: str, identifier: str) -> str:
        """Return the blind index of an address: equal addresses give equal values, nothing else can be read from it."""
        return hmac.new(self._index_key, f"{channel}\0{identifier}".encode(), hashlib.sha256).hexdigest()

    def new_data_key(self) -> bytes:
        """Return a fresh data key, sealed."""
        return _encrypt(self._keys[0], secrets.token_bytes(32), b"data-key")

    def seal_text(self, text: str, about: str) -> bytes:
        """Seal what belongs to no contact: a staff member's page address or second factor."""
        return _encrypt(self._keys[0], text.encode(), about.encode())

    def open_text(self, sealed: bytes | None, about: str) -> str:
        for key in self._keys if sealed else ():
            try:
                return _decrypt(key, sealed or b"", about.encode()).decode()
            except Unsealable:
                continue
        raise Unsealable("none of SEAL_KEYS opens this")

    def rewrap(self, sealed: bytes | None, about: str = "data-key") -> bytes | None:
        """Return the same secret under the newest key, or None where it is already."""
        if not sealed:
            return None
        for position, key in enumerate(self._keys):
            try:
                plain = _decrypt(key, sealed, about.encode())
            except Unsealable:
                continue
            return _encrypt(self._keys[0], plain, about.encode()) if position else None
        raise Unsealable("none of SEAL_KEYS opens this")

    def open_key(self, sealed_key: bytes | None) -> "DataKey":
        """Return the usable form of a sealed data key; raise Unsealable where it was erased."""
        if not sealed_key:
            raise Unsealable("the key of this contact was erased")
        for key in self._keys:
            try:
                return DataKey(_decrypt(key, sealed_key, b"data-key"))
            except Unsealable:
                continue
        raise Unsealable("none of SEAL_KEYS opens this contact's key")


class DataKey:
    """Seals and opens the words of one contact. `about` names what the text is and is bound to it."""

    def __init__(self, key: bytes) -> None:
        self._key = key

    def seal(self, text: str, about: str) -> bytes:
        return _encrypt(self._key, text.encode("utf-8", "surrogatepass"), about.encode())

    def open(self, sealed: bytes | None, about: str) -> str:
        if sealed is None:
            return ""
        return _decrypt(self._key, sealed, about.encode()).decode("utf-8", "surrogatepass")

    def seal_bytes(self, content: bytes, about: str) -> bytes:
        return _encrypt(self._key, content, about.encode())

    def open_bytes(self, sealed: bytes, about: str) -> bytes:
        return _decrypt(self._key, sealed, about.encode())

    def seal_fields(self, fields: Mapping[str, Any], about: str) -> bytes:
        return self.seal(_COMPACT.encode(fields), about)

    def open_fields(self, sealed: bytes | None, about: str) -> dict[str, Any]:
        text = self.open(sealed, about)
        return dict(json.loads(text)) if text else {}


def _read_key(text: str) -> bytes:
    try:
        key = b64decode(text.strip(), validate=True)
    except ValueError:
        key = b""
    if len(key) != 32:
        raise SettingsError("HELPLINE_SEAL_KEYS: a key is not 32 bytes in base64. Make one: openssl rand -base64 32")
    return key


def _encrypt(key: bytes, plain: bytes, about: bytes) -> bytes:
    nonce = secrets.token_bytes(_NONCE)
    return nonce + AESGCM(key).encrypt(nonce, plain, about)


def _decrypt(key: bytes, sealed: bytes, about: bytes) -> bytes:
    try:
        return AESGCM(key).decrypt(sealed[:_NONCE], sealed[_NONCE:], about)
    except InvalidTag:
        raise Unsealable("wrong key, or the text was changed") from None
