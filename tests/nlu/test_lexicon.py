"""Danger in the words themselves, without any model. Sign names may change; that there is one may not."""

import re
from functools import cache
from pathlib import Path

import pytest

from bot.nlu.examples import list_training
from bot.nlu.lexicon import Entry, LexiconError, load_lexicon
from bot.nlu.normalise import fold


@pytest.mark.parametrize(
    "text",
    [
        "he is coming with a knife",
        "i want to kill myself",
        "she beats me every day",
        "madam locked me in the house",
        "\u0627\u0644\u062d\u0642\u0648\u0646\u064a",
        "\u0645\u0639\u0647 \u0633\u0643\u064a\u0646",
        "ananipiga kila siku",
        "sinasaktan ako ng amo ko",
        "madam mujhe maarti hai",
        "SHE   BEATS me\u2026",
    ],
)
def test_danger_is_seen(text: str) -> None:
    assert load_lexicon().find_signs(text)


def test_an_arabic_preposition_written_onto_the_word_hides_nothing() -> None:
    """A rule that every pattern begins a word once made the lexicon blind to "with-the-knife"."""
    assert load_lexicon().find_signs("\u062c\u0627\u064a \u0628\u0627\u0644\u0633\u0643\u064a\u0646")


@pytest.mark.parametrize(
    "text", ["how much is the ticket", "my phone is locked", "salamat po", "asante sana", "dying to go home", ""]
)
def test_ordinary_words_raise_no_alarm(text: str) -> None:
    assert load_lexicon().find_signs(text) == ()


def write(folder: Path, text: str) -> Path:
    (folder / "xx.yml").write_text(text, encoding="utf-8")
    return folder


def test_unless_is_taken_out_but_what_remains_counts(tmp_path: Path) -> None:
    entry = "- sign: locked_in\n  patterns: ['\\blocked\\b']\n  unless: ['phone is locked']\n"
    lexicon = load_lexicon(write(tmp_path, entry))
    assert lexicon.find_signs("my phone is locked") == ()
    assert lexicon.find_signs("my phone is locked and i am locked too") == ("locked_in",)


@pytest.mark.parametrize("text", ["sign: x", "- sign: x\n", "- sign: x\n  patterns: ['(']\n"])
def test_a_wrong_file_is_named(tmp_path: Path, text: str) -> None:
    with pytest.raises(LexiconError, match=r"xx\.yml"):
        load_lexicon(write(tmp_path, text))


def test_an_empty_folder_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(LexiconError):
        load_lexicon(tmp_path)


@cache
def compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern)


def is_said(entry: Entry, text: str) -> bool:
    """The lexicon without any shortcut."""

    def is_in(text: str) -> bool:
        return any(compiled(pattern).search(text) for pattern in entry.patterns)

    return is_in(text) and (not entry.unless or is_in(compiled(entry.unless).sub(" _ ", text)))


def test_the_shortcut_hears_whatever_trying_every_pattern_hears() -> None:
    lexicon = load_lexicon()
    texts = [each.text for each in list_training()][::40]
    assert len(texts) > 500
    for text in texts:
        everything = (entry for entry in lexicon.entries if is_said(entry, fold(text)))
        assert lexicon.find_signs(text) == tuple(dict.fromkeys(entry.sign for entry in everything))


def test_what_the_shortcut_cannot_read_is_tried_all_the_same(tmp_path: Path) -> None:
    entry = "- sign: beaten\n  patterns: ['(?<!not )\\b(x)(y)\\2(?!z)', 'سك\\b.{0,3}\\w']\n"
    lexicon = load_lexicon(write(tmp_path, entry))
    assert lexicon.find_signs("xyy") == ("beaten",)
    assert lexicon.find_signs("xyyz") == ()
    assert lexicon.find_signs("سك ين") == ("beaten",)
