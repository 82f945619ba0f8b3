"""Floods and repeats: everything is recorded, one menu is sent, danger still calls a person, others do not wait."""

from sqlalchemy import func, select

from bot.app import Helpline
from bot.nlu.limit import Limiter
from bot.store.models import Message
from tests.people import START, Amina, Clock
from tests.standins.nlu import NluStandin


async def test_a_flood_is_kept_and_answered_once(amina: Amina, helpline: Helpline, nlu: NluStandin) -> None:
    for number in range(60):
        await amina.writes(f"hello {number}")
    await amina.reads()
    menus = [bubble for bubble in amina.bubbles if helpline.phrases.say("nlu_down", "en") in bubble.text]
    assert len(menus) == 1
    async with helpline.store.read() as session:
        assert (await session.execute(select(func.count(Message.id)))).scalar_one() == 60


async def test_danger_in_a_flood_still_calls_a_person(amina: Amina, helpline: Helpline) -> None:
    for number in range(40):
        await amina.writes(f"hello {number}")
    await amina.writes("he will kill me with a knife")  # the lexicon reads it: NLU is not asked any more
    await amina.reads()
    case = await amina.case()
    assert case is not None
    assert case.priority == 0


async def test_after_a_minute_she_is_read_again(
    amina: Amina, helpline: Helpline, nlu: NluStandin, clock: Clock
) -> None:
    for number in range(40):
        await amina.writes(f"hello {number}")
    await amina.reads()
    clock.pass_(minutes=1)
    nlu.hears("my salary", ("wages_unpaid", 0.9))
    await amina.says("my salary")
    assert (await amina.last_decision()).rule == "answer"


async def test_a_flood_of_one_does_not_take_the_share_of_others() -> None:
    limiter = Limiter(each=5, together=20)
    assert [limiter.check(1, START) for _ in range(8)] == ["ok"] * 5 + ["limited", "flood", "flood"]
    assert [limiter.check(contact, START) for contact in range(2, 5) for _ in range(5)] == ["ok"] * 15
    assert limiter.check(9, START) == "limited"  # all together had their share


async def test_a_crowd_of_new_contacts_is_remembered_only_so_long(clock: Clock) -> None:
    limiter = Limiter(each=5, together=1_000_000)
    for contact in range(7_000):
        clock.pass_(seconds=1)
        limiter.check(contact, clock())
    assert len(limiter._seen) <= 5_001
