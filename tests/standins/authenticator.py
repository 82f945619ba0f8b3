"""A passkey without a device: makes a key pair for a site and signs what the site asks (WebAuthn level 2, ES256)."""

import hashlib
import json
import secrets
from dataclasses import dataclass, field
from typing import Any

import cbor2
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, SECP256R1, EllipticCurvePrivateKey, generate_private_key
from cryptography.hazmat.primitives.hashes import SHA256
from webauthn.helpers import base64url_to_bytes, bytes_to_base64url

PRESENT, VERIFIED, ATTESTED = 0x01, 0x04, 0x40


@dataclass
class Authenticator:
    """One device with one passkey. It believes whatever `origin` says, as no browser would."""

    origin: str
    flags: int = PRESENT | VERIFIED
    attestation: str = "none"  # or "packed", signed by the passkey itself
    counts: bool = True  # synced passkeys do not: their counter stays 0
    count: int = 0
    handle: bytes = b""
    id: bytes = field(default_factory=lambda: secrets.token_bytes(32))
    key: EllipticCurvePrivateKey = field(default_factory=lambda: generate_private_key(SECP256R1()))

    def make(self, options: dict[str, Any]) -> str:
        """Answer navigator.credentials.create(); returns what the page's script would send."""
        self.handle = base64url_to_bytes(options["user"]["id"])
        client = self._client_data("webauthn.create", options["challenge"])
        attested = bytes(16) + len(self.id).to_bytes(2) + self.id + self._cose_key()
        data = self._data(options["rp"]["id"], ATTESTED) + attested
        statement = {"alg": -7, "sig": self._sign(data, client)} if self.attestation == "packed" else {}
        whole = cbor2.dumps({"fmt": self.attestation, "attStmt": statement, "authData": data})
        return self._answer({"clientDataJSON": client, "attestationObject": whole})

    def use(self, options: dict[str, Any]) -> str:
        """Answer navigator.credentials.get()."""
        self.count += self.counts
        client = self._client_data("webauthn.get", options["challenge"])
        data = self._data(options["rpId"])
        return self._answer({
            "clientDataJSON": client, "authenticatorData": data, "signature": self._sign(data, client),
            "userHandle": self.handle,
        })  # fmt: skip

    def _client_data(self, kind: str, challenge: str) -> bytes:
        return json.dumps({"type": kind, "challenge": challenge, "origin": self.origin, "crossOrigin": False}).encode()

    def _data(self, host: str, more: int = 0) -> bytes:
        return hashlib.sha256(host.encode()).digest() + bytes([self.flags | more]) + self.count.to_bytes(4)

    def _cose_key(self) -> bytes:
        numbers = self.key.public_key().public_numbers()
        return cbor2.dumps({1: 2, 3: -7, -1: 1, -2: numbers.x.to_bytes(32), -3: numbers.y.to_bytes(32)})

    def _sign(self, data: bytes, client: bytes) -> bytes:
        return self.key.sign(data + hashlib.sha256(client).digest(), ECDSA(SHA256()))

    def _answer(self, response: dict[str, bytes]) -> str:
        texts = {name: bytes_to_base64url(value) for name, value in response.items()}
        id = bytes_to_base64url(self.id)
        return json.dumps({"id": id, "rawId": id, "type": "public-key", "response": texts})
