"""Safe with the phone in somebody's hand: is it safe now, her hours, a shared phone, the code word, a clean chat."""

from datetime import UTC, datetime

import pytest

from bot.app import Helpline
from bot.messages import Kind
from bot.outbox.enqueue import Bubble, enqueue
from bot.outbox.hold import PING
from bot.store.models import Contact, OutboxMessage
from bot.store.queries import contacts
from bot.wishes import Wishes, find_next_start
from bot.zones import find_zone
from tests.people import Amina, Clock
from tests.standins.nlu import NluStandin


async def write_to_her(helpline: Helpline, amina: Amina, text: str, name: str = "c1") -> None:
    """Enqueue what a caseworker says, as the console does."""
    async with helpline.store.write() as session:
        contact = await _contact(helpline, amina, session)
        key, limits = helpline.vault.open_key(contact.sealed_key), helpline.registry.limits("simulator")
        await enqueue(session, contact, key, [Bubble(text)], limits, name=name, now=helpline.clock())


async def _contact(helpline: Helpline, amina: Amina, session: object) -> Contact:
    index = helpline.vault.index("simulator", amina.address.identifier)
    contact = await contacts.find_contact(session, "simulator", index)  # type: ignore[arg-type]
    assert contact is not None
    return contact


async def last_row(amina: Amina) -> OutboxMessage:
    return (await amina.outbox())[-1]


async def wish(amina: Amina, *ids: str) -> None:
    await amina.says("safety")
    for id in ids:
        await amina.presses(f"wish:{id}")


async def test_in_danger_she_is_asked_whether_it_is_safe_and_no_makes_us_quiet(
    amina: Amina, helpline: Helpline, nlu: NluStandin, clock: Clock
) -> None:
    nlu.hears("he beats me in riyadh", ("physical_violence", 0.9), danger=True, entities=[["destination", "SA"]])
    said = await amina.says("he beats me in riyadh")
    if any(choice.id == "country:SA" for choice in amina.choices):
        said = await amina.presses("country:SA")
    assert said.endswith(helpline.phrases.say("ask_safe", "en"))
    assert helpline.phrases.say("safe_no", "en") in await amina.presses("safe:no")
    await amina.receives()
    await write_to_her(helpline, amina, "I am Rosa, where are you?")
    assert await amina.receives() == ""
    row = await last_row(amina)
    assert (row.status, row.error, row.attempts) == ("errored", "not_safe_now", 0)
    clock.pass_(hours=2)
    assert await amina.receives() == ""  # however long it takes
    await amina.writes("ok now")
    assert "I am Rosa" in await amina.receives()


async def test_nothing_begins_outside_her_hours(amina: Amina, helpline: Helpline, clock: Clock) -> None:
    await wish(amina, "evening", "own")
    clock.pass_(hours=1)  # 13:00 in Riyadh, an hour after her last word
    await amina.receives()
    await write_to_her(helpline, amina, "Hello from Rosa")
    assert await amina.receives() == ""
    assert (await last_row(amina)).error == "safe_hours"
    clock.pass_(hours=5)  # 18:00
    assert await amina.receives() == "Hello from Rosa"


async def test_who_just_wrote_is_answered_at_any_hour(amina: Amina, helpline: Helpline) -> None:
    await wish(amina, "evening", "own")
    await write_to_her(helpline, amina, "Hello from Rosa")
    assert await amina.reads() == "Hello from Rosa"


async def test_only_after_she_writes(amina: Amina, helpline: Helpline, clock: Clock) -> None:
    await wish(amina, "only_reply", "own")
    clock.pass_(hours=30)
    await amina.receives()
    await write_to_her(helpline, amina, "The office called back")
    assert await amina.receives() == ""
    await amina.writes("hello")
    assert "The office called back" in await amina.receives()


async def test_a_shared_phone_gets_a_hello_that_names_nothing_first(
    amina: Amina, helpline: Helpline, clock: Clock
) -> None:
    await wish(amina, "any", "shared")
    clock.pass_(hours=1)
    await amina.receives()
    await write_to_her(helpline, amina, helpline.phrases.say("neutral_hello", "en"), name=f"{PING}1")
    await write_to_her(helpline, amina, "About your unpaid wages")
    assert await amina.receives() == "Hello, how are you?"
    assert (await last_row(amina)).error == "shared_phone"
    await amina.writes("yes?")
    assert "About your unpaid wages" in await amina.receives()


