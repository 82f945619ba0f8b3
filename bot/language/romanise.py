"""Our texts in Latin letters, for who writes her language in them: anyascii's letters, and the vowels it leaves out."""

import re

from anyascii import anyascii

# Locales whose letters tell how they sound. (Arabic and Urdu leave out vowels that no table can put back.)
LOCALES = frozenset({"am", "bn", "hi", "ne", "si", "ta"})

# Of Indic scripts: consonants carry an "a" unless a vowel sign or the silencing sign follows, after a dot below if any.
_CONSONANT = "\u0915-\u0939\u0958-\u095f\u0995-\u09b9\u09dc-\u09df\u0b95-\u0bb9\u0d9a-\u0dc6"
_DOT = "\u093c\u09bc"
_SIGN = "\u093e-\u094d\u09be-\u09cd\u0bbe-\u0bcd\u0dca-\u0ddf"
_BARE = re.compile(f"([{_CONSONANT}][{_DOT}]?)(?![{_SIGN}{_DOT}])")
# In these the last "a" of a word is not spoken: the vowel goes in only where another letter follows.
_SILENT_AT_END = frozenset({"bn", "hi", "ne"})
_BARE_INSIDE = re.compile(f"([{_CONSONANT}][{_DOT}]?)(?![{_SIGN}{_DOT}])(?=[^\\W\\d_])")
# Sentence ends, and the nasal sign of Devanagari, which most words say as n.
_AS_SPOKEN = str.maketrans(
    {
        "\u0964": ".",
        "\u0965": ".",
        "\u1362": ".",
        "\u1363": ",",
        "\u1366": ":",
        "\u1364": ";",
        "\u0902": "n",
        "\u0901": "n",
    }
)


def romanise(text: str, locale: str) -> str:
    """Return a text in plain Latin letters; what is in them already stays as it is."""
    if locale not in LOCALES or text.isascii():
        return text
    bare = _BARE_INSIDE if locale in _SILENT_AT_END else _BARE
    return re.sub(
        r"[^\x00-\u024f\u2000-\u2fff]+",
        lambda match: anyascii(bare.sub(r"\1a", match.group())).replace("`", "").replace("'", "").lower(),
        text.translate(_AS_SPOKEN),
    )
