"""The simulator: invented workers whose messages take the whole real way."""

import re

import pytest

from bot.app import Helpline
from bot.config import Settings
from bot.web import build_web
from tests.console.conftest import OURS, Browser
from tests.standins.nlu import NluStandin


@pytest.fixture
async def page(stranger: Browser) -> Browser:
    await stranger.opens("/simulator/")
    return stranger


async def _writes(page: Browser, number: int = 1, **fields: str) -> str:
    await page.posts(f"/simulator/{number}/send", **fields)
    await page.helpline.worker.run_until_idle()
    return await page.opens("/simulator/")


async def test_a_message_is_answered_and_the_answer_says_why(page: Browser, nlu: NluStandin) -> None:
    nlu.hears("salary 4 month", ("wages_unpaid", 0.91))
    text = await _writes(page, text="salary 4 month")
    assert "salary 4 month" in text
    assert "Why: Answered" in text
    assert "Demo Invented workers; nothing here is a real person." in text


async def test_her_words_open_a_case_that_rosa_sees(page: Browser, rosa: Browser) -> None:
    await _writes(page, text="person")
    assert "Asked for a person" in await rosa.opens("/console/")


async def test_a_button_does_what_it_says(page: Browser) -> None:
    await _writes(page, text="menu")
    text = await _writes(page, payload="person")
    assert "Pressed a button Talk to a person" in text
    assert "I am passing you to a caseworker" in text


@pytest.mark.parametrize(
    ("sample", "kept"), [("voice", "voice message"), ("photo", "photo"), ("sticker", "sticker"), ("location", "place")]
)
async def test_samples_are_kept_for_a_person(page: Browser, sample: str, kept: str) -> None:
    assert f"I have kept your {kept}" in await _writes(page, sample=sample)


async def test_each_column_is_another_worker(page: Browser) -> None:
    await _writes(page, 1, text="only in the first")
    assert page.page is not None
    columns = re.split(r'<section class="phone"', page.page.text)[1:]
    assert ["only in the first" in column for column in columns] == [True, False, False, False]


async def test_another_visitor_has_other_workers(page: Browser, ben: Browser) -> None:
    await _writes(page, text="mine alone")
    assert "mine alone" not in await ben.opens("/simulator/")


async def test_starting_afresh_empties_a_chat_and_may_change_the_language(page: Browser) -> None:
    await _writes(page, text="menu")
    await page.posts("/simulator/1/afresh", hint="ar", afresh="1")
    assert "menu" not in page.text.split("Worker 2")[0].replace("Samples", "")
    text = await _writes(page, text="menu")
    assert page.helpline.phrases.say("menu", "ar") in text


async def test_the_language_of_the_app_changes_without_losing_the_chat(page: Browser) -> None:
    await _writes(page, text="menu")
    await page.posts("/simulator/1/afresh", hint="sw", keep="1")
    assert "many ask about these" in page.text.lower()


async def test_a_page_from_elsewhere_cannot_write_as_a_worker(page: Browser) -> None:
    for headers in ({"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://evil.example"}, {}):
        answer = await page.client.post("/simulator/1/send", data={"text": "x"}, headers=headers)
        assert answer.status_code == 403
    fine = await page.client.post("/simulator/1/send", data={"text": "x"}, headers={"Origin": "http://testserver"})
    assert fine.status_code == 200


async def test_an_empty_message_is_nothing(page: Browser) -> None:
    await _writes(page, text="   ")
    assert "Write as a worker would" in page.text


async def test_a_column_that_is_not_there_is_not_found(page: Browser) -> None:
    assert (await page.client.post("/simulator/9/send", data={"text": "x"}, headers=OURS)).status_code == 404


def test_in_production_there_is_no_simulator(helpline: Helpline, settings: Settings) -> None:
    helpline.settings = settings.model_copy(update={"mode": "production"})
    paths = [getattr(route, "path", "") for route in build_web(helpline).routes]
    assert "/console" in paths
    assert "/simulator" not in paths
