"""One spelling for what can be typed in several ways. Pure, and runs in both environments (Python 3.10 too).

Nothing here judges words: letters keep their language, only their dress changes.
"""

import re
import unicodedata
from typing import Dict

# Tatweel, Quranic signs and vowel marks: decoration that almost nobody types and search must not depend on.
_ARABIC_MARKS = re.compile("[\u0610-\u061a\u0640\u064b-\u065f\u0670\u06d6-\u06dc\u06df-\u06e8\u06ea-\u06ed]")
_PRESENTATION_FORMS = re.compile("[\ufb50-\ufdff\ufe70-\ufeff]+")
_ELONGATED = re.compile(r"([^\W\d_])\1{2,}")
_SPACE = re.compile(r"\s+")
# Symbols that are emoji though Unicode does not file them under "So".
_EMOJI_PARTS = re.compile("[\u20e3\ufe00-\ufe0f\U0001f3fb-\U0001f3ff\U000e0020-\U000e007f]")

# Arabic letters that are written one for another in chat: alef with or without hamza, final ya, ta marbuta,
# and the Persian/Urdu key of the same letter.
_ARABIC_FOLDS = str.maketrans({
    "أ": "ا", "إ": "ا", "آ": "ا", "ٱ": "ا", "ى": "ي", "ة": "ه", "ک": "ك", "ی": "ي",
})  # fmt: skip


def normalise(text: str) -> str:
    """Return the text as the featurizers and the lexicon see it: composed, casefolded, ASCII digits, plain spaces."""
    text = unicodedata.normalize("NFC", text)
    text = _PRESENTATION_FORMS.sub(lambda match: unicodedata.normalize("NFKC", match.group()), text)
    text = _EMOJI_PARTS.sub(" ", _ARABIC_MARKS.sub("", text))
    text = text.translate(_PLAIN).casefold()
    return _SPACE.sub(" ", _ELONGATED.sub(r"\1\1", text)).strip()


def fold(text: str) -> str:
    """Return the normalised text with look-alike Arabic letters unified and Latin accents dropped, for matching."""
    return fold_letters(normalise(text))


def fold_letters(text: str) -> str:
    """Unify letters only: for patterns, whose other characters mean something."""
    return _strip_latin_accents(text.translate(_ARABIC_FOLDS))


def defuse(text: str) -> str:
    """Return the text with leading slashes blanked: Rasa would obey "/intent{...}" as a command."""
    rest = text.lstrip("/ \t\r\n")
    return "." * (len(text) - len(rest)) + rest if "/" in text[: len(text) - len(rest)] else text


class _Table(Dict[int, str]):
    """What each character becomes, looked up once; only those that are written every day are remembered."""

    def __missing__(self, code: int) -> str:
        plain = _plain(chr(code))
        if code < 0x3000:
            self[code] = plain
        return plain


_PLAIN = _Table()


def _plain(char: str) -> str:
    if char < "\x7f":
        return char if char >= " " else " " if char in "\t\n\r\v\f" else ""
    category = unicodedata.category(char)
    if category == "Nd":
        return str(unicodedata.digit(char))
    if category in {"So", "Zs", "Zl", "Zp"}:
        return " "
    if category in {"Cc", "Cf", "Cs", "Co", "Cn"}:
        return ""  # zero-width joiners, direction marks, private and broken characters
    return "'" if char in "\u2018\u2019\u02bc\u0060\u00b4" else char


def _strip_latin_accents(text: str) -> str:
    if text.isascii():
        return text
    return "".join(unicodedata.normalize("NFD", char)[0] if "\u00c0" <= char <= "\u024f" else char for char in text)
