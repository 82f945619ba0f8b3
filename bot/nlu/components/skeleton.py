"""The consonants of a text, whatever script it is in: the words of a language and of its Latin spellings meet there."""

import re

from anyascii import anyascii

from bot.nlu.normalise import fold

# Digits that stand for Arabic letters in chat: 7abibi, 3arabi. Those of the glottal stop and of ayn go, like vowels.
_CHAT_DIGITS = str.maketrans({"2": "", "3": "", "4": "", "5": "k", "6": "t", "7": "", "8": "g", "9": "s"})
_DIGIT_IN_WORD = re.compile(r"(?<=[a-z])[2-9]|[2-9](?=[a-z])")
# One letter for what is spelt in many ways: aspirated or not, emphatic or not, k q, v b, s sh z j. W goes with the
# vowels: Arabic and Urdu write it for o and u.
_TWO_LETTERS = {
    "ph": "f", "sh": "s", "ch": "c", "th": "t", "kh": "k", "gh": "g", "dh": "d", "bh": "b", "zh": "z", "jh": "j",
    "ts": "c",
}  # fmt: skip
_PAIRS = re.compile("|".join(_TWO_LETTERS))
_ONE_LETTER = str.maketrans({"q": "k", "v": "b", "x": "s", "z": "s", "j": "s"})
_VOWELS = re.compile(r"[aeiouywh'`~]")
_DOUBLED = re.compile(r"([a-z])\1+")
_OTHER = re.compile(r"[^a-z0-9 ]")


def find_skeleton(text: str) -> str:
    """Return the consonant skeleton of a text: "tankhwah nahi mili", "tnkha nhi mili" and Urdu's own letters agree."""
    text = anyascii(fold(text)).lower()
    text = _DIGIT_IN_WORD.sub(lambda match: match.group().translate(_CHAT_DIGITS), text)
    text = _PAIRS.sub(lambda match: _TWO_LETTERS[match.group()], text).translate(_ONE_LETTER)
    return _OTHER.sub(" ", _DOUBLED.sub(r"\1", _VOWELS.sub("", text)))
