"""How an answer looks on each channel, and how two versions of a text differ."""

import difflib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from bot.channels.base import compose
from bot.content.entries import Entry, read_answer
from bot.content.model import Library
from bot.content.phrases import Catalogue
from bot.content.render import CardWriter, render_answer
from bot.messages import Choice, Limits

# What our channels carry: Telegram has buttons, WhatsApp and SMS get numbered lines (see bot/channels).
LIMITS = {"telegram": Limits(4096, True), "whatsapp": Limits(1600, False), "sms": Limits(1600, False)}

# An SMS in the GSM alphabet carries 160 characters, 153 in each part of a longer one; in any other, 70 and 67.
_GSM = re.compile(r"[\x20-\x5f\x61-\x7e\n£¥èéùìòÇØøÅåΔΦΓΛΩΠΨΣΘΞÆæßÉ¡ÄÖÑÜ§¿äöñüà€]*")
_WORDS = re.compile(r"\s+|[^\s]+")


@dataclass(frozen=True, slots=True)
class Shown:
    """What one channel would carry: its messages, the choices under the last, and for SMS the parts it is billed in."""

    channel: str
    texts: tuple[str, ...]
    choices: tuple[str, ...] = ()
    characters: int = 0
    parts: int = 0


@dataclass(frozen=True, slots=True)
class Change:
    """A stretch of text: kept, put in or taken out."""

    kind: str  # same | in | out
    text: str


def show(entry: Entry, library: Library, phrases: Catalogue, now: datetime, *, demo: bool) -> list[Shown]:
    """Render an answer for every channel as a worker in its country would get it."""
    version = read_answer(entry)
    known = tuple(id for id in version.facts if id in library.facts)
    version = read_answer(Entry(entry.kind, entry.name, {**entry.body, "facts": list(known)}))
    place = "" if version.country == "*" else version.country
    cards = library.list_cards(version.cards, place, version.origin)
    answer = render_answer(version, library, phrases, version.locale)
    choices = tuple(Choice(name, phrases.say(f"choice.{name}", version.locale)) for name in ("person", "menu"))
    shown = []
    for channel, limits in LIMITS.items():
        card_text = CardWriter(phrases, version.locale, now, demo, channel).write(cards)
        shown.append(_fit(channel, [answer, *([card_text] if card_text else [])], choices, limits))
    return shown


def _fit(channel: str, texts: list[str], choices: tuple[Choice, ...], limits: Limits) -> Shown:
    pieces = [
        piece
        for position, text in enumerate(texts, 1)
        for piece in compose(text, choices if position == len(texts) else (), limits)
    ]
    said = tuple(piece.text for piece in pieces)
    buttons = tuple(choice.label for piece in pieces for choice in piece.choices)
    parts = sum(map(count_sms, said)) if channel == "sms" else 0
    return Shown(channel, said, buttons, sum(map(len, said)), parts)


def count_sms(text: str) -> int:
    """Return in how many parts an SMS with this text is sent."""
    whole, part = (160, 153) if _GSM.fullmatch(text) else (70, 67)
    return 1 if len(text) <= whole else -(-len(text) // part)


def compare(before: str, after: str) -> Iterator[Change]:
    """Yield how one text became the other, word by word."""
    old, new = _WORDS.findall(before), _WORDS.findall(after)
    for kind, a, b, c, d in difflib.SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if kind == "equal":
            yield Change("same", "".join(old[a:b]))
            continue
        if a < b:
            yield Change("out", "".join(old[a:b]))
        if c < d:
            yield Change("in", "".join(new[c:d]))
