"""Understand an answer to a question of ours: a button, a number, or the words of a choice."""

import re
import unicodedata

from bot.dialogue.state import Question
from bot.language.numbers import find_number


def match_choice(question: Question, text: str, payload: str) -> str:
    """Return the id of the choice that was meant, or an empty string."""
    ids = [choice.id for choice in question.choices]
    if payload:
        return payload if payload in ids else ""
    number = find_number(text)
    if number is not None:
        return ids[number - 1] if 1 <= number <= len(ids) else ""
    return _match_words(question, text)


def _match_words(question: Question, text: str) -> str:
    words = _plain(text)
    if not words:
        return ""
    labels = {choice.id: _plain(choice.label) for choice in question.choices}
    for id, label in labels.items():
        if words == label:
            return id
    # "saudi" for "Saudi Arabia": her words begin exactly one label, or one of its parts.
    begun = [id for id, label in labels.items() if len(words) >= 3 and _begins(label, words)]
    return begun[0] if len(begun) == 1 else ""


def _begins(label: str, words: str) -> bool:
    return label.startswith(words + " ") or any(part.strip() == words for part in label.split("/"))


def _plain(text: str) -> str:
    decomposed = unicodedata.normalize("NFKD", text).casefold()
    letters = "".join(char for char in decomposed if not unicodedata.combining(char))
    return re.sub(r"[^\w/]+", " ", letters).strip()
