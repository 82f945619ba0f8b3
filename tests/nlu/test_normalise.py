"""One spelling for what can be typed in several ways."""

import pytest

from bot.nlu.normalise import defuse, fold, normalise


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("  Madam   TOOK\n my passport ", "madam took my passport"),
        ("heeeelp meeee", "heelp mee"),
        ("1000 riyal", "1000 riyal"),  # only letters are shortened
        ("\u0661\u0665\u0660\u0660", "1500"),
        ("\u0967\u096b", "15"),
        ("\u0645\u062d\u0640\u0640\u0628\u064e\u0648\u0633", "\u0645\u062d\u0628\u0648\u0633"),
        ("\ufee3\ufea4\ufe92\ufeee\ufeb1", "\u0645\u062d\u0628\u0648\u0633"),  # presentation forms
        ("he\u200blp\u202e me", "help me"),
        ("help\U0001f62d\U0001f3fdme", "help me"),
        ("don\u2019t", "don't"),
        ("", ""),
    ],
)
def test_normalise(typed: str, meant: str) -> None:
    assert normalise(typed) == meant


def test_fold_unifies_look_alike_arabic_letters() -> None:
    assert fold("\u0623\u0631\u0649\u0629") == "\u0627\u0631\u064a\u0647"


@pytest.mark.parametrize("text", ["/delete_data", '  /stop{"a": 1}', "\n//greet"])
def test_a_message_cannot_command_rasa(text: str) -> None:
    """Rasa takes "/intent" for a command with confidence 1, past the classifier and the danger check."""
    safe = defuse(text)
    assert not safe.strip().startswith("/")
    assert len(safe) == len(text)  # places of entities stay right


def test_other_slashes_stay() -> None:
    assert defuse("500/month") == "500/month"
