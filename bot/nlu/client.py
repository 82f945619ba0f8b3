"""Asks the NLU server (Rasa's HTTP API). What goes wrong there becomes a state of the answer, never an exception."""

from typing import Any

import httpx

from bot.messages import Entity, Understanding
from bot.nlu.normalise import defuse

MAX_TEXT = 2000  # characters; what a label needs is said long before
RANKING = 10  # labels kept of the ranking


class NluClient:
    """Keeps its connections; `timeout` is in seconds and holds for a whole request."""

    def __init__(self, base_url: str, token: str, timeout: float) -> None:
        self._client = httpx.AsyncClient(base_url=base_url or "http://127.0.0.1:9", timeout=timeout, trust_env=False)
        self._query = {"token": token}

    async def understand(self, text: str) -> Understanding:
        """Return what the server makes of a text; `state` is "ok", "timeout", "unreachable" or "error"."""
        # Half an emoji (a lone surrogate) cannot be sent as UTF-8.
        sendable = defuse(text[:MAX_TEXT]).encode("utf-8", "replace").decode()
        try:
            response = await self._client.post("/model/parse", params=self._query, json={"text": sendable})
            response.raise_for_status()
            return _read(response.json())
        except httpx.TimeoutException:
            return Understanding(state="timeout")
        except httpx.TransportError:
            return Understanding(state="unreachable")
        except (httpx.HTTPStatusError, ValueError, KeyError, TypeError, AttributeError):
            return Understanding(state="error")

    async def is_ready(self) -> bool:
        try:
            response = await self._client.get("/status", params=self._query)
            return response.status_code == 200 and bool(response.json().get("model_file"))
        except (httpx.HTTPError, ValueError, AttributeError):
            return False

    async def close(self) -> None:
        await self._client.aclose()


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
