"""The audit is a chain: whoever changes, removes or slips in an entry breaks it."""

import pytest
from sqlalchemy import text

from bot import audit
from bot.app import Helpline
from tests.people import Clock


async def fill(helpline: Helpline, clock: Clock, count: int = 4) -> None:
    for number in range(count):
        clock.pass_(seconds=1)
        async with helpline.store.write() as session:
            audit.note(session, clock(), "user:1", "case:read", f"case:{number}")
            audit.note(session, clock(), "user:1", "case:replied", f"case:{number}")


async def verdict(helpline: Helpline) -> audit.Verdict:
    async with helpline.store.read() as session:
        return await audit.verify(session)


async def test_an_untouched_chain_holds(helpline: Helpline, clock: Clock) -> None:
    await fill(helpline, clock)
    found = await verdict(helpline)
    assert found.holds
    assert found.count >= 8


@pytest.mark.parametrize(
    "tamper",
    [
        "UPDATE audit SET actor = 'user:2' WHERE id = 3", "UPDATE audit SET detail = 'x' WHERE id = 5",
        "DELETE FROM audit WHERE id = 4", "DELETE FROM audit WHERE id = (SELECT max(id) FROM audit)",
        "UPDATE audit SET at = '2020-01-01 00:00:00' WHERE id = 2",
        "INSERT INTO audit (at, actor, action, subject, detail, link) "
        "SELECT at, 'user:9', action, subject, detail, link FROM audit WHERE id = 2",
        "DELETE FROM audit",
    ],
)  # fmt: skip
async def test_tampering_shows(helpline: Helpline, clock: Clock, tamper: str) -> None:
    await fill(helpline, clock)
    async with helpline.store.write() as session:
        await session.execute(text(tamper))
    assert not (await verdict(helpline)).holds


async def test_what_is_rolled_back_leaves_no_gap(helpline: Helpline, clock: Clock) -> None:
    await fill(helpline, clock, 1)
    async with helpline.store.read() as session:  # never committed
        audit.note(session, clock(), "user:1", "case:read")
        await session.flush()
    await fill(helpline, clock, 1)
    assert (await verdict(helpline)).holds
