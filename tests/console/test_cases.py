"""The case list and one case: what a caseworker sees."""

import re

from bot.app import Helpline
from bot.console import changes
from bot.messages import Kind, Location, Media
from tests.console.conftest import Browser, set_locale
from tests.people import Amina, Clock
from tests.standins.nlu import NluStandin


async def test_urgent_cases_come_first_and_say_so_in_words(
    rosa: Browser, amina: Amina, helpline: Helpline, nlu: NluStandin
) -> None:
    nlu.hears("he hit me", ("physical_violence", 0.9), danger=True, danger_signs=["beaten"])
    await amina.says("person")
    await Amina(helpline, "second").says("he hit me")
    text = await rosa.opens("/console/")
    assert text.index("Urgent Signs of danger") < text.index("Asked for a person")
    assert "(1 urgent)" in text


async def test_the_list_shows_how_long_she_has_waited(rosa: Browser, amina: Amina, clock: Clock) -> None:
    await amina.says("person")
    clock.pass_(hours=2)
    assert "Waiting 2 hr" in await rosa.opens("/console/")
    await rosa.opens("/console/cases/1")
    await rosa.posts("/console/cases/1/reply", text="Hello, I am here.")
    text = await rosa.opens("/console/")
    assert "Answered" in text
    assert "You" in text


async def test_each_filter_shows_its_cases(rosa: Browser, amina: Amina, helpline: Helpline) -> None:
    await amina.says("person")
    await Amina(helpline, "second").says("person")
    await rosa.opens("/console/cases/1")
    await rosa.posts("/console/cases/1/take")
    shown = {name: _numbers(rosa, await rosa.opens(f"/console/?show={name}")) for name in ("all", "unassigned", "mine")}
    assert shown == {"all": {1, 2}, "unassigned": {2}, "mine": {1}}
    await rosa.opens("/console/cases/1")
    await rosa.posts("/console/cases/1/close")
    assert _numbers(rosa, await rosa.opens("/console/?show=closed")) == {1}


async def test_nobody_is_shown_by_name_or_address(rosa: Browser, amina: Amina) -> None:
    await amina.says("person", display_name="Amina Real Name")
    for path in ("/console/", "/console/cases/1"):
        text = await rosa.opens(path)
        assert "Contact 1" in text
        assert "Simulator" in text
        assert rosa.page is not None
        assert "Real Name" not in rosa.page.text
        assert "amina" not in rosa.page.text.lower()


async def test_a_case_shows_her_words_the_bots_and_why(rosa: Browser, amina: Amina, nlu: NluStandin) -> None:
    nlu.hears(
        "salary 4 month", ("wages_unpaid", 0.91), ("wages_deduction", 0.04),
        entities=[{"entity": "destination", "value": "SA", "start": 0, "end": 2}],
    )  # fmt: skip
    await amina.says("salary 4 month")
    await amina.says("person")
    text = await rosa.opens("/console/cases/1")
    for part in ("salary 4 month", "one topic is likely enough", "wages_unpaid", "91 %", "destination SA", "Delivered"):
        assert part in text
    assert re.search(r"Did not apply\s+under_code edit danger own_data", text)


async def test_what_she_wrote_is_text_and_never_markup(rosa: Browser, amina: Amina) -> None:
    await amina.says("<script>alert(1)</script> {{ 7 * 7 }}")
    await amina.says("person")
    await rosa.opens("/console/cases/1")
    assert rosa.page is not None
    assert "&lt;script&gt;alert(1)&lt;/script&gt; {{ 7 * 7 }}" in rosa.page.text


async def test_an_edit_points_to_the_message_it_changes(rosa: Browser, amina: Amina) -> None:
    await amina.says("person", external_id="10")
    await amina.says("please come today", Kind.EDIT, edits="10")
    text = await rosa.opens("/console/cases/1")
    assert "She changed an earlier message to: please come today" in text
    assert "changed later" in text
    assert rosa.page is not None
    assert 'href="#m1"' in rosa.page.text


async def test_files_and_places_are_shown_without_asking_anybody_else(rosa: Browser, amina: Amina) -> None:
    await amina.says("person")
    await amina.says(kind=Kind.VOICE, media=(Media("sample:voice", "audio/wav"),))
    await amina.says(kind=Kind.PHOTO, media=(Media("sample:photo", "image/png"),))
    await amina.says(kind=Kind.LOCATION, location=Location(24.7136, 46.6753))
    text = await rosa.opens("/console/cases/1")
    assert rosa.page is not None
    assert '<audio controls preload="none" src="/console/media/1">' in rosa.page.text
    assert "Open the photo" in text
    assert "24.71360, 46.67530" in text
    assert "http" not in re.sub(r"<bdi>.*?</bdi>", "", rosa.page.text.split("<body")[1])


async def test_opening_a_case_is_audited_once_in_five_minutes(rosa: Browser, amina: Amina, clock: Clock) -> None:
    await amina.says("person")
    await rosa.opens("/console/cases/1")
    await rosa.opens("/console/cases/1")
    assert (await rosa.audit()).count("case:read") == 1
    clock.pass_(minutes=6)
    await rosa.opens("/console/cases/1")
    assert (await rosa.audit()).count("case:read") == 2


async def test_an_erased_case_is_an_empty_shell(rosa: Browser, amina: Amina) -> None:
    await amina.says("person")
    await amina.says("delete")
    await amina.presses("erase:yes")
    text = await rosa.opens("/console/cases/1")
    assert "She had everything deleted" in text
    assert "Reply to her" not in text
    assert "Deleted at her wish" in await rosa.opens("/console/?show=closed")


async def test_a_case_that_is_not_there_says_so(rosa: Browser) -> None:
    assert "There is nothing here" in await rosa.opens("/console/cases/99")


async def test_in_arabic_the_page_runs_from_right_to_left(rosa: Browser, amina: Amina, helpline: Helpline) -> None:
    await amina.says("person")
    await set_locale(helpline, "rosa", "ar")
    text = await rosa.opens("/console/cases/1")
    assert rosa.page is not None
    assert '<html lang="ar" dir="rtl">' in rosa.page.text
    assert "استلام الحالة" in text


async def test_the_mark_of_a_case_changes_with_each_new_message(
    rosa: Browser, amina: Amina, helpline: Helpline
) -> None:
    await amina.says("person")
    before = await _mark(rosa)
    assert await _mark(rosa) == before
    await amina.says("are you there")
    assert await _mark(rosa) != before


async def test_events_speak_when_the_mark_changes_and_stop_at_log_out() -> None:
    marks = iter(["one", "one", "two", None])

    async def read() -> str | None:
        return next(marks)

    heard = [event async for event in changes.watch(read, every=0)]
    assert heard == ["data: one\n\n", "data: two\n\n"]


async def test_a_stranger_hears_no_events(stranger: Browser, rosa: Browser, amina: Amina) -> None:
    await amina.says("person")
    for path in ("/console/events", "/console/cases/1/events"):
        answer = await stranger.client.get(path, headers={"Accept": "text/event-stream"})
        assert answer.status_code == 403


async def test_a_case_that_is_not_there_has_no_events(rosa: Browser) -> None:
    assert (await rosa.client.get("/console/cases/99/events")).status_code == 404


async def _mark(browser: Browser) -> str:
    await browser.opens("/console/cases/1")
    assert browser.page is not None
    return browser.page.text.split('data-mark="')[1].split('"')[0]


def _numbers(browser: Browser, _text: str) -> set[int]:
    assert browser.page is not None
    return {int(number) for number in re.findall(r'id="case-(\d+)"', browser.page.text)}
