"""After a restart NLU needs some seconds longer than the rest: her question waits for it, danger does not."""

from dataclasses import replace

import pytest

from bot.app import Helpline
from bot.conversation.conduct import NLU_PATIENCE
from tests.people import Amina, Clock
from tests.standins.nlu import NluStandin


@pytest.fixture
def starting(helpline: Helpline, nlu: NluStandin) -> Helpline:
    nlu.broken = True
    helpline.worker.conductor = replace(helpline.worker.conductor, is_nlu_starting=lambda: nlu.broken)
    return helpline


async def test_a_question_is_answered_when_nlu_is_there(starting: Helpline, nlu: NluStandin, clock: Clock) -> None:
    amina = Amina(starting)
    nlu.hears("is it legal", ("fee_legality", 0.9))
    assert await amina.says("is it legal") == ""
    nlu.broken = False
    clock.pass_(seconds=2)
    await amina.reads()
    assert (await amina.last_decision()).rule == "answer"


async def test_danger_does_not_wait(starting: Helpline) -> None:
    amina = Amina(starting)
    assert await amina.says("he is beating me help me now please")
    assert (await amina.last_decision()).rule == "danger"


async def test_patience_ends(starting: Helpline, clock: Clock) -> None:
    amina = Amina(starting)
    await amina.says("is it legal")
    clock.pass_(seconds=NLU_PATIENCE.total_seconds() + 1)
    await amina.reads()
    assert (await amina.last_decision()).rule == "nlu_down"
