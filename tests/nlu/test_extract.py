"""Countries, money, durations and languages, in the scripts and spellings that workers use."""

import time

import pytest

from bot.nlu.extract import extract


def found(text: str) -> list[tuple[str, str]]:
    return [(entity["entity"], entity["value"]) for entity in extract(text)]


@pytest.mark.parametrize(
    ("text", "entities"),
    [
        ("i work in Riyadh", [("destination", "SA")]),
        ("me oman se hu", [("destination", "OM")]),
        ("agent in kathmandu for kuwait", [("origin", "NP"), ("destination", "KW")]),
        ("my sister is in canada", [("country", "CA")]),
        ("\u0628\u0627\u0644\u0633\u0639\u0648\u062f\u064a\u0629", [("destination", "SA")]),  # "in" written on
        ("\u0644\u0644\u0643\u0648\u064a\u062a", [("destination", "KW")]),
        ("\u0639\u0645\u0627\u0646", [("destination", "OM")]),
        ("\u0639\u0645\u0651\u0627\u0646", [("destination", "JO")]),  # Amman, told by its doubled m
        ("in turkey", [("country", "TR")]),
        ("they cooked a turkey", []),
        ("mali yangu iko kwa madam", []),  # Swahili: my property
        ("he bought jordan shoes", []),
        ("give us food", []),
    ],
)
def test_places(text: str, entities: list[tuple[str, str]]) -> None:
    assert [entity for entity in found(text) if entity[0] != "writer"] == entities


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1500 riyal", "1500 SAR"),
        ("500sar", "500 SAR"),
        ("$200", "200 USD"),
        ("Rs.25000", "25000 INR"),
        ("25k php", "25000 PHP"),
        ("2 lakh rs", "200000 INR"),
        ("laki 2 shilingi", "200000 KES"),
        ("limang libong piso", "5000 PHP"),
        ("35,000 pesos", "35000 PHP"),
        ("120.500 kd", "120.5 KWD"),  # dinars have three decimals
        ("25 \u0627\u0644\u0641 \u0631\u064a\u0627\u0644", "25000 SAR"),
        ("\u0661\u0665\u0660 \u062f\u064a\u0646\u0627\u0631", "150 KWD"),
    ],
)
def test_money(text: str, value: str) -> None:
    assert found(text) == [("money", value)]


def test_a_currency_is_settled_by_the_country_named() -> None:
    assert ("money", "60 BHD") in found("60 dinar in bahrain")
    assert ("money", "80000 NPR") in found("80000 rupees in nepal")


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("4 months", "P4M"),
        ("3 weeks", "P3W"),
        ("miezi minne", "P4M"),
        ("apat na buwan", "P4M"),
        ("do saal", "P2Y"),
        ("5 mnths", "P5M"),
        ("\u0634\u0647\u0631\u064a\u0646", "P2M"),
        ("\u0969 \u092e\u0939\u0940\u0928\u0947", "P3M"),
    ],
)
def test_durations(text: str, value: str) -> None:
    assert found(text) == [("duration", value)]


@pytest.mark.parametrize("text", ["i am 19 years old", "she is 26 years", "call me at 10"])
def test_ages_and_hours_are_no_durations(text: str) -> None:
    assert found(text) == []


@pytest.mark.parametrize(
    ("text", "languages"),
    [
        ("kiswahili tafadhali", ["sw"]),
        ("hindi me baat karo", ["hi"]),
        ("speak hindi please", ["hi"]),
        ("hindi ko alam", []),  # Tagalog: I do not know
        ("my agent is nepali", []),
    ],
)
def test_languages(text: str, languages: list[str]) -> None:
    assert [value for kind, value in found(text) if kind == "language"] == languages


def test_offsets_are_those_of_the_text_as_typed() -> None:
    text = "\u200b Nasa  DUBAI\u2026 4  months"
    assert [text[e["start"] : e["end"]] for e in extract(text)] == ["DUBAI", "4  months"]


@pytest.mark.parametrize("text", ["", "\u0301", "\ud800", "12" * 500, "$" * 300, "rs " * 300])
def test_nothing_breaks_it(text: str) -> None:
    extract(text)


def test_a_long_message_takes_milliseconds() -> None:
    text = "i work in riyadh 4 months no salary 1500 riyal what to do " * 30
    extract(text)
    started = time.perf_counter()
    extract(text)
    assert time.perf_counter() - started < 0.1


@pytest.mark.parametrize(
    ("text", "papers"),
    [
        ("madam keeps my passport and iqama", ["passport", "residence_card"]),
        ("wakhdin 2l jawaz w 3a2d", ["passport", "contract"]),
        ("\u0623\u062e\u0630\u062a \u0627\u0644\u062c\u0648\u0627\u0632", ["passport"]),  # the article written on
        ("ፓስፖርቷን ወሰዱ", ["passport"]),
        ("mero bhisa sakiyo", ["visa"]),
        ("the company sent a contractor and two ticks", ["contract"]),  # an ending too many does little harm
        ("\u0648\u0635\u0644\u062a \u0627\u0645\u0633", []),  # "I arrived", begins like "receipt"
    ],
)
def test_papers(text: str, papers: list[str]) -> None:
    assert [value for kind, value in found(text) if kind == "document"] == papers


@pytest.mark.parametrize(
    ("text", "writer"),
    [
        ("my sister is in jeddah she does not answer", "family"),
        ("meri behen ka malik usko marta hai", "family"),
        ("temenku sakit gk dikasih obat", "friend"),
        ("our housemaid ran away what do i do", "employer"),
        ("\u062e\u0627\u062f\u0645\u062a\u064a \u0647\u0631\u0628\u062a", "employer"),
        ("my daughter is sick at home, my madam does not let me go", "self"),  # the madam is the writer's own
        ("where is the embassy", ""),
    ],
)
def test_who_writes(text: str, writer: str) -> None:
    assert next((value for kind, value in found(text) if kind == "writer"), "") == writer
