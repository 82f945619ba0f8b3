"""Files at Twilio: our credentials go to Twilio and to nobody else."""

import pytest

from bot.channels.twilio.channel import TwilioChannel
from bot.channels.twilio.media import MediaFetcher
from bot.messages import Media, SendError
from tests.standins.twilio import TwilioStandin


async def test_a_file_is_fetched_through_twilios_redirect(twilio: TwilioChannel, twilio_api: TwilioStandin) -> None:
    twilio_api.media["ME1"] = (b"\xff\xd8jpeg", "image/jpeg")
    attachment = await twilio.fetch(Media(twilio_api.media_url("ME1"), "image/png"))
    assert (attachment.content, attachment.mime) == (b"\xff\xd8jpeg", "image/jpeg")


async def test_the_storage_never_sees_the_credentials(twilio: TwilioChannel, twilio_api: TwilioStandin) -> None:
    twilio_api.media["ME1"] = (b"x", "image/jpeg")
    await twilio.fetch(Media(twilio_api.media_url("ME1")))
    first, second = twilio_api.calls
    assert (first.method, "authorization" in first.headers) == ("Media", True)
    assert (second.method, "authorization" in second.headers) == ("Storage", False)


@pytest.mark.parametrize(
    "reference",
    [
        "https://evil.example/2010-04-01/Accounts/x",
        "https://twilio.com.evil.example/x",
        "https://eviltwilio.com/x",
        "http://api.twilio.com/x",  # in the clear
        "https://api.twilio.com@evil.example/x",
        "http://169.254.169.254/latest/meta-data",
        "http://127.0.0.1:9/x",  # the stand-in's host, another port
        "file:///etc/passwd",
        "sample:photo",
        "",
        "http://[",
    ],
)
async def test_an_address_a_stranger_named_is_not_even_asked(twilio: TwilioChannel, reference: str) -> None:
    with pytest.raises(SendError, match="foreign_media_host"):
        await twilio.fetch(Media(reference))


@pytest.mark.parametrize("host", ["twilio.com", "api.twilio.com", "mcs.us1.twilio.com"])
def test_twilios_own_hosts_are_trusted(twilio: TwilioChannel, host: str) -> None:
    fetcher = MediaFetcher(twilio._http.client, "http://127.0.0.1:1", ("sid", "token"))
    assert fetcher._is_twilio(fetcher._base.copy_with(scheme="https", host=host, port=None))


async def test_a_file_over_the_limit_is_dropped(twilio: TwilioChannel, twilio_api: TwilioStandin) -> None:
    twilio_api.media["ME2"] = (bytes(twilio.limits("whatsapp").media_bytes + 1), "video/mp4")
    with pytest.raises(SendError, match="too_large"):
        await twilio.fetch(Media(twilio_api.media_url("ME2")))


async def test_a_file_that_is_gone_is_gone(twilio: TwilioChannel, twilio_api: TwilioStandin) -> None:
    with pytest.raises(SendError, match="media_gone"):
        await twilio.fetch(Media(twilio_api.media_url("ME3")))
