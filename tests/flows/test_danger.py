"""Danger first: the emergency text and an urgent case, whatever the classifier thinks."""

import pytest

from bot.app import Helpline
from tests.people import Amina
from tests.standins.nlu import NluStandin

CRIES = {
    "en": "he is beating me help me now please",
    "fil": "binubugbog ako ng amo ko tulong po",
    "hi_Latn": "malik mujhe maar raha hai bachao",
    "ar": "يضربني كل يوم ساعدوني",
    "sw": "bosi ananipiga nisaidieni sasa",
}


@pytest.mark.parametrize("locale", CRIES)
async def test_a_cry_is_heard_without_nlu(helpline: Helpline, nlu: NluStandin, locale: str) -> None:
    nlu.broken = True
    amina = Amina(helpline, language_hint={"fil": "tl", "hi_Latn": "hi"}.get(locale, locale))
    reply = await amina.says(CRIES[locale])
    case = await amina.case()
    assert amina.bubbles[0].text == helpline.phrases.say("emergency", locale)
    assert case is not None
    assert (case.priority, case.reason) == (0, "danger")
    assert helpline.phrases.say("welcome", locale) in reply
    assert (await amina.last_decision()).nlu_state != "ok"


async def test_the_model_alone_raises_the_alarm_too(amina: Amina, nlu: NluStandin) -> None:
    words = "the key is with him since four days i see only the wall"
    nlu.hears(words, ("confinement", 0.8), danger=True)
    await amina.says(words)
    case = await amina.case()
    assert case is not None
    assert (case.priority, case.label) == (0, "confinement")


async def test_danger_in_a_taken_case_makes_it_urgent_and_the_bot_stays_silent(
    amina: Amina, helpline: Helpline, nlu: NluStandin
) -> None:
    await amina.says("person")
    async with helpline.store.write() as session:
        contact = await amina.contact()
        assert contact is not None
        (await session.merge(contact)).owner = "human"
    nlu.hears("now he hits me", ("physical_violence", 0.9), danger=True)
    reply = await amina.says("now he hits me")
    case = await amina.case()
    assert (reply, case and case.priority) == ("", 0)


async def test_self_harm_gets_its_own_gentle_text(amina: Amina, helpline: Helpline, nlu: NluStandin) -> None:
    words = "i do not want to live any more"
    nlu.hears(words, ("self_harm", 0.9), danger=True)
    reply = await amina.says(words)
    assert reply.startswith(helpline.phrases.say("emergency_self_harm", "en"))
