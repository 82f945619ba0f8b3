"""What is wrong with the training and development sentences, before anyone trains on them. Pure."""

import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence

from bot.nlu.examples import Example
from bot.nlu.normalise import normalise

# Examples that a label needs in every variant, by its topic; every other topic needs CONTENT.
CONTENT = 12
NEEDED = {"helpline": 6, "other": 60}
DEV_CONTENT = 3
# A label is too uniform if so large a share of its examples begins with the same two words.
SAME_START = 0.34

# The script, as Unicode names its letters, of languages that have one of their own.
SCRIPTS = {
    "am": "ETHIOPIC", "ar": "ARABIC", "bn": "BENGALI", "hi": "DEVANAGARI", "ne": "DEVANAGARI", "si": "SINHALA",
    "ta": "TAMIL", "ur": "ARABIC",
}  # fmt: skip


def find_faults(training: Sequence[Example], dev: Sequence[Example], topics: dict[str, str]) -> list[str]:
    """Return a line for every fault; `topics` gives each label's topic. The sentences are ours, so they are shown."""
    return [
        *_find_unknown([*training, *dev], topics),
        *_find_missing(training, topics),
        *_find_missing_dev(dev, topics),
        *_find_two_labels(training),
        *_find_repeated(training),
        *_find_leaks(training, dev),
        *_find_wrong_script([*training, *dev]),
        *_find_uniform(training),
    ]


def count(examples: Iterable[Example]) -> Counter[tuple[str, str]]:
    """Return how many examples each (label, variant) has."""
    return Counter((example.label, example.variant) for example in examples)


def _find_unknown(examples: Sequence[Example], topics: dict[str, str]) -> Iterator[str]:
    for label in sorted({example.label for example in examples} - set(topics)):
        yield f"{label}: not a label of taxonomy.yml"


def _find_missing(training: Sequence[Example], topics: dict[str, str]) -> Iterator[str]:
    counts = count(training)
    for variant in sorted({example.variant for example in training}):
        for label, topic in topics.items():
            needed = NEEDED.get(topic, CONTENT)
            if counts[label, variant] < needed:
                yield f"{variant}: {label} has {counts[label, variant]} examples, needs {needed}"


def _find_missing_dev(dev: Sequence[Example], topics: dict[str, str]) -> Iterator[str]:
    counts = count(dev)
    for variant in sorted({example.variant for example in dev}):
        for label, topic in topics.items():
            if topic not in NEEDED and counts[label, variant] < DEV_CONTENT:
                yield f"dev/{variant}: {label} has {counts[label, variant]} sentences, needs {DEV_CONTENT}"


def _find_two_labels(training: Sequence[Example]) -> Iterator[str]:
    """The same words with two labels, in whatever variant, teach the model nothing but doubt."""
    labels: dict[str, set[str]] = defaultdict(set)
    for example in training:
        labels[normalise(example.text)].add(example.label)
    for text, found in sorted(labels.items()):
        if len(found) > 1:
            yield f"{text!r} has {len(found)} labels: {', '.join(sorted(found))}"


def _find_repeated(training: Sequence[Example]) -> Iterator[str]:
    seen = Counter((normalise(example.text), example.label, example.variant) for example in training)
    for (text, label, variant), times in sorted(seen.items()):
        if times > 1 or not text:
            yield (
                f"{variant}: {label} has {text!r} {times} times" if text else f"{variant}: {label} has an empty example"
            )


def _find_leaks(training: Sequence[Example], dev: Sequence[Example]) -> Iterator[str]:
    known = {normalise(example.text) for example in training}
    for example in dev:
        if normalise(example.text) in known:
            yield f"dev/{example.variant}: {example.text!r} is also a training example"


def _find_wrong_script(examples: Iterable[Example]) -> Iterator[str]:
    """Names and loan words in Latin letters are usual everywhere; other scripts in Latin variants are not."""
    for example in examples:
        language, _, form = example.variant.partition("-")
        wanted = "LATIN" if form else SCRIPTS.get(language, "LATIN")
        letters = [char for char in example.text if char.isalpha()]
        right = sum(unicodedata.name(char, "").startswith(wanted) for char in letters)
        if letters and right < len(letters) * (1.0 if wanted == "LATIN" else 0.3):
            yield f"{example.variant}: {example.label} has {example.text!r}, which is not in {wanted.lower()} letters"


def _find_uniform(training: Iterable[Example]) -> Iterator[str]:
    starts: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    for example in training:
        starts[example.variant, example.label][" ".join(normalise(example.text).split()[:2])] += 1
    for (variant, label), found in sorted(starts.items()):
        start, times = found.most_common(1)[0]
        if times > 3 and times > found.total() * SAME_START:
            yield f"{variant}: {times} of {found.total()} examples of {label} begin with {start!r}"
