"""Organisations are kept apart: by every page, and on PostgreSQL by the database too."""

from typing import Any

import psycopg
import pytest
from sqlalchemy import func, select, update

from bot.app import Helpline
from bot.cases.paging import list_ladder
from bot.store.models import Case, CaseNote, Contact, Message, Organisation, OutboxMessage, User
from tests.conftest import SERVER
from tests.console.conftest import PASSWORD, Browser, create_user
from tests.people import Amina


@pytest.fixture
async def beirut(helpline: Helpline) -> int:
    """An organisation that takes the cases of Lebanon."""
    async with helpline.store.write() as session:
        organisation = Organisation(name="Beirut desk", countries=["LB"], created_at=helpline.clock())
        session.add(organisation)
        await session.flush()
        return organisation.id


@pytest.fixture
async def layla(browsers: Any, helpline: Helpline, beirut: int) -> Browser:
    """A caseworker of the Beirut desk."""
    browser: Browser = await browsers()
    async with helpline.store.write() as session:
        await create_user(session, "layla", "Layla", "caseworker", PASSWORD, helpline.clock(), beirut)
    await browser.logs_in("layla")
    return browser


async def _asks_from(amina: Amina, country: str) -> int:
    await amina.says("hi")
    async with amina.helpline.store.write() as session:
        await session.execute(update(Contact).values(destination=country))
    await amina.presses("person")
    case = await amina.case()
    assert case is not None
    return case.id


async def test_a_case_goes_to_the_organisation_of_her_country(amina: Amina, rosa: Browser, layla: Browser) -> None:
    case = await _asks_from(amina, "LB")
    assert f"Case {case}" in await layla.opens(f"/console/cases/{case}")
    await rosa.opens(f"/console/cases/{case}")
    assert rosa.page
    assert rosa.page.status_code == 404


async def test_other_countries_stay_with_the_first(amina: Amina, rosa: Browser, layla: Browser) -> None:
    case = await _asks_from(amina, "SA")
    await layla.opens(f"/console/cases/{case}")
    assert layla.page
    assert layla.page.status_code == 404
    assert f"Case {case}" in await rosa.opens(f"/console/cases/{case}")


async def test_a_case_moves_while_nobody_has_taken_it(amina: Amina, helpline: Helpline, layla: Browser) -> None:
    case = await _asks_from(amina, "SA")
    async with helpline.store.write() as session:
        await session.execute(update(Contact).values(destination="LB"))
    await amina.says("are you there?")
    assert f"Case {case}" in await layla.opens(f"/console/cases/{case}")
    assert "case:moved" in await layla.audit()


@pytest.mark.parametrize("step", ["take", "reply", "note", "close", "reveal", "seen"])
async def test_nothing_can_be_done_with_a_case_of_others(amina: Amina, layla: Browser, step: str) -> None:
    case = await _asks_from(amina, "SA")
    await layla.opens("/console/account")
    page = await layla.posts(
        f"/console/cases/{case}/{step}", text="hello", token="x" * 20, reason="because I want", password=PASSWORD
    )
    assert page.status_code == 404


async def test_no_query_of_an_organisation_sees_what_is_anothers(amina: Amina, helpline: Helpline, beirut: int) -> None:
    await _asks_from(amina, "SA")
    kinds = (Case, CaseNote, Contact, Message, OutboxMessage, User)
    async with helpline.store.read() as session:
        assert await session.scalar(select(func.count()).select_from(Case)) == 1
    async with helpline.store.of(beirut).write() as session:
        for kind in kinds:
            assert (await session.scalar(select(func.count()).select_from(kind))) == 0
            assert await session.get(kind, 1) is None
            assert (await session.execute(select(func.max(kind.id)))).scalar() is None
        await session.execute(update(Case).values(label="stolen"))
    case = await amina.case()
    assert case is not None
    assert case.label != "stolen"


