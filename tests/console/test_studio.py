"""The studio: edit, have reviewed by somebody else, publish, see it arrive, go back."""

from typing import Any

import pytest
from sqlalchemy import select

from bot.app import Helpline
from bot.content.entries import Entry
from bot.content.load import read_entries
from bot.store.models import ContentVersion
from tests.console.conftest import Browser, _join
from tests.people import Clock

NAME = "wages_unpaid/en/*"
TEXT = f"/console/studio/answer/{NAME}"
FIELDS = {
    "short": "Your pay is due.",
    "steps": "Write it down.\nTell us.",
    "caution": "",
    "offer": "",
    "cards": "embassy",
}


@pytest.fixture
async def studio(helpline: Helpline, ada: Browser) -> Browser:
    """Ada before the studio of a helpline whose content is in the database."""
    wanted = {"wages_unpaid/en/*", "wages_unpaid/en/SA"}
    entries = read_entries()
    facts = {id for entry in entries if entry.name in wanted for id in entry.body["facts"]}
    await helpline.keeper.open(entry for entry in entries if entry.name in wanted | facts or entry.kind == "card")
    return ada


@pytest.fixture
async def eve(browsers: Any, helpline: Helpline) -> Browser:
    return await _join(await browsers(), helpline, "eve", "Eve", "admin")


async def _find(helpline: Helpline, name: str = NAME) -> list[tuple[int, str]]:
    async with helpline.store.read() as session:
        query = select(ContentVersion).where(ContentVersion.name == name).order_by(ContentVersion.number)
        return [(row.number, row.state) for row in (await session.execute(query)).scalars()]


async def _save(browser: Browser, base: int = 1, then: str = "review", **fields: str) -> int:
    await browser.opens(TEXT)
    answer = await browser.posts(f"{TEXT}/do/save", base=str(base), then=then, **{"facts": "", **FIELDS, **fields})
    return answer.status_code


async def test_a_caseworker_cannot_open_it(studio: Browser, rosa: Browser) -> None:
    assert "Only administrators can open this page" in await rosa.opens(TEXT)


async def test_what_one_wrote_and_another_reviewed_reaches_workers(
    studio: Browser, eve: Browser, helpline: Helpline
) -> None:
    await _save(studio, short="The new text.")
    assert await _find(helpline) == [(1, "published"), (2, "review")]
    await studio.posts(f"{TEXT}/do/publish", number="2")
    assert "A second person has to review this" in studio.text
    await eve.opens(TEXT)
    await eve.posts(f"{TEXT}/do/publish", number="2")
    assert await _find(helpline) == [(1, "published"), (2, "published")]
    new = helpline.keeper.library.versions["wages_unpaid", "en"][0]
    assert (new.short, new.reviewed_by, new.is_draft) == ("The new text.", "Eve", False)
    noted = [action for action in await eve.audit() if action.startswith("content:")]
    assert noted == ["content:saved", "content:review", "content:published"]


async def test_one_click_goes_back(studio: Browser, eve: Browser, helpline: Helpline) -> None:
    before = helpline.keeper.library.versions["wages_unpaid", "en"]
    await _save(studio, short="A mistake that nobody saw.")
    await eve.opens(TEXT)
    await eve.posts(f"{TEXT}/do/publish", number="2")
    await eve.posts(f"{TEXT}/do/return", number="1")
    after = helpline.keeper.library.versions["wages_unpaid", "en"]
    assert {v.text for v in after} == {v.text for v in before}
    assert await _find(helpline) == [(1, "published"), (2, "published"), (3, "published")]


async def test_two_people_edit_and_nothing_is_lost(studio: Browser, eve: Browser, helpline: Helpline) -> None:
    await studio.opens(TEXT)
    await eve.opens(TEXT)
    await _save(studio, short="Ada was first.", then="draft")
    status = await _save(eve, short="Eve was second.", then="draft")
    assert status == 409
    assert eve.page is not None
    assert "Eve was second." in eve.page.text
    assert "Ada was first." in eve.text
    assert await _find(helpline) == [(1, "published"), (2, "draft")]


async def test_a_planned_text_starts_when_its_time_comes(
    studio: Browser, eve: Browser, helpline: Helpline, clock: Clock
) -> None:
    await _save(studio, short="From Saturday on.")
    await eve.opens(TEXT)
    await eve.posts(f"{TEXT}/do/publish", number="2", starts_at="2026-11-28T00:00")
    shorts = {v.short for v in helpline.keeper.library.versions["wages_unpaid", "en"]}
    assert "From Saturday on." not in shorts
    clock.pass_(days=6)
    await helpline.keeper.refresh()
    assert "From Saturday on." in {v.short for v in helpline.keeper.library.versions["wages_unpaid", "en"]}


@pytest.mark.parametrize(
    ("field", "text", "said"),
    [
        ("short", "Call 0501234567 now.", "looks like a number"),
        ("facts", "SA-nonsense-1", "unknown fact SA-nonsense-1"),
        ("short", "word " * 200, "at most 900"),
    ],
)
async def test_what_has_faults_is_kept_but_not_published(
    studio: Browser, helpline: Helpline, field: str, text: str, said: str
) -> None:
    await _save(studio, **{field: text})
    assert await _find(helpline) == [(1, "published"), (2, "draft")]
    assert said in studio.text
    await studio.posts(f"{TEXT}/do/review", number="2")
    assert "This cannot be published yet" in studio.text


async def test_html_in_a_text_is_text(studio: Browser, helpline: Helpline) -> None:
    await _save(studio, short="<script>alert(1)</script>", then="draft")
    assert studio.page is not None
    assert "<script>alert" not in studio.page.text
    assert "&lt;script&gt;" in studio.page.text


async def test_the_preview_counts_sms_parts(studio: Browser) -> None:
    await studio.opens(TEXT)
    answer = await studio.posts(f"{TEXT}/preview", facts="", **FIELDS)
    assert "SMS parts" in answer.text
    assert "Your pay is due." in answer.text


async def test_a_called_line_is_verified_for_workers(studio: Browser, helpline: Helpline) -> None:
    card = next(card for card in helpline.keeper.library.cards if card.lines)
    await studio.opens(f"/console/studio/card/{card.id}")
    await studio.posts(f"/console/studio/card/{card.id}/do/confirm", number="1", line="0")
    fresh = next(other for other in helpline.keeper.library.cards if other.id == card.id)
    assert (fresh.lines[0].verified_by, fresh.lines[0].verified_on) == ("Ada", helpline.clock().date())
    assert "Call and confirm" in await studio.opens("/console/studio/work")


async def test_a_changed_file_is_a_draft_beside_what_the_studio_published(
    studio: Browser, eve: Browser, helpline: Helpline
) -> None:
    await _save(studio, short="From the studio.")
    await eve.opens(TEXT)
    await eve.posts(f"{TEXT}/do/publish", number="2")
    entry = next(entry for entry in read_entries() if entry.name == NAME)
    changed = Entry(entry.kind, entry.name, {**entry.body, "short": "From the file."})
    entries = [other for other in read_entries() if other.name != NAME]
    await helpline.keeper.open([*entries, changed])
    assert (await _find(helpline))[-1] == (3, "draft")
    assert "From the studio." in {v.short for v in helpline.keeper.library.versions["wages_unpaid", "en"]}
    assert "From the file." in await studio.opens(TEXT)
