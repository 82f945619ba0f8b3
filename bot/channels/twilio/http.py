"""How Twilio's client reaches the network: httpx with kept-alive connections, towards the configured API base."""

from typing import Any
from urllib.parse import urlsplit

import httpx
from twilio.http.response import Response  # type: ignore[import-untyped]

from bot.messages import RATE_LIMITED, SendError

TIMEOUT = httpx.Timeout(20, connect=5, pool=10)
LIMITS = httpx.Limits(max_connections=64, max_keepalive_connections=64, keepalive_expiry=30)

# Raised before the request left this machine: repeating it cannot make a message arrive twice.
NOT_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError, httpx.UnsupportedProtocol)


class AsyncHttpClient:
    """What twilio.rest.Client wants of an http_client: `is_async` and `request`.

    Not derived from Twilio's own class, which logs requests with the numbers in them.
    """

    is_async = True

    def __init__(self, base: str) -> None:
        self._base = base
        self.client = httpx.AsyncClient(timeout=TIMEOUT, limits=LIMITS)

    async def request(self, method: str, uri: str, **options: Any) -> Response:
        """`options` are params, data, headers, auth, timeout and allow_redirects; the last two are our own business."""
        passed: dict[str, Any] = {name: options.get(name) for name in ("params", "data", "headers", "auth")}
        answer = await self.client.request(method, self._base + urlsplit(uri).path, **passed)
        if answer.status_code == 429:  # raised here, because Twilio's exceptions drop the header
            raise to_rate_limited(answer)
        return Response(answer.status_code, answer.text, answer.headers)


def to_rate_limited(answer: httpx.Response) -> SendError:
    seconds = answer.headers.get("retry-after", "")
    return SendError(RATE_LIMITED, retryable=True, retry_after=float(seconds) if seconds.isdecimal() else None)


def to_network_error(error: httpx.HTTPError) -> SendError:
    if isinstance(error, NOT_SENT):
        return SendError("unreachable", retryable=True)
    timed_out = isinstance(error, httpx.TimeoutException)
    return SendError("timed_out" if timed_out else "connection_lost", ambiguous=True)