async def test_where_nobody_is_on_duty_the_first_organisation_is_called(helpline: Helpline, beirut: int) -> None:
    async with helpline.store.write() as session:
        home = await create_user(session, "home", "Home", "caseworker", PASSWORD, helpline.clock())
        desk = await create_user(session, "desk", "Desk", "caseworker", PASSWORD, helpline.clock(), beirut)
        home.duty_rank, home.sealed_page_url = 1, b"x"
        await session.flush()
        assert [user.name for user in await list_ladder(session, beirut)] == ["home"]
        desk.duty_rank, desk.sealed_page_url = 1, b"x"
        await session.flush()
        assert [user.name for user in await list_ladder(session, beirut)] == ["desk"]


async def test_the_first_admin_makes_an_organisation_and_invites_into_it(
    ada: Browser, stranger: Browser, helpline: Helpline
) -> None:
    await ada.opens("/console/users")
    await ada.posts("/console/users/organisations", id="", name="Amman desk", **{"serves-JO": "1"})
    assert "Amman desk · JO" in ada.text
    async with helpline.store.read() as session:
        made = (await session.execute(select(Organisation).where(Organisation.name == "Amman desk"))).scalar_one()
    await ada.posts("/console/users/invite", role="admin", organisation=str(made.id))
    assert ada.page
    link = ada.page.text.split('value="http://')[1].split('"')[0].split("/console")[1]
    await stranger.opens(f"/console{link}")
    await stranger.posts(
        f"/console{link}", name="noor", display_name="Noor", password=PASSWORD, password_again=PASSWORD
    )
    text = await stranger.opens("/console/users")
    assert "Noor" in text
    assert "Ada" not in text
    assert "Amman desk" not in text
    assert (await stranger.posts("/console/users/organisations", id="", name="More")).status_code == 404


@pytest.mark.skipif(not SERVER, reason="needs PostgreSQL: make test-postgres")
async def test_the_database_keeps_them_apart_where_a_query_forgot(amina: Amina, beirut: int, database: str) -> None:
    """Row-level security, asked by plain SQL as a role that is no superuser."""
    await _asks_from(amina, "SA")
    url = database.replace("postgresql+psycopg:", "postgresql:")
    tables = ("cases", "contacts", "messages", "outbox", "decisions")
    with psycopg.connect(url, autocommit=True) as server:
        server.execute("DROP ROLE IF EXISTS helpline_plain")
        server.execute("CREATE ROLE helpline_plain")
        server.execute("GRANT SELECT ON ALL TABLES IN SCHEMA public TO helpline_plain")
        server.execute("SET ROLE helpline_plain")
        counted = {}
        for organisation in ("", "1", str(beirut)):
            server.execute("SELECT set_config('helpline.organisation', %s, false)", (organisation,))
            rows = [server.execute(f"SELECT count(*) FROM {table}").fetchone() for table in tables]
            counted[organisation] = [row[0] for row in rows if row]
        server.execute("RESET ROLE")
        server.execute("DROP OWNED BY helpline_plain")
        server.execute("DROP ROLE helpline_plain")
    assert counted[""] == counted["1"]
    assert all(counted["1"])
    assert counted[str(beirut)] == [0] * len(tables)


@pytest.mark.parametrize("days", ["0", "-1", "4000", "ten", "999999", "\u0663"])
async def test_periods_are_days_or_nothing(ada: Browser, helpline: Helpline, days: str) -> None:
    await ada.opens("/console/users")
    page = await ada.posts("/console/users/organisations", id="1", name="First", **{"keep-files": days})
    assert page.status_code == 422
    assert "Days that her files are kept: a number of days from 1 to 3650" in page.text
    page = await ada.posts(
        "/console/users/organisations", id="1", name="First", **{"keep-files": "7", "keep-words": ""}
    )
    assert page.status_code == 200
    async with helpline.store.read() as session:
        home = await session.get_one(Organisation, 1)
    assert (home.keep_files_days, home.keep_words_days) == (7, None)
    await ada.opens("/console/users")
    assert ada.page
    assert 'value="7"' in ada.page.text
