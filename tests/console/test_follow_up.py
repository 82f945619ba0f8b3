"""A caseworker's follow-up goes out later, in the morning where she is, and never against her wishes."""

from datetime import UTC, datetime

import pytest

from bot.app import Helpline
from bot.outbox.later import find_time
from bot.store.models import Contact
from bot.wishes import Wishes
from bot.zones import find_zone
from tests.console.conftest import Browser
from tests.people import Amina, Clock


@pytest.fixture
async def case(amina: Amina) -> str:
    await amina.says("person")
    await amina.receives()
    return "/console/cases/1"


def test_tomorrow_morning_is_hers() -> None:
    now = datetime(2026, 11, 23, 22, 30, tzinfo=UTC)  # half past one of the 24th in Riyadh
    assert find_time("tomorrow", now, find_zone("SA")) == datetime(2026, 11, 25, 7, 0, tzinfo=UTC)
    assert find_time("", now, find_zone("SA")) is None


async def test_it_goes_out_when_its_time_comes_and_holds_nobody_up(
    rosa: Browser, amina: Amina, case: str, clock: Clock
) -> None:
    await rosa.opens(case)
    await rosa.posts(f"{case}/reply", text="How are you today?", later="3h")
    assert "It goes out later, as planned." in rosa.text
    assert await amina.receives() == ""
    await rosa.opens(case)
    await rosa.posts(f"{case}/reply", text="I am here now")
    await amina.writes("thank you")
    assert await amina.receives() == "I am here now"
    clock.pass_(hours=4)
    assert await amina.receives() == "How are you today?"


async def test_it_can_be_taken_back(rosa: Browser, amina: Amina, case: str, clock: Clock) -> None:
    await rosa.opens(case)
    await rosa.posts(f"{case}/reply", text="How are you today?", later="3h")
    row = (await amina.outbox())[-1]
    await rosa.posts(f"/console/outbox/{row.id}/cancel")
    clock.pass_(hours=4)
    assert await amina.receives() == ""
    assert (await rosa.posts(f"/console/outbox/{row.id}/cancel")).status_code == 404


async def test_her_safe_hours_are_kept(
    rosa: Browser, amina: Amina, helpline: Helpline, case: str, clock: Clock
) -> None:
    async with helpline.store.write() as session:
        contact = await session.get_one(Contact, 1)
        key = helpline.vault.open_key(contact.sealed_key)
        contact.sealed_wishes = key.seal_fields(Wishes(asked=True, hours="evening").to_fields(), "wishes")
    await rosa.opens(case)
    await rosa.posts(f"{case}/reply", text="How are you today?", later="tomorrow")
    clock.now = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)
    assert await amina.receives() == ""
    clock.now = datetime(2026, 11, 24, 16, 0, tzinfo=UTC)  # seven in the evening in Riyadh
    assert await amina.receives() == "How are you today?"
