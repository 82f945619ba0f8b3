"""Asks the NLU server (Rasa's HTTP API). What goes wrong there becomes a state of the answer, never an exception."""

import asyncio
import time
from pathlib import PurePosixPath
from typing import Any

import aiohttp

from bot.messages import Entity, Understanding
from bot.metrics import NLU_SECONDS
from bot.nlu.normalise import defuse

MAX_TEXT = 2000  # characters; what a label needs is said long before
NOWHERE = "http://127.0.0.1:9"  # the discard port: nothing answers there
REST_FOR = 5.0  # seconds
RANKING = 10  # labels kept of the ranking
KEEP_ALIVE = 4.0  # seconds; the server closes a connection after five


class NluClient:
    """Keeps its connections; `timeout` is in seconds and holds for a whole request.

    `base_url` may name several servers with commas between. They take turns; one that does not answer is passed over
    for REST_FOR seconds, and its message goes to the next.
    """

    def __init__(self, base_url: str, token: str, timeout: float) -> None:
        self.addresses = [each.rstrip("/") for each in (base_url or NOWHERE).split(",")]
        self._rests_until = [0.0] * len(self.addresses)
        self._turn = 0
        self._query = {"token": token}
        self._timeout = aiohttp.ClientTimeout(timeout)
        self._session: aiohttp.ClientSession | None = None  # made at the first request: it belongs to its loop

    async def understand(self, text: str) -> Understanding:
        """Return what a server makes of a text; `state` is "ok", "timeout", "unreachable" or "error"."""
        heard = Understanding(state="unreachable")
        for number in self._order():
            started = time.monotonic()
            heard = await self._ask(self.addresses[number], text)
            NLU_SECONDS.labels(heard.state).observe(time.monotonic() - started)
            if heard.state == "ok":
                break
            self._rests_until[number] = time.monotonic() + REST_FOR
            if heard.state == "timeout":
                break  # she has waited long enough; a menu now
        return heard

    def _order(self) -> list[int]:
        """Return the servers to ask, the next in turn first, those that rest last."""
        count, now = len(self.addresses), time.monotonic()
        self._turn = (self._turn + 1) % count
        numbers = [(self._turn + step) % count for step in range(count)]
        return sorted(numbers, key=lambda number: self._rests_until[number] > now)

    def _open(self) -> aiohttp.ClientSession:
        if self._session is None:
            connector = aiohttp.TCPConnector(limit=0, keepalive_timeout=KEEP_ALIVE)
            self._session = aiohttp.ClientSession(connector=connector, timeout=self._timeout)
        return self._session

    async def _ask(self, address: str, text: str) -> Understanding:
        # Half an emoji (a lone surrogate) cannot be sent as UTF-8.
        sendable = defuse(text[:MAX_TEXT]).encode("utf-8", "replace").decode()
        try:
            request = self._open().post(f"{address}/model/parse", params=self._query, json={"text": sendable})
            async with request as response:
                response.raise_for_status()
                return _read(await response.json(content_type=None))
        except TimeoutError:
            return Understanding(state="timeout")
        except (aiohttp.ClientResponseError, ValueError, KeyError, TypeError, AttributeError):
            return Understanding(state="error")
        except aiohttp.ClientError:
            return Understanding(state="unreachable")

    async def is_ready(self) -> bool:
        """Whether any of the servers has a model loaded."""
        return bool(await self.find_models())

    async def find_models(self) -> tuple[str, ...]:
        """Return the file names of the models that serve now, each once: usually one, none while no server answers."""
        found = await asyncio.gather(*map(self._find_model, self.addresses))
        return tuple(sorted({name for name in found if name}))

    async def _find_model(self, address: str) -> str:
        try:
            async with self._open().get(f"{address}/status", params=self._query) as response:
                status = await response.json(content_type=None)
                return PurePosixPath(status.get("model_file") or "").name if response.status == 200 else ""
        except (aiohttp.ClientError, TimeoutError, ValueError, AttributeError, TypeError):
            return ""

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()


def _read(document: dict[str, Any]) -> Understanding:
    ranking = tuple((str(each["name"]), float(each["confidence"])) for each in document["intent_ranking"][:RANKING])
    entities = tuple(
        Entity(str(each["entity"]), str(each["value"]), int(each.get("start") or 0), int(each.get("end") or 0))
        for each in document.get("entities") or ()
    )
    return Understanding(
        ranking=ranking, entities=entities, language=document.get("language") or "",
        script=document.get("script") or "native",
        language_confidence=float(document.get("language_confidence") or 0.0),
        danger=bool(document.get("danger")), danger_signs=tuple(document.get("danger_signs") or ()),
    )  # fmt: skip
