"""Files that workers sent."""

import io

import pytest
from PIL import Image

from bot.console.media import harmless_kind
from bot.messages import Kind, Media
from bot.privacy.pictures import strip
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


def _photo(kind: str = "JPEG", size: tuple[int, int] = (40, 20)) -> bytes:
    """A photo that says where and with what it was taken, and that it lies on its side."""
    exif = Image.Exif()
    exif[0x010F], exif[0x0112] = "CanaryPhone", 6
    exif.get_ifd(0x8825)[2] = (24.0, 42.0, 0.0)
    out = io.BytesIO()
    Image.new("RGB", size, "red").save(out, kind, exif=exif)
    return out.getvalue()


@pytest.mark.parametrize(("kind", "mime"), [("JPEG", "image/jpeg"), ("PNG", "image/png"), ("WEBP", "image/webp")])
def test_a_photo_is_shown_without_place_and_camera(kind: str, mime: str) -> None:
    assert b"CanaryPhone" in _photo(kind)
    shown = strip(_photo(kind), mime)
    assert shown is not None
    assert b"CanaryPhone" not in shown
    with Image.open(io.BytesIO(shown)) as picture:
        assert not picture.getexif()
        assert picture.size == (20, 40)  # turned as it was meant


def test_what_is_no_picture_or_a_bomb_is_not_shown() -> None:
    assert strip(b"<script>alert(1)</script>", "image/jpeg") is None
    assert strip(_photo()[:100], "image/jpeg") is None
    out = io.BytesIO()
    Image.new("1", (20_000, 20_000)).save(out, "PNG")  # 400 million pixels in a few kilobytes
    assert strip(out.getvalue(), "image/png") is None
