"""Files that workers sent."""

import pytest

from bot.console.media import harmless_kind
from bot.messages import Kind, Media
from tests.console.conftest import Browser
from tests.people import Amina


@pytest.fixture
async def voice(amina: Amina) -> str:
    await amina.says(kind=Kind.VOICE, media=(Media("sample:voice", "audio/wav"),))
    return "/console/media/1"


async def test_rosa_listens_to_a_voice_message_and_that_is_audited(rosa: Browser, voice: str) -> None:
    answer = await rosa.client.get(voice)
    assert answer.content.startswith(b"RIFF")
    assert answer.headers["content-type"] == "audio/wav"
    assert answer.headers["content-disposition"] == "inline"
    assert answer.headers["cache-control"] == "no-store"
    assert "media:read" in await rosa.audit()


async def test_a_player_gets_the_part_it_asks_for(rosa: Browser, voice: str) -> None:
    answer = await rosa.client.get(voice, headers={"Range": "bytes=4-7"})
    assert (answer.status_code, len(answer.content)) == (206, 4)
    assert answer.headers["content-range"].startswith("bytes 4-7/")


async def test_a_stranger_gets_no_file(stranger: Browser, rosa: Browser, voice: str) -> None:
    assert "Log in" in await stranger.opens(voice)


async def test_a_file_that_is_not_there_is_not_found(rosa: Browser) -> None:
    assert (await rosa.client.get("/console/media/7")).status_code == 404


@pytest.mark.parametrize(
    ("mime", "shown"),
    [
        ("audio/ogg; codecs=opus", "audio/ogg"),
        ("image/jpeg", "image/jpeg"),
        ("image/svg+xml", ""),
        ("text/html", ""),
        ("application/pdf", ""),
        ("audio/x\r\nSet-Cookie: a=b", ""),
    ],
)
def test_only_harmless_kinds_open_in_the_page(mime: str, shown: str) -> None:
    assert harmless_kind(mime) == shown
