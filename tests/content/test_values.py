"""Figures of law: kept with their fact, named in texts, written as each language writes them."""

import pytest

from bot.content.entries import Entry, build_library
from bot.content.values import fill, format_value


@pytest.mark.parametrize(
    ("value", "locale", "text"),
    [
        ("QAR 1000", "en", "QAR 1,000"), ("KWD 2.5", "fr", "KWD 2,5"), ("60 days", "en", "60 days"),
        ("1 days", "en", "1 day"), ("3 months", "sw", "miezi 3"), ("25 %", "en", "25%"), ("2 days", "ar", "يومان"),
        ("2026-01-31", "id", "31 Januari 2026"), ("12000", "hi", "12,000"), ("QAR 1000", "bn", "QAR 1,000"),
    ],
)  # fmt: skip
def test_a_figure_is_written_as_her_language_writes_it(value: str, locale: str, text: str) -> None:
    assert format_value(value, locale) == text


def test_what_is_no_figure_says_what_would_be_one() -> None:
    with pytest.raises(ValueError, match="QAR 1000, 60 days"):
        format_value("about a thousand", "en")


def test_a_text_names_only_figures_of_its_own_facts() -> None:
    source = {"title": "x", "seen": "pages"}
    body = {"id": "f", "country": "QA", "topic": "t", "fact": "s", "source": source, "as_of": "2021",
            "confidence": "high", "values": {"minimum_wage": "QAR 1000"}}  # fmt: skip
    answer = {"label": "wages_minimum", "locale": "en", "country": "QA", "short": "You get {wage}.", "facts": ["f"]}
    entries = [Entry("fact", "f", body), Entry("answer", "a", answer)]
    assert build_library(entries)[1] == [
        "answer a: wages_minimum/en/QA: unknown variable {wage}; its facts have: minimum_wage"
    ]
    entries[1] = Entry("answer", "a", {**answer, "short": "You get {minimum_wage}."})
    library, problems = build_library(entries)
    assert not problems
    version = library.versions["wages_minimum", "en"][0]
    assert fill(version.text, library.list_values(version), "en") == "You get QAR 1,000."
