"""Turn what a decision says into bubbles of text: phrases, answers with sources, contact cards, choices."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from bot.content.keeper import Keeper
from bot.content.model import Library, Version
from bot.content.phrases import Catalogue
from bot.content.render import CardWriter, render_answer
from bot.dialogue.decision import Decision, Say
from bot.dialogue.state import DialogueState
from bot.language.romanise import romanise
from bot.messages import Choice
from bot.outbox.enqueue import Bubble
from bot.zones import local_date


@dataclass(frozen=True, slots=True)
class Speaker:
    """Knows all our words."""

    phrases: Catalogue
    keeper: Keeper
    demo: bool  # shows contact lines that nobody verified, marked
    drafts: bool  # sends answers that a machine wrote and nobody reviewed, marked

    @property
    def library(self) -> Library:
        return self.keeper.library

    def speak(self, decision: Decision, now: datetime, channel: str) -> tuple[list[Bubble], list[str]]:
        """Return the bubbles, the open question's choices under the last, and the names of the versions used."""
        versions: list[str] = []
        texts = [text for say in decision.says for text in self._texts(say, decision.state, now, channel, versions)]
        texts = _join_short(texts)
        question = decision.state.question
        choices = question.choices if question else ()
        if decision.state.latin == "yes":
            locale = decision.state.locale
            texts = [romanise(text, locale) for text in texts]
            choices = tuple(Choice(choice.id, romanise(choice.label, locale)) for choice in choices)
        bubbles = [Bubble(text, choices if last else ()) for text, last in _with_last(texts)]
        return bubbles, versions

    def _texts(self, say: Say, state: DialogueState, now: datetime, channel: str, versions: list[str]) -> Iterator[str]:
        locale = say.locale or state.locale
        if say.phrase:
            text = self.phrases.say(say.phrase, locale, **say.variables)
            if say.phrase == "ask_language" and locale != "en":
                text += "\n" + self.phrases.say(say.phrase, "en")  # shown in two languages: she may not read ours
            yield text
            return
        today = local_date(now, state.destination, state.origin)  # what expires does so at midnight where she is
        version = self.library.find_version(
            say.label, locale, state.destination, state.origin, today=today, drafts=self.drafts
        )
        if version is None:
            yield self.phrases.say("answer_held", locale)
            return
        versions.append(f"{version.name}@{version.number}" if version.number else version.name)
        yield from self._answer(version, state, CardWriter(self.phrases, locale, now, self.demo, channel))

    def _answer(self, version: Version, state: DialogueState, cards: CardWriter) -> Iterator[str]:
        locale = cards.locale
        latin = (version.locale, locale) == ("hi", "hi_Latn")  # the same language, in the letters she reads
        if version.locale != locale and not latin:
            yield self.phrases.say("other_language", locale, language=self.phrases.language(version.locale))
        answer = render_answer(version, self.library, self.phrases, locale)
        yield romanise(answer, version.locale) if latin else answer
        text = cards.write(self.library.list_cards(version.cards, state.destination, state.origin))
        if text:
            yield text


def _join_short(texts: list[str]) -> list[str]:
    """A short line goes with the one after it: fewer bubbles, fewer rings of a watched phone."""
    joined: list[str] = []
    for text in texts:
        if joined and len(joined[-1]) <= 120 and len(text) <= 300:
            joined[-1] = f"{joined[-1]}\n\n{text}"
        else:
            joined.append(text)
    return joined


def _with_last(texts: list[str]) -> Iterator[tuple[str, bool]]:
    for position, text in enumerate(texts, 1):
        yield text, position == len(texts)
