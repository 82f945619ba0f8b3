"""Understand one text: danger words here, the rest on the NLU server; either of them may raise the alarm."""

from dataclasses import replace

from bot.messages import Understanding
from bot.nlu.client import NluClient
from bot.nlu.lexicon import Lexicon


class Understander:
    def __init__(self, client: NluClient, lexicon: Lexicon) -> None:
        self._client, self._lexicon = client, lexicon

    async def understand(self, text: str) -> Understanding:
        """Return the joined result. The lexicon works in this process, so danger is seen while NLU is down."""
        if not text.strip():
            return Understanding()
        signs = self._lexicon.find_signs(text)
        heard = await self._client.understand(text)
        together = tuple(dict.fromkeys((*signs, *heard.danger_signs)))
        return replace(heard, danger=heard.danger or bool(signs), danger_signs=together)
