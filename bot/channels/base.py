"""The channel contract, and what all channels share: splitting texts and numbering choices."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from bot.messages import Address, Attachment, Choice, Event, Limits, Media, Outbound, SendResult


class Forged(Exception):
    """The webhook request does not carry the proof that it comes from the provider."""


class Junk(Exception):
    """The webhook request is not in the provider's format; the text says what was expected."""


@dataclass(frozen=True, slots=True)
class WebhookRequest:
    """A provider's HTTP request, already read: `path` begins with a slash, header names are lower case."""

    path: str
    headers: Mapping[str, str]
    body: bytes
    query: str = ""


class Channel(Protocol):
    """What a channel can do. `names` are the values of `Address.channel` that it serves.

    `parse` authenticates first (raises Forged), then reads every item of a batch (raises Junk); an
    update that is well formed but not for us gives an empty list. `send` and `fetch` raise SendError.
    """

    names: tuple[str, ...]
    webhooks: tuple[str, ...]  # paths below /webhooks/

    def limits(self, channel: str) -> Limits: ...
    def secrets(self) -> tuple[str, ...]: ...
    async def parse(self, request: WebhookRequest) -> list[Event]: ...
    async def send(self, message: Outbound) -> SendResult: ...
    async def fetch(self, media: Media) -> Attachment: ...
    async def delete(self, address: Address, external_id: str) -> bool: ...  # off her phone; False: not possible
    async def open(self) -> None: ...
    async def close(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Piece:
    """One message's worth of a longer text."""

    text: str
    choices: tuple[Choice, ...] = ()


# A sentence ends at these, in the scripts we write (Latin, Arabic, Devanagari and Bangla danda, Ethiopic).
_SENTENCE_END = re.compile(r"(?<=[.!?؟।॥።])\s+")


def compose(text: str, choices: tuple[Choice, ...], limits: Limits) -> list[Piece]:
    """Fit a text and its choices to a channel: numbered lines where there are no buttons, split where too long."""
    if choices and not limits.buttons:
        numbered = "\n".join(f"{number}. {choice.label}" for number, choice in enumerate(choices, 1))
        text, choices = f"{text}\n\n{numbered}", ()
    parts = split_text(text, limits.text)
    return [Piece(part, choices if number == len(parts) else ()) for number, part in enumerate(parts, 1)]


def split_text(text: str, limit: int) -> list[str]:
    """Split at paragraph ends, else at line ends, sentence ends, words; hard only inside a word longer than `limit`.

    Lengths are counted in UTF-16 units, as Telegram counts; the parts hold every word of the text in order.
    """
    if _length(text) <= limit:
        return [text]
    for separator in ("\n\n", "\n", _SENTENCE_END, " "):
        pieces = separator.split(text) if isinstance(separator, re.Pattern) else text.split(separator)
        if len(pieces) > 1:
            joint = " " if isinstance(separator, re.Pattern) else separator
            return _pack(pieces, joint, limit)
    cut = _fitting_prefix(text, limit)
    return [text[:cut], *split_text(text[cut:], limit)]


def _pack(pieces: list[str], joint: str, limit: int) -> list[str]:
    packed: list[str] = []
    current = ""
    for piece in pieces:
        candidate = f"{current}{joint}{piece}" if current else piece
        if _length(candidate) <= limit:
            current = candidate
            continue
        if current:
            packed.append(current)
        *full, current = split_text(piece, limit) or [""]
        packed.extend(full)
    return [part for part in [*packed, current] if part.strip()]


def _length(text: str) -> int:
    return len(text) + sum(1 for char in text if ord(char) > 0xFFFF)


def _fitting_prefix(text: str, limit: int) -> int:
    used = 0
    for index, char in enumerate(text):
        used += 2 if ord(char) > 0xFFFF else 1
        if used > limit:
            return index
    return len(text)
