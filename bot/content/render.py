"""Turn content into the text of a bubble: an answer with its sources, contact cards for a channel with their marks."""

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from babel.dates import format_date

from bot.content.hours import format_hours
from bot.content.model import ContactCard, ContactLine, Fact, Library, Version
from bot.content.phrases import Catalogue
from bot.content.values import fill
from bot.zones import find_zone

VERIFIED_FOR = timedelta(days=180)
SOURCES_SHOWN = 2
LINES_SHOWN = 3  # of one card: enough to reach somebody, short enough to read
_LINE_ORDER = ("phone", "whatsapp", "email", "web", "address")
_NUMBER = re.compile(r"\+?[\d ().-]+")


def render_answer(version: Version, library: Library, phrases: Catalogue, locale: str) -> str:
    """The answer; under a statement of law what it rests on, with dates, and that no person has reviewed it yet."""
    text = fill(version.text, library.list_values(version), locale)
    if not version.facts:
        return text  # no statement of law: a word of comfort needs no footnote
    notes = [phrases.say("sources", locale, sources=_sources(version, library))]
    if any(library.facts[id].is_unsure for id in version.facts):
        notes.insert(0, phrases.say("fact_unsure", locale))
    if version.is_draft:
        notes.append(phrases.say("draft_notice", locale))
    return f"{text}\n\n{' '.join(notes)}"


def _sources(version: Version, library: Library) -> str:
    """The newest two sources and how many more there are; the console shows all."""
    facts = sorted((library.facts[id] for id in version.facts), key=lambda fact: fact.as_of, reverse=True)
    named = list(dict.fromkeys(_source(fact) for fact in facts))
    more = f"; +{len(named) - SOURCES_SHOWN}" if len(named) > SOURCES_SHOWN else ""
    return "; ".join(named[:SOURCES_SHOWN]) + more


def _source(fact: Fact) -> str:
    title = fact.source_title if len(fact.source_title) <= 60 else fact.source_title[:57].rsplit(" ", 1)[0] + " ..."
    return f"{title} ({fact.as_of})"


@dataclass(frozen=True, slots=True)
class CardWriter:
    """Writes contact cards for one reader: in her language, for her channel, at that moment.

    Outside demo mode a line that nobody has verified, or not lately, reaches nobody. Numbers are written as her
    channel makes them links: one tap to call or to write.
    """

    phrases: Catalogue
    locale: str
    now: datetime
    demo: bool
    channel: str = "telegram"

    def write(self, cards: list[ContactCard]) -> str:
        return "\n\n".join(text for text in map(self._write_card, cards) if text)

    def _write_card(self, card: ContactCard) -> str:
        here = self.now.astimezone(ZoneInfo(card.time_zone) if card.time_zone else find_zone(card.country))
        today = here.date()
        usable = [line for line in card.lines if self.demo or is_verified(line, today)]
        usable.sort(key=lambda line: (not is_verified(line, today), _LINE_ORDER.index(line.type)))
        if self.channel == "sms" and any(line.type == "phone" for line in usable):
            usable = [line for line in usable if line.type == "phone"]  # paid by the letter, read on an old phone
        if not usable:
            return ""
        lines = [self._write_line(line, today) for line in usable[:LINES_SHOWN]]
        hours = self._write_hours(card, here)
        return "\n".join([card.name, *lines, *([hours] if hours else [])])

    def _write_line(self, line: ContactLine, today: date) -> str:
        if is_verified(line, today) and line.verified_on:
            when = format_date(line.verified_on, "medium", locale=self.locale)
            mark = self.phrases.say("card_verified", self.locale, date=when)
        else:
            mark = self.phrases.say("card_unverified", self.locale)
        # The first-strong isolate keeps a number readable inside right-to-left text.
        return f"\u2068{write_link(line, self.channel)}\u2069 ({mark})"

    def _write_hours(self, card: ContactCard, here: datetime) -> str:
        if card.hours.always:
            said = self.phrases.say("hours_always", self.locale)
        elif card.hours.spans:
            said = f"{format_hours(card.hours, self.locale)} ({self.phrases.country(card.country, self.locale)})"
        else:
            return ""
        is_open = card.hours.is_open(here)
        if is_open is not None and not card.hours.always:
            said += " · " + self.phrases.say("open_now" if is_open else "closed_now", self.locale)
        return self.phrases.say("card_hours", self.locale, hours=said)


def write_link(line: ContactLine, channel: str) -> str:
    """Return a line as the channel's apps turn it into a link: numbers in one piece, WhatsApp as wa.me."""
    if line.type not in ("phone", "whatsapp") or not _NUMBER.fullmatch(line.value):
        return line.value
    digits = re.sub(r"\D", "", line.value)
    if line.type == "whatsapp" and channel != "sms":
        return f"https://wa.me/{digits}"
    return f"+{digits}" if line.value.startswith("+") else line.value


def is_verified(line: ContactLine, today: date) -> bool:
    """True where a named person confirmed this line within the last 180 days."""
    return bool(line.verified_by and line.verified_on and today - line.verified_on <= VERIFIED_FOR)