async def test_in_danger_a_caseworker_may_override(amina: Amina, helpline: Helpline, clock: Clock) -> None:
    await wish(amina, "only_reply", "own")
    clock.pass_(hours=1)
    await amina.receives()
    await write_to_her(helpline, amina, "Police are on the way")
    assert await amina.receives() == ""
    async with helpline.store.write() as session:
        row = await session.get_one(OutboxMessage, (await last_row(amina)).id)
        row.override, row.due_at = True, clock()
    assert await amina.receives() == "Police are on the way"


async def test_the_code_word_makes_us_a_stranger_until_it_comes_again(
    amina: Amina, helpline: Helpline, nlu: NluStandin
) -> None:
    await amina.says("my data")
    await amina.says("safety")
    await amina.presses("wish:any")
    await amina.presses("wish:own")
    await amina.presses("code")
    assert await amina.says("Mango tree") == helpline.phrases.say("code_set", "en")
    stranger = helpline.phrases.say("wrong_number", "en")
    assert await amina.says("mango  TREE!") == stranger
    assert await amina.says("who is this? what helpline?") == stranger
    assert await amina.says("menu") == stranger
    await amina.receives()
    await write_to_her(helpline, amina, "I am Rosa")
    assert await amina.receives() == ""
    nlu.hears("he will kill me", ("physical_violence", 0.9), danger=True)
    await amina.writes("he will kill me")
    assert await amina.receives() == stranger
    case = await amina.case()
    assert case is not None
    assert case.priority == 0  # a person is called all the same
    await amina.writes("mango tree")
    said = await amina.receives()
    assert stranger not in said
    assert "I am Rosa" in said  # what waited
    contact = await amina.contact()
    assert contact is not None
    assert contact.paused_at is None


async def test_a_command_or_a_long_text_is_no_code_word(amina: Amina) -> None:
    for text in ("menu", "delete", "x" * 31, "!!"):
        await amina.says("safety")
        await amina.presses("wish:any")
        await amina.presses("wish:own")
        await amina.presses("code")
        await amina.says(text)
        contact = await amina.contact()
        assert contact is not None
        key = amina.helpline.vault.open_key(contact.sealed_key)
        assert not Wishes.from_fields(key.open_fields(contact.sealed_wishes, "wishes")).code


async def test_where_messages_cannot_be_deleted_she_is_told_how(amina: Amina, helpline: Helpline) -> None:
    assert helpline.phrases.say("clear_yourself", "en") in await amina.says("clear chat")


async def test_her_safety_words_work_while_a_person_has_the_case(amina: Amina, helpline: Helpline) -> None:
    await amina.says("person")
    async with helpline.store.write() as session:
        (await _contact(helpline, amina, session)).owner = "human"
    assert helpline.phrases.say("ask_when", "en") in await amina.says("safety")


async def test_she_is_asked_once_when_a_person_is_called(amina: Amina, helpline: Helpline) -> None:
    assert helpline.phrases.say("ask_when", "en") in await amina.says("person")
    await amina.presses("wish:morning")
    await amina.presses("wish:own")
    assert helpline.phrases.say("ask_when", "en") not in await amina.says("person")


async def test_what_we_know_about_her_is_told_in_her_language(amina: Amina, helpline: Helpline) -> None:
    await amina.says("salaam", display_name="Amina K")
    await amina.says("a photo", Kind.PHOTO)
    said = await amina.says("my data")
    assert "Name in your app: Amina K" in said
    assert "Your messages: 3, since" in said
    assert any(choice.id == "delete" for choice in amina.choices)


@pytest.mark.parametrize(
    ("hours", "country", "at", "start"),
    [
        ("evening", "SA", "2026-11-23T14:59", "2026-11-23T15:00"), ("evening", "SA", "2026-11-23T15:00", None),
        ("evening", "SA", "2026-11-23T20:00", "2026-11-24T15:00"),
        ("morning", "NP", "2026-11-23T00:00", "2026-11-23T00:15"),
        ("morning", "LB", "2026-03-29T00:30", "2026-03-29T03:00"),  # the night the clocks go forward in Beirut
    ],
)  # fmt: skip
def test_hours_are_those_of_her_clock(hours: str, country: str, at: str, start: str | None) -> None:
    now = datetime.fromisoformat(at).replace(tzinfo=UTC)
    wanted = datetime.fromisoformat(start).replace(tzinfo=UTC) if start else now
    assert find_next_start(hours, now, find_zone(country)) == wanted
