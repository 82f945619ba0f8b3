"""Signing what a browser keeps for us, so that no web process has to."""

import hashlib
import hmac


def sign(secret: str, purpose: str, body: str) -> str:
    """Return a signature that holds for this purpose only."""
    return hmac.new(secret.encode(), f"{purpose}:{body}".encode(), hashlib.sha256).hexdigest()


def is_signed(secret: str, purpose: str, body: str, signature: str) -> bool:
    return hmac.compare_digest(signature.encode(), sign(secret, purpose, body).encode())
