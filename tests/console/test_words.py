"""Every word of the console is in the catalogues, and the catalogues hold nothing else."""

import re
from functools import cache

import pytest
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

from bot.console.frame import HERE
from bot.console.words import LOCALES_DIR, load_wordbook

METHODS = [("**.py", "python"), ("**.html", "jinja2.ext:babel_extract")]


@cache
def _used() -> frozenset[str]:
    found = extract_from_dir(
        str(HERE), METHODS, {"**.html": {"silent": "false"}}, keywords={"_": None, "N_": None}, comment_tags=()
    )
    return frozenset(str(message[2]) for message in found)


@cache
def _translated(locale: str) -> dict[str, str]:
    with (LOCALES_DIR / locale / "console.po").open("rb") as file:
        catalogue = read_po(file, locale=locale)
    return {str(message.id): str(message.string) for message in catalogue if message.id and message.string}


def test_the_words_are_found() -> None:
    assert {"Take the case", "Signs of danger", "Close the case"} <= _used()


@pytest.mark.parametrize("locale", ["ar", "fr"])
def test_a_catalogue_has_every_word_and_no_other(locale: str) -> None:
    assert set(_translated(locale)) == _used()


@pytest.mark.parametrize("locale", ["ar", "fr"])
def test_a_translation_keeps_the_variables(locale: str) -> None:
    for text, translation in _translated(locale).items():
        assert set(re.findall(r"%\((\w+)\)s", text)) == set(re.findall(r"%\((\w+)\)s", translation)), text


def test_the_browser_says_which_words_before_anybody_is_logged_in() -> None:
    words = load_wordbook().choose("sw, ar-LB;q=0.8, en;q=0.5")
    assert (words.locale, words.direction) == ("ar", "rtl")


def test_a_language_is_named_with_an_unusual_script() -> None:
    words = load_wordbook().get("en")
    assert [words.language(code) for code in ("hi_Latn", "fil", "")] == ["Hindi (Latin)", "Filipino", ""]
