"""Long texts in pieces that the provider takes, with nothing lost."""

import pytest

from bot.channels.base import compose, split_text
from bot.messages import Choice, Limits

HINDI = "आपका पासपोर्ट आपका है। मालिक उसे नहीं रख सकता। "
ARABIC = "جواز سفرك ملك لك. لا يحق لصاحب العمل الاحتفاظ به؟ "
CHOICES = (Choice("yes", "Yes"), Choice("no", "No"))


def units(text: str) -> int:
    """Count as Telegram does."""
    return len(text.encode("utf-16-le")) // 2


def words(text: str) -> list[str]:
    return text.split()


def test_a_text_at_the_limit_stays_whole() -> None:
    assert split_text("a" * 4096, 4096) == ["a" * 4096]
    assert split_text("a" * 4097, 4096) == ["a" * 4096, "a"]


def test_an_emoji_counts_twice() -> None:
    assert split_text("😢" * 2048, 4096) == ["😢" * 2048]
    assert split_text("😢" * 2049, 4096) == ["😢" * 2048, "😢"]


def test_an_emoji_is_not_cut_in_two() -> None:
    assert split_text("a" + "😢" * 3, 4) == ["a😢", "😢😢"]


@pytest.mark.parametrize(
    "text",
    [
        HINDI * 200, ARABIC * 200, "word " * 3000, "line of a list\n" * 700, "paragraph of words\n\n" * 700,
        "😢 pole sana. " * 900, "x" * 10_000, ("x" * 5000 + " ") * 3, f"short\n\n{'y' * 9000}\n\nshort",
        "a\n\n" + " " * 5000 + "\n\nb", "sentence one. " + "z" * 4096 + " tail", "\r\n".join(["a line"] * 900),
    ],
)  # fmt: skip
@pytest.mark.parametrize("limit", [1600, 4096])
def test_every_piece_fits_and_nothing_is_lost(text: str, limit: int) -> None:
    pieces = split_text(text, limit)
    assert all(0 < units(piece) <= limit for piece in pieces)
    assert "".join(words(" ".join(pieces))) == "".join(words(text))


@pytest.mark.parametrize(("sentence", "end"), [(HINDI, "।"), (ARABIC, "؟"), ("Be safe. Go now! ", "!")])
def test_pieces_end_where_sentences_end(sentence: str, end: str) -> None:
    first, *_ = split_text(sentence * 200, 1600)
    assert first[-1] in (end, ".")
    assert units(first) > 1600 - units(sentence)


def test_paragraphs_are_kept_together_where_they_fit() -> None:
    one, two, three = "a" * 60, "b " * 25 + "b", "c" * 20
    assert split_text(f"{one}\n\n{two}\n\n{three}", 100) == [one, f"{two}\n\n{three}"]


def test_a_piece_of_only_spaces_does_no_harm() -> None:
    # a caseworker's reply pasted with thousands of spaces used to raise, and stuck in the outbox
    assert split_text("a\n\n" + " " * 5000, 4096) == ["a"]


def test_choices_hang_on_the_last_piece() -> None:
    pieces = compose("word " * 2000, CHOICES, Limits(4096, buttons=True))
    assert len(pieces) > 1
    assert [piece.choices for piece in pieces] == [()] * (len(pieces) - 1) + [CHOICES]


def test_without_buttons_choices_are_numbered_lines() -> None:
    (piece,) = compose("Are you safe?", CHOICES, Limits(1600, buttons=False))
    assert (piece.text, piece.choices) == ("Are you safe?\n\n1. Yes\n2. No", ())


def test_a_short_text_is_one_piece_with_its_choices() -> None:
    (piece,) = compose("Are you safe?", CHOICES, Limits(4096, buttons=True))
    assert (piece.text, piece.choices) == ("Are you safe?", CHOICES)
