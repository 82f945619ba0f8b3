"""What is wrong with the content as a whole, and how much of it there is in each language."""

import re
from collections.abc import Iterator, Sequence
from datetime import date

from bot.content.model import NEAREST, SOURCE, Library, Version
from bot.taxonomy import list_content_labels, load_taxonomy

LONGEST_SENTENCE = 22  # words; a worker reads on a small screen, often in her second language
HARDEST = 7.0  # Flesch-Kincaid grade of English: years of school

# The ends of sentences in the scripts we write: Latin, Arabic and Urdu, Devanagari and Bangla, Ethiopic.
_SENTENCES = re.compile(r"(?<=[.!?\u061f\u06d4\u0964\u0965\u1362])\s+|\n+")
_WORDS = re.compile(r"[^\W\d_]+(?:['\u2019][^\W\d_]+)?")
_SYLLABLES = re.compile(r"[aeiouy]+")


def find_faults(library: Library, today: date, destinations: Sequence[str], origins: Sequence[str]) -> Iterator[str]:
    """Yield what must not be published as it is."""
    labels = set(list_content_labels())
    for label in sorted(labels):
        if not any(v.country == "*" for v in library.versions.get((label, SOURCE), ())):
            yield f"{label}: no general English answer (responses/answers/en/{label}.yml)"
    for version in _all(library):
        if version.label not in labels:
            yield f"{version.name}: unreachable, the taxonomy has no label {version.label}"
        if version.origin and version.origin not in origins:
            yield f"{version.name}: unreachable, no worker is from {version.origin} for us"
        if not version.origin and version.country not in ("*", *destinations):
            yield f"{version.name}: unreachable, no worker is in {version.country} for us"
        for fact in library.list_expired(version, today):
            yield f"{version.name}: rests on {fact.id}, which expired on {fact.review_by}"
    for locale in _locales(library):
        for label in sorted(load_taxonomy()["danger"]):
            if (label, locale) not in library.versions:
                yield f"{label}/{locale}: missing; a language without its safety texts must not be published"


def find_hints(library: Library) -> Iterator[str]:
    """Yield what could read more easily."""
    for version in _all(library):
        longest = max(map(count_words, split_sentences(version.text)), default=0)
        if longest > LONGEST_SENTENCE:
            yield f"{version.name}: a sentence of {longest} words; at most {LONGEST_SENTENCE} read easily"
        if version.locale == SOURCE and (grade := measure_grade(version.text)) > HARDEST:
            yield f"{version.name}: reading grade {grade:.1f}; at most {HARDEST:.0f} is meant"


def list_coverage(library: Library, locales: Sequence[str], destinations: Sequence[str]) -> list[list[str]]:
    """Return for each locale: labels, general, by destination, by origin, reviewed, what it falls back to."""
    lines = []
    for locale in sorted({*locales, *_locales(library)}):
        versions = [version for version in _all(library) if version.locale == locale]
        lines.append([
            locale,
            str(len({v.label for v in versions})),
            *(str(sum(v.country == code for v in versions)) for code in ("*", *destinations)),
            str(sum(bool(v.origin) for v in versions)),
            str(sum(bool(v.reviewed_by) for v in versions)),
            "" if locale == SOURCE else " > ".join((*NEAREST.get(locale, ()), SOURCE)),
        ])  # fmt: skip
    return lines


def split_sentences(text: str) -> list[str]:
    return [sentence for sentence in _SENTENCES.split(text) if sentence.strip()]


def count_words(text: str) -> int:
    """Count what stands between blanks: vowel signs of South Asian scripts are no word characters to a pattern."""
    return sum(any(char.isalpha() for char in word) for word in text.split())


def measure_grade(text: str) -> float:
    """Return the Flesch-Kincaid grade of an English text (Kincaid et al. 1975); syllables are groups of vowels."""
    words = _WORDS.findall(text)
    sentences = split_sentences(text)
    if not words or not sentences:
        return 0.0
    syllables = sum(max(1, len(_SYLLABLES.findall(word.lower().removesuffix("e")))) for word in words)
    return 0.39 * len(words) / len(sentences) + 11.8 * syllables / len(words) - 15.59


def _all(library: Library) -> Iterator[Version]:
    for _, versions in sorted(library.versions.items()):
        yield from versions


def _locales(library: Library) -> list[str]:
    return sorted({locale for _, locale in library.versions})
