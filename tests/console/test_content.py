"""The answers, to read."""

from tests.console.conftest import Browser


async def test_rosa_reads_an_answer_with_its_facts_and_sees_that_it_is_a_draft(rosa: Browser) -> None:
    assert "passport_withheld" in await rosa.opens("/console/answers")
    text = await rosa.opens("/console/answers/passport_withheld")
    assert "Your passport belongs to you." in text
    assert "machine draft, not reviewed" in text
    assert "Saudi Arabia" in text
    assert "SA-passport-01 · as of" in text


async def test_an_answer_that_is_not_there_is_not_found(rosa: Browser) -> None:
    assert "There is nothing here" in await rosa.opens("/console/answers/nothing")
