"""How she may answer a question of ours."""

import pytest

from bot.dialogue.choices import match_choice
from bot.dialogue.state import Question
from bot.language.numbers import find_number
from bot.messages import Choice

COUNTRIES = Question(
    "country",
    (Choice("country:SA", "Saudi Arabia"), Choice("country:LB", "لبنان"), Choice("country:AE", "Falme za Kiarabu")),
)


@pytest.mark.parametrize(
    ("text", "payload", "expected"),
    [
        ("", "country:LB", "country:LB"),
        ("", "country:XX", ""),
        ("2", "", "country:LB"),
        ("٢", "", "country:LB"),
        ("२", "", "country:LB"),
        ("two", "", "country:LB"),
        ("Number 2.", "", "country:LB"),
        ("mbili", "", "country:LB"),
        ("dalawa", "", "country:LB"),
        ("do", "", "country:LB"),
        ("اثنين", "", "country:LB"),
        ("4", "", ""),
        ("0", "", ""),
        ("saudi arabia", "", "country:SA"),
        ("  SAUDI ", "", "country:SA"),
        ("لُبنان", "", "country:LB"),
        ("falme za kiarabu", "", "country:AE"),
        ("I have a problem in saudi arabia", "", ""),
        ("", "", ""),
    ],
)
def test_a_choice_is_understood(text: str, payload: str, expected: str) -> None:
    assert match_choice(COUNTRIES, text, payload) == expected


def test_two_of_us_is_not_the_number_two() -> None:
    assert find_number("two of us") is None
