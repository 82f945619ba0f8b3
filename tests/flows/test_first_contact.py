"""A whole first conversation in each of the five languages, from the inbox to the bubbles she reads."""

import pytest

from bot.app import Helpline
from tests.people import Amina
from tests.standins.nlu import NluStandin

HELLO = {
    "en": ("hello is anybody there", "en", "native"),
    "fil": ("kumusta po kayo dyan", "tl", "native"),
    "hi_Latn": ("namaste koi hai kya", "hi", "latin"),
    "ar": ("السلام عليكم كيف الحال", "ar", "native"),
    "sw": ("habari zenu hapo leo", "sw", "native"),
}
QUESTION = {
    "en": "madam not paid me three months",
    "fil": "tatlong buwan na po walang sahod",
    "hi_Latn": "teen mahine se salary nahi mili",
    "ar": "ما اعطوني راتبي ثلاثة شهور",
    "sw": "sijalipwa mshahara miezi mitatu",
}


@pytest.mark.parametrize("locale", HELLO)
async def test_hello_country_question_person(helpline: Helpline, nlu: NluStandin, locale: str) -> None:
    hello, language, script = HELLO[locale]
    heard = {"language": language, "script": script}
    nlu.hears(hello, ("greet", 0.95), **heard)
    nlu.hears(QUESTION[locale], ("wages_unpaid", 0.93), **heard)
    say, amina = helpline.phrases.say, Amina(helpline)

    first = await amina.says(hello)
    assert say("welcome", locale) in first
    assert say("welcome", "en") in first
    assert first.count(say("ask_country", locale)) == 1

    chosen = await amina.presses("country:LB")
    assert helpline.phrases.country("LB", locale) in chosen

    answer = await amina.says(QUESTION[locale])
    written = "hi" if locale == "hi_Latn" else locale  # Hindi in Latin letters is Hindi, romanised
    assert (await amina.last_decision()).response.startswith(f"wages_unpaid/{written}/")
    assert say("other_language", locale, language="English") not in answer
    assert locale != "hi_Latn" or not any("\u0900" <= char <= "\u097f" for char in answer)

    handed_over = await amina.presses("person")
    case = await amina.case()
    assert say("handed_over", locale) in handed_over
    assert case is not None
    assert (case.label, case.destination, case.locale) == ("wages_unpaid", "LB", locale)


async def test_a_question_first_is_answered_in_general_and_the_country_asked_with_it(
    amina: Amina, helpline: Helpline, nlu: NluStandin
) -> None:
    nlu.hears("they keep my passport", ("passport_withheld", 0.9))
    first = await amina.says("they keep my passport")
    assert helpline.phrases.say("welcome", "en") in first
    assert helpline.phrases.say("ask_country", "en") in first
    again = await amina.says("saudi arabia")
    assert "Saudi Arabia" in again
    assert (await amina.last_decision()).response == "passport_withheld/en/SA"


async def test_language_can_be_changed_at_any_time(amina: Amina, helpline: Helpline, nlu: NluStandin) -> None:
    nlu.hears("hello good morning", ("greet", 0.9))
    await amina.says("hello good morning")
    await amina.says("language")
    changed = await amina.presses("lang:sw")
    assert helpline.phrases.say("language_set", "sw", language="Kiswahili") in changed


async def test_the_way_to_another_language_is_shown_in_two_languages(
    amina: Amina, helpline: Helpline, nlu: NluStandin
) -> None:
    nlu.hears("msaada tafadhali jamani", ("help_menu", 0.9), language="sw")
    await amina.says("msaada tafadhali jamani")
    label = next(choice.label for choice in amina.choices if choice.id == "language")
    assert label == f"{helpline.phrases.say('choice.language', 'sw')} / {helpline.phrases.say('choice.language', 'en')}"
