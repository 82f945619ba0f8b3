"""Turn content into the text of a bubble: an answer with its sources, a contact card with its marks."""

from datetime import date, timedelta

from babel.dates import format_date

from bot.content.model import ContactCard, ContactLine, Library, Version
from bot.content.phrases import Catalogue

VERIFIED_FOR = timedelta(days=180)


def render_answer(version: Version, library: Library, phrases: Catalogue, locale: str) -> str:
    """The answer, and under it what it rests on with dates, and that no person has reviewed it while none has."""
    notes = []
    if version.facts:
        named = dict.fromkeys(_source(library, id) for id in version.facts)
        notes.append(phrases.say("sources", locale, sources="; ".join(named)))
    if version.drafted == "machine" and not version.reviewed_by:
        notes.append(phrases.say("draft_notice", locale))
    return "\n\n".join(part for part in (version.text, " ".join(notes)) if part)


def _source(library: Library, id: str) -> str:
    fact = library.facts[id]
    title = fact.source_title if len(fact.source_title) <= 60 else fact.source_title[:57].rsplit(" ", 1)[0] + " ..."
    return f"{title} ({fact.as_of})"


def render_cards(cards: list[ContactCard], phrases: Catalogue, locale: str, *, today: date, demo: bool) -> str:
    """The cards as text. Outside demo mode a line that nobody has verified, or not lately, reaches nobody."""
    texts = (_render_card(card, phrases, locale, today, demo) for card in cards)
    return "\n\n".join(text for text in texts if text)


def _render_card(card: ContactCard, phrases: Catalogue, locale: str, today: date, demo: bool) -> str:
    lines = [_render_line(line, phrases, locale, today) for line in card.lines if demo or is_verified(line, today)]
    if not lines:
        return ""
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
