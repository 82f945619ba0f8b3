"""What we tell a worker: sourced, dated, short, with numbers only in contact cards."""

import re
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from bot.content.load import load_library
from bot.content.model import ContactCard, ContactLine, ContentError
from bot.content.phrases import load_catalogue
from bot.content.render import CardWriter, render_answer
from bot.taxonomy import list_content_labels

LIBRARY, PHRASES, TODAY = load_library(), load_catalogue(), date(2026, 11, 23)
NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
LINE = ContactLine("phone", "+961 1 234 567")
CARD = ContactCard(id="x", name="House of Help", kind="shelter", country="LB", lines=(LINE,))


@pytest.mark.parametrize("label", list_content_labels())
def test_every_label_has_a_general_english_answer(label: str) -> None:
    version = LIBRARY.find_version(label, "xx", "", "", today=TODAY)
    assert version is not None
    assert (version.country, version.locale) == ("*", "en")


def test_every_machine_draft_that_states_law_says_so_with_a_dated_source() -> None:
    for versions in LIBRARY.versions.values():
        for version in versions:
            if version.facts:
                text = render_answer(version, LIBRARY, PHRASES, "en")
                assert PHRASES.say("draft_notice", "en") in text
                assert re.search(r"\((19|20)\d\d", text), version.name


def test_her_destination_comes_before_her_origin_and_both_before_the_general() -> None:
    def name(destination: str, origin: str) -> str:
        version = LIBRARY.find_version("fee_legality", "en", destination, origin, today=TODAY)
        return version.name if version else ""

    assert name("SA", "NP") == "fee_legality/en/SA"
    assert name("", "NP") == "fee_legality/en/NP"
    assert name("IQ", "VN") == "fee_legality/en/*"
    papers = LIBRARY.find_version("departure_papers", "en", "SA", "NP", today=TODAY)
    assert papers is not None
    assert papers.origin == "NP"  # the country she comes from decides on these


def test_an_unverified_number_reaches_nobody_in_production_and_is_marked_in_demo() -> None:
    assert CardWriter(PHRASES, "en", NOW, demo=False).write([CARD]) == ""
    assert "not verified yet" in CardWriter(PHRASES, "en", NOW, demo=True).write([CARD])


@pytest.mark.parametrize(("on", "shown"), [(date(2026, 11, 1), True), (date(2026, 1, 1), False)])
def test_a_verification_holds_for_180_days(on: date, shown: bool) -> None:
    card = replace(CARD, lines=(replace(LINE, verified_by="Rosa", verified_on=on),))
    assert bool(CardWriter(PHRASES, "en", NOW, demo=False).write([card])) == shown


def test_no_card_is_delivered_as_verified() -> None:
    assert not [line for card in LIBRARY.cards for line in card.lines if line.verified_by]


ANSWER = """
label: shelter
locale: en
versions:
- country: "*"
  short: {short}
  facts: [{facts}]
  cards: [{cards}]
"""


@pytest.mark.parametrize(
    ("short", "facts", "cards", "said"),
    [
        ("Call 01 234 567 now.", "", "", "looks like a number or address"),
        ("See www.example.org.", "", "", "looks like a number or address"),
        ("A bed is free.", "SA-nonsense-99", "", "unknown fact SA-nonsense-99"),
        ("A bed is free.", "", "pub", "unknown kind of contact card 'pub'"),
        ("word " * 200, "", "", "at most 900"),
        ('""', "", "", "`short` is empty"),
    ],
)
def test_a_broken_answer_names_file_and_fault(tmp_path: Path, short: str, facts: str, cards: str, said: str) -> None:
    path = tmp_path / "answers" / "en" / "shelter.yml"
    path.parent.mkdir(parents=True)
    path.write_text(ANSWER.format(short=short, facts=facts, cards=cards))
    with pytest.raises(ContentError) as error:
        load_library(tmp_path)
    assert said in str(error.value)
    assert "shelter.yml" in str(error.value)


def test_all_locales_have_all_phrases_and_button_labels_fit() -> None:
    for locale in PHRASES.locales:
        for name, text in PHRASES._texts["en"].items():
            assert name in PHRASES._texts[locale], (locale, name)
            if name.startswith(("choice.", "title.")):
                assert len(PHRASES._texts[locale][name]) <= 40, (locale, name, text)


def test_a_country_code_that_yaml_would_read_as_false_stays_a_code(tmp_path: Path) -> None:
    (tmp_path / "facts").mkdir()
    (tmp_path / "facts" / "no.yml").write_text(
        "country: NO\nfacts:\n- {id: n1, topic: law, fact: f, as_of: 2024, confidence: high,"
        " source: {title: t, seen: pages}}\n"
    )
    assert load_library(tmp_path).facts["n1"].country == "NO"
