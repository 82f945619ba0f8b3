"""One word in several scripts and spellings has one skeleton; different words keep different ones."""

import pytest

from bot.nlu.components.skeleton import find_skeleton

SAME = [
    ("tankhwah", "tankhah", "tnkhwah", "tankha", "تنخواہ"),
    ("naukri", "nokri", "نوکری", "नौकरी"),
    ("malkin", "maalkin", "मालकिन"),
    ("salary", "sallary", "salery"),
    ("7abibi", "habibi"),
    ("demoz", "ደሞዝ", "demozz"),
    ("पासपोर्ट", "pasport", "paasport", "passport"),
]


@pytest.mark.parametrize("spellings", SAME)
def test_spellings_of_one_word_meet(spellings: tuple[str, ...]) -> None:
    assert len({find_skeleton(word) for word in spellings}) == 1


def test_words_stay_apart() -> None:
    assert find_skeleton("passport phone") == "psprt fn"
    assert find_skeleton("maid") != find_skeleton("madam")
