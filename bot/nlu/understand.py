"""Understand one text: danger words here, the rest on the NLU server; either of them may raise the alarm."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from bot.messages import Inbound, Lane, Understanding
from bot.nlu.client import NluClient
from bot.nlu.lexicon import Lexicon
from bot.nlu.limit import Limiter


class Understander:
    def __init__(self, client: NluClient, lexicon: Lexicon, limiter: Limiter, clock: Callable[[], datetime]) -> None:
        self._client, self._lexicon, self._limiter, self._clock = client, lexicon, limiter, clock

    def find_lane(self, inbound: Inbound) -> Lane:
        """Say who goes first before anything is understood: signs of danger are seen in the words alone."""
        return Lane.DANGER if inbound.text and self._lexicon.find_signs(inbound.text) else Lane.REPLY

    async def understand(self, text: str, contact_id: int, lane: Lane) -> Understanding:
        """Return the joined result. The lexicon is ours: danger is seen while NLU is down or flooded.

        `lane` is what `find_lane` said of this text: where that was not danger, the lexicon has nothing to add.
        """
        if not text.strip():
            return Understanding()
        signs = self._lexicon.find_signs(text) if lane == Lane.DANGER else ()
        allowed = self._limiter.check(contact_id, self._clock())
        heard = await self._client.understand(text) if allowed == "ok" else Understanding(state=allowed)
        together = tuple(dict.fromkeys((*signs, *heard.danger_signs)))
        return replace(heard, danger=heard.danger or bool(signs), danger_signs=together)
