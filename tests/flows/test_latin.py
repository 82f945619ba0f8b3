"""Who writes her language in Latin letters is offered our answers in them: once, and remembered."""

from bot.app import Helpline
from bot.language.romanise import romanise
from tests.people import Amina
from tests.standins.nlu import NluStandin

QUESTION = "amar beton dey na tin mash"


async def _ask(nlu: NluStandin, amina: Amina) -> str:
    lebanon = {"entity": "destination", "value": "LB", "start": 0, "end": 1}
    nlu.hears(QUESTION, ("wages_unpaid", 0.95), language="bn", script="latin", entities=[lebanon])
    return await amina.says(QUESTION)


async def test_offered_once_chosen_and_taken_back(helpline: Helpline, nlu: NluStandin, amina: Amina) -> None:
    await _ask(nlu, amina)
    assert "latin:yes" in [choice.id for choice in amina.choices]
    said = await amina.presses("latin:yes")
    assert said.isascii() or "“" in said
    again = await _ask(nlu, amina)
    assert not any("\u0980" <= char <= "\u09ff" for char in again)
    assert "latin:yes" not in [choice.id for choice in amina.choices]
    await amina.says("language")
    await amina.presses("latin:no")
    await _ask(nlu, amina)
    assert helpline.phrases.say("choice.person", "bn") in [choice.label for choice in amina.choices]


def test_the_vowels_that_letters_imply_are_written() -> None:
    assert romanise("আপনার নিরাপত্তা", "bn") == "apanar nirapatta"
    assert romanise("பாதுகாப்பு", "ta") == "patukappu"
    assert romanise("ඔබේ ආරක්ෂාව", "si") == "obe araksava"
    assert romanise("የደሞዝ MoHRE 2026 {x}", "am").endswith("MoHRE 2026 {x}")
    assert romanise("مرحبا", "ar") == "مرحبا"  # vowels that are not there cannot be put back
