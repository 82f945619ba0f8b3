"""Turn content into the text of a bubble: an answer with its sources, a contact card with its marks."""

from datetime import date, timedelta

from babel.dates import format_date

from bot.content.model import ContactCard, ContactLine, Fact, Library, Version
from bot.content.phrases import Catalogue

VERIFIED_FOR = timedelta(days=180)
SOURCES_SHOWN = 2
LINES_SHOWN = 3  # of one card: enough to reach somebody, short enough to read
_LINE_ORDER = ("phone", "whatsapp", "email", "web", "address")


def render_answer(version: Version, library: Library, phrases: Catalogue, locale: str) -> str:
    """The answer; under a statement of law what it rests on, with dates, and that no person has reviewed it yet."""
    if not version.facts:
        return version.text  # no statement of law: a word of comfort needs no footnote
    notes = [phrases.say("sources", locale, sources=_sources(version, library))]
    if version.is_draft:
        notes.append(phrases.say("draft_notice", locale))
    return f"{version.text}\n\n{' '.join(notes)}"


def _sources(version: Version, library: Library) -> str:
    """The newest two sources and how many more there are; the console shows all."""
    facts = sorted((library.facts[id] for id in version.facts), key=lambda fact: fact.as_of, reverse=True)
    named = list(dict.fromkeys(_source(fact) for fact in facts))
    more = f"; +{len(named) - SOURCES_SHOWN}" if len(named) > SOURCES_SHOWN else ""
    return "; ".join(named[:SOURCES_SHOWN]) + more


def _source(fact: Fact) -> str:
    title = fact.source_title if len(fact.source_title) <= 60 else fact.source_title[:57].rsplit(" ", 1)[0] + " ..."
    return f"{title} ({fact.as_of})"


def render_cards(cards: list[ContactCard], phrases: Catalogue, locale: str, *, today: date, demo: bool) -> str:
    """The cards as text. Outside demo mode a line that nobody has verified, or not lately, reaches nobody."""
    texts = (_render_card(card, phrases, locale, today, demo) for card in cards)
    return "\n\n".join(text for text in texts if text)


def _render_card(card: ContactCard, phrases: Catalogue, locale: str, today: date, demo: bool) -> str:
    usable = [line for line in card.lines if demo or is_verified(line, today)]
    usable.sort(key=lambda line: (not is_verified(line, today), _LINE_ORDER.index(line.type)))
    if not usable:
        return ""
    lines = [_render_line(line, phrases, locale, today) for line in usable[:LINES_SHOWN]]
    hours = [phrases.say("card_hours", locale, hours=card.hours)] if card.hours else []
    return "\n".join([card.name, *lines, *hours])


def _render_line(line: ContactLine, phrases: Catalogue, locale: str, today: date) -> str:
    if is_verified(line, today) and line.verified_on:
        when = format_date(line.verified_on, "medium", locale=locale)
        mark = phrases.say("card_verified", locale, date=when)
    else:
        mark = phrases.say("card_unverified", locale)
    # The first-strong isolate keeps a number readable inside right-to-left text.
    return f"\u2068{line.value}\u2069 ({mark})"


def is_verified(line: ContactLine, today: date) -> bool:
    """True where a named person confirmed this line within the last 180 days."""
    return bool(line.verified_by and line.verified_on and today - line.verified_on <= VERIFIED_FOR)
