"""Whether an answer helped: her word belongs to the version she read."""

import pytest
from sqlalchemy import select

from bot.app import Helpline
from bot.content.load import read_entries
from bot.store.models import ContentVote
from tests.people import Amina
from tests.standins.nlu import NluStandin

QUESTION = "madam not paid me three months"


async def _votes(helpline: Helpline) -> list[tuple[str, int, bool]]:
    async with helpline.store.read() as session:
        return [
            (vote.name, vote.number, vote.helpful) for vote in (await session.execute(select(ContentVote))).scalars()
        ]


async def _ask(helpline: Helpline, nlu: NluStandin, amina: Amina) -> None:
    nlu.hears(QUESTION, ("wages_unpaid", 0.93))
    await amina.says(QUESTION)
    await amina.says("lebanon")
    await amina.says(QUESTION)


@pytest.mark.parametrize(("choice", "phrase"), [("helped", "vote_yes"), ("not_helped", "vote_no")])
async def test_a_vote_belongs_to_the_version_she_read(
    helpline: Helpline, nlu: NluStandin, amina: Amina, choice: str, phrase: str
) -> None:
    await helpline.keeper.open(
        entry for entry in read_entries() if entry.kind != "answer" or "wages_unpaid" in entry.name
    )
    await _ask(helpline, nlu, amina)
    assert (await amina.last_decision()).response == "wages_unpaid/en/LB@1"
    said = await amina.presses(f"{choice}:wages_unpaid")
    assert helpline.phrases.say(phrase, "en") in said
    assert await _votes(helpline) == [("wages_unpaid/en/LB", 1, choice == "helped")]


async def test_who_says_it_did_not_help_is_one_press_from_a_person(
    helpline: Helpline, nlu: NluStandin, amina: Amina
) -> None:
    await _ask(helpline, nlu, amina)
    await amina.presses("not_helped:wages_unpaid")
    await amina.presses("person")
    assert await amina.case() is not None


async def test_an_answer_that_rests_on_an_expired_fact_is_not_sent(
    helpline: Helpline, nlu: NluStandin, amina: Amina
) -> None:
    helpline.clock.pass_(days=800)  # type: ignore[attr-defined]
    nlu.hears(QUESTION, ("wages_unpaid", 0.93))
    said = await amina.says(QUESTION)
    assert helpline.phrases.say("answer_held", "en") in said
    assert (await amina.last_decision()).response == ""
