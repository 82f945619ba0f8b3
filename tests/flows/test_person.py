"""A person owns the conversation; then the bot takes it up again."""

from bot.app import Helpline
from bot.cases import life
from bot.store.models import Contact, User
from bot.store.queries import cases
from tests.people import START, Amina
from tests.standins.nlu import NluStandin


async def make_rosa(helpline: Helpline) -> User:
    async with helpline.store.write() as session:
        rosa = User(name="rosa", display_name="Rosa", role="caseworker", password_hash="-", created_at=START)
        session.add(rosa)
    return rosa


async def test_while_a_person_owns_the_conversation_the_bot_is_silent(
    amina: Amina, helpline: Helpline, nlu: NluStandin
) -> None:
    nlu.hears("how much should i earn", ("wages_minimum", 0.9))
    await amina.says("person")
    rosa, case = await make_rosa(helpline), await amina.case()
    assert case is not None
    async with helpline.store.write() as session:
        fresh = await cases.get_case(session, case.id)
        life.take(session, fresh, await session.get_one(Contact, case.contact_id), rosa, START)
    assert await amina.says("how much should i earn") == ""
    async with helpline.store.write() as session:
        fresh = await cases.get_case(session, case.id)
        life.close(session, fresh, await session.get_one(Contact, case.contact_id), rosa, START)
    assert await amina.says("how much should i earn")


async def test_an_open_case_nobody_took_does_not_silence_the_bot(amina: Amina, nlu: NluStandin) -> None:
    nlu.hears("how much should i earn", ("wages_minimum", 0.9))
    await amina.says("person")
    assert await amina.says("how much should i earn")
    case = await amina.case()
    assert case is not None
    assert case.waiting_since == START


async def test_two_quick_messages_open_one_case(amina: Amina, helpline: Helpline) -> None:
    await amina.writes("person")
    await amina.writes("caseworker")
    await helpline.worker.run_until_idle()
    async with helpline.store.read() as session:
        assert len(await cases.list_open_cases(session)) == 1
