"""How the library's bot reaches Telegram: aiohttp, for which a request costs a quarter of what it costs httpx."""

import json
from typing import Any

import aiohttp
from telegram.error import NetworkError, TelegramError, TimedOut
from telegram.request import BaseRequest, RequestData

UNREADABLE = "Invalid server response"

READ_TIMEOUT = 20.0  # seconds, unless a call has its own
CONNECT_TIMEOUT = 10.0  # also for a free connection to be had
KEEP_ALIVE = 30.0


class QuietRequest(BaseRequest):
    """Never says what was sent: the library's own class logs an answer it cannot read, and in it the message.

    What aiohttp raised is the cause of what this raises, for errors.py to look at. It sends no files.
    """

    def __init__(self, connections: int) -> None:
        self._connections = connections
        self._session: aiohttp.ClientSession | None = None

    @property
    def read_timeout(self) -> float:
        return READ_TIMEOUT

    async def initialize(self) -> None:
        self._open()

    def _open(self) -> aiohttp.ClientSession:
        if self._session is None:
            connector = aiohttp.TCPConnector(limit=self._connections, keepalive_timeout=KEEP_ALIVE)
            self._session = aiohttp.ClientSession(connector=connector, trust_env=True)  # a proxy may be named there
        return self._session

    async def shutdown(self) -> None:
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def do_request(
        self, url: str, method: str, request_data: RequestData | None = None, read_timeout: object = None,
        write_timeout: object = None, connect_timeout: object = None, pool_timeout: object = None,
    ) -> tuple[int, bytes]:  # fmt: skip
        """Return status and body; raise TimedOut or NetworkError. Of the times only `read_timeout` is looked at."""
        seconds = read_timeout if isinstance(read_timeout, int | float) else READ_TIMEOUT
        timeout = aiohttp.ClientTimeout(total=None, connect=CONNECT_TIMEOUT, sock_read=seconds)
        form = request_data.json_parameters if request_data else None
        try:
            async with self._open().request(method, url, data=form, timeout=timeout) as answer:
                return answer.status, await answer.read()
        except TimeoutError as error:
            raise TimedOut from error
        except aiohttp.ClientError as error:
            raise NetworkError(type(error).__name__) from error

    @staticmethod
    def parse_json_payload(payload: bytes) -> dict[str, Any]:
        try:
            found: dict[str, Any] = json.loads(payload.decode("utf-8", "replace"))
        except ValueError:
            raise TelegramError(UNREADABLE) from None
        return found
