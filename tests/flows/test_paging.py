"""An urgent case calls one person after the other until somebody has seen it."""

from collections.abc import Iterator

import pytest
from sqlalchemy import select
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bot.app import Helpline
from bot.cases import life
from bot.cases.paging import is_page_url
from bot.console.accounts import create_user
from bot.store.models import Case, Page, User
from tests.people import Amina, Clock
from tests.standins.nlu import NluStandin
from tests.standins.server import Standin


class Pagers(Standin):
    """Takes Apprise's JSON notifications: /rosa and /ben are two phones; /broken answers 500."""

    def __init__(self) -> None:
        self.rang: list[tuple[str, str]] = []
        super().__init__(Starlette(routes=[Route("/{who}", self._ring, methods=["POST"])]))

    async def _ring(self, request: Request) -> Response:
        who = request.path_params["who"]
        self.rang.append((who, (await request.body()).decode()))
        return Response(status_code=500 if who == "broken" else 200)


@pytest.fixture
def pagers() -> Iterator[Pagers]:
    with Pagers() as standin:
        yield standin


async def put_on_duty(helpline: Helpline, pagers: Pagers, *names: str) -> None:
    async with helpline.store.write() as session:
        for rank, name in enumerate(names, 1):
            user = await create_user(session, name, name.title(), "caseworker", "three long words", helpline.clock())
            url = pagers.url.replace("http://", "json://") + f"/{name}"
            user.duty_rank, user.sealed_page_url = rank, helpline.vault.seal_text(url, "page-url")


async def danger(amina: Amina, nlu: NluStandin, words: str = "he beats me") -> Case:
    nlu.hears(words, ("physical_violence", 0.9), danger=True, danger_signs=["beaten"])
    await amina.says(words)
    case = await amina.case()
    assert case is not None
    return case


async def test_a_page_rings_at_once_then_the_next_person_until_somebody_has_seen_it(
    amina: Amina, helpline: Helpline, nlu: NluStandin, clock: Clock, pagers: Pagers
) -> None:
    await put_on_duty(helpline, pagers, "rosa", "ben")
    case = await danger(amina, nlu)
    assert [who for who, _ in pagers.rang] == ["rosa"]
    clock.pass_(minutes=4)
    await helpline.worker.run_until_idle()
    assert len(pagers.rang) == 1
    clock.pass_(minutes=1)
    await helpline.worker.run_until_idle()
    clock.pass_(minutes=5)
    await helpline.worker.run_until_idle()
    assert [who for who, _ in pagers.rang] == ["rosa", "ben", "rosa"]
    async with helpline.store.write() as session:
        user = (await session.execute(select(User).where(User.name == "ben"))).scalar_one()
        life.acknowledge(session, await session.get_one(Case, case.id), user, clock())
    clock.pass_(hours=3)
    await helpline.worker.run_until_idle()
    assert len(pagers.rang) == 3
    async with helpline.store.read() as session:
        pages = (await session.execute(select(Page).order_by(Page.id))).scalars().all()
    assert [(page.sent, page.error) for page in pages] == [(True, "")] * 3


async def test_a_page_says_nothing_about_her(amina: Amina, helpline: Helpline, nlu: NluStandin, pagers: Pagers) -> None:
    await put_on_duty(helpline, pagers, "rosa")
    case = await danger(amina, nlu, "canary he beats me in riyadh")
    ((_, body),) = pagers.rang
    assert f"/console/cases/{case.id}" in body
    assert not any(word in body for word in ("canary", "beats", "amina", "Saudi", "SA"))


async def test_a_call_that_fails_is_noted_and_the_next_person_is_called(
    amina: Amina, helpline: Helpline, nlu: NluStandin, clock: Clock, pagers: Pagers
) -> None:
    await put_on_duty(helpline, pagers, "broken", "ben")
    await danger(amina, nlu)
    clock.pass_(minutes=5)
    await helpline.worker.run_until_idle()
    async with helpline.store.read() as session:
        pages = (await session.execute(select(Page).order_by(Page.id))).scalars().all()
    assert [(page.sent, page.error) for page in pages] == [(False, "not_sent"), (True, "")]


async def test_nobody_on_duty_is_visible_and_asked_again(
    amina: Amina, helpline: Helpline, nlu: NluStandin, clock: Clock, pagers: Pagers
) -> None:
    case = await danger(amina, nlu)
    async with helpline.store.read() as session:
        (page,) = (await session.execute(select(Page))).scalars().all()
    assert (page.case_id, page.user_id, page.error) == (case.id, None, "nobody_on_duty")
    await put_on_duty(helpline, pagers, "rosa")
    clock.pass_(minutes=5)
    await helpline.worker.run_until_idle()
    assert [who for who, _ in pagers.rang] == ["rosa"]


async def test_a_case_that_is_not_urgent_pages_nobody(amina: Amina, helpline: Helpline, pagers: Pagers) -> None:
    await put_on_duty(helpline, pagers, "rosa")
    await amina.says("person")
    assert pagers.rang == []


async def test_danger_again_after_an_hour_calls_again_if_nobody_took_the_case(
    amina: Amina, helpline: Helpline, nlu: NluStandin, clock: Clock, pagers: Pagers
) -> None:
    await put_on_duty(helpline, pagers, "rosa")
    case = await danger(amina, nlu)
    async with helpline.store.write() as session:
        user = (await session.execute(select(User))).scalar_one()
        life.acknowledge(session, await session.get_one(Case, case.id), user, clock())
    clock.pass_(minutes=30)
    await danger(amina, nlu)
    assert len(pagers.rang) == 1
    clock.pass_(minutes=31)
    await danger(amina, nlu)
    assert len(pagers.rang) == 2


def test_an_address_that_cannot_be_paged_is_known() -> None:
    assert is_page_url("json://127.0.0.1:9/x")
    assert not is_page_url("call me")
    assert not is_page_url("")
