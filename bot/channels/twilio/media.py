"""Fetching a file a worker sent. Our credentials, and indeed any request, go to Twilio's own hosts only."""

import httpx

from bot.channels.twilio.http import to_network_error, to_rate_limited
from bot.messages import Attachment, Media, SendError

MOST_REDIRECTS = 5  # Twilio answers with one or two, to its storage


class MediaFetcher:
    def __init__(self, client: httpx.AsyncClient, base: str, credentials: tuple[str, str]) -> None:
        self._client, self._base = client, httpx.URL(base)
        self._auth: httpx.BasicAuth | None = httpx.BasicAuth(*credentials)

    async def fetch(self, media: Media, limit: int) -> Attachment:
        try:
            url = httpx.URL(media.reference)
        except httpx.InvalidURL:
            raise SendError("foreign_media_host") from None
        if not self._is_twilio(url):
            raise SendError("foreign_media_host")
        try:
            return await self._follow(url, media.mime, limit)
        except httpx.HTTPError as error:  # fetching twice does no harm, so nothing is ambiguous
            raise SendError(to_network_error(error).code, retryable=True) from None

    async def _follow(self, url: httpx.URL, mime: str, limit: int) -> Attachment:
        """Only the first request carries the credentials: the storage Twilio sends us to needs none."""
        auth = self._auth
        for _ in range(MOST_REDIRECTS):
            async with self._client.stream("GET", url, auth=auth) as answer:
                if answer.next_request is None:
                    return await _read(answer, mime, limit)
                url, auth = answer.next_request.url, None
                if not self._is_safe(url):
                    break
        raise SendError("bad_redirect")

    def _is_twilio(self, url: httpx.URL) -> bool:
        own = url.scheme == "https" and (url.host == "twilio.com" or url.host.endswith(".twilio.com"))
        return own or self._is_base(url)

    def _is_base(self, url: httpx.URL) -> bool:
        return (url.scheme, url.host, url.port) == (self._base.scheme, self._base.host, self._base.port)

    def _is_safe(self, url: httpx.URL) -> bool:
        return url.scheme == "https" or self._is_base(url)


async def _read(answer: httpx.Response, mime: str, limit: int) -> Attachment:
    _check(answer.status_code, answer)
    content = bytearray()
    async for chunk in answer.aiter_bytes():
        content += chunk
        if len(content) > limit:
            raise SendError("too_large")
    named = answer.headers.get("content-type", "").partition(";")[0].strip()
    return Attachment(bytes(content), named or mime)


def _check(status: int, answer: httpx.Response) -> None:
    if status == 429:
        raise to_rate_limited(answer)
    if status in (401, 403):
        raise SendError("bad_credentials")
    if status in (404, 410):
        raise SendError("media_gone")
    if status != 200:
        raise SendError(f"http_{status}", retryable=status >= 500)
