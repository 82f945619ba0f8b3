"""What every channel promises, tried on every channel."""

from collections.abc import AsyncIterator

import pytest

from bot.channels.base import Channel, Forged, WebhookRequest
from bot.channels.registry import Registry, UnknownChannel, build_registry
from bot.config import Settings
from bot.messages import Media, SendError, Status
from tests.channels.kit import SECRET, build_outbound, make_settings
from tests.standins.telegram import TelegramStandin
from tests.standins.twilio import TwilioStandin

NAMES = ["simulator", "telegram", "whatsapp", "sms"]
ADDRESSES = {"simulator": "visitor", "telegram": "7001", "whatsapp": "+971500000001", "sms": "+971500000001"}


@pytest.fixture
async def registry(settings: Settings) -> AsyncIterator[Registry]:
    registry = build_registry(settings)
    await registry.open()
    yield registry
    await registry.close()


@pytest.fixture(params=NAMES)
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def channel(registry: Registry, name: str) -> Channel:
    return registry.get(name)


async def test_it_serves_the_name_it_is_found_by(channel: Channel, name: str) -> None:
    assert name in channel.names


async def test_a_message_is_taken_and_gets_an_id(channel: Channel, name: str) -> None:
    result = await channel.send(build_outbound(name, ADDRESSES[name]))
    assert result.external_id
    assert result.status in (Status.SENT, Status.DELIVERED)


async def test_two_messages_get_two_ids(channel: Channel, name: str) -> None:
    message = build_outbound(name, ADDRESSES[name])
    assert (await channel.send(message)).external_id != (await channel.send(message)).external_id


async def test_a_text_as_long_as_the_limit_is_taken(channel: Channel, name: str) -> None:
    assert await channel.send(build_outbound(name, ADDRESSES[name], "م" * channel.limits(name).text))


async def test_every_webhook_refuses_an_unsigned_request(channel: Channel) -> None:
    for path in channel.webhooks or ("none",):
        with pytest.raises(Forged):
            await channel.parse(WebhookRequest(f"/webhooks/{path}", {}, b"{}"))


async def test_an_unknown_file_is_a_send_error(channel: Channel) -> None:
    with pytest.raises(SendError) as caught:
        await channel.fetch(Media("no-such-reference"))
    assert not caught.value.retryable


async def test_it_can_be_closed_twice_and_opened_again(channel: Channel, name: str) -> None:
    await channel.close()
    await channel.close()
    await channel.open()
    assert await channel.send(build_outbound(name, ADDRESSES[name]))


async def test_webhooks_lead_to_their_channel(registry: Registry) -> None:
    for path, name in (("telegram", "telegram"), ("twilio", "whatsapp"), ("twilio/status", "sms")):
        assert registry.find_by_webhook(path) is registry.get(name)
    assert registry.find_by_webhook("simulator") is None


async def test_an_unknown_channel_is_named(registry: Registry) -> None:
    with pytest.raises(UnknownChannel, match="pigeon"):
        registry.get("pigeon")


async def test_all_secrets_are_known(
    registry: Registry, telegram_api: TelegramStandin, twilio_api: TwilioStandin
) -> None:
    assert set(registry.secrets()) == {telegram_api.token, SECRET, twilio_api.auth_token}


async def test_limits_come_by_name(registry: Registry) -> None:
    limits = {name: (registry.limits(name).text, registry.limits(name).buttons) for name in NAMES}
    assert limits["telegram"] == limits["simulator"] == (4096, True)
    assert limits["whatsapp"] == limits["sms"] == (1600, False)


async def test_production_has_only_the_channels_that_are_set() -> None:
    secrets = {"secret_key": "k" * 32, "seal_keys": "s"}
    bare = build_registry(make_settings(mode="production", **secrets))
    assert bare.all() == ()
    assert build_registry(make_settings()).get("simulator")


@pytest.mark.parametrize(("reference", "start"), [("sample:voice", b"RIFF"), ("sample:photo", b"\x89PNG")])
async def test_the_simulator_has_samples(registry: Registry, reference: str, start: bytes) -> None:
    attachment = await registry.get("simulator").fetch(Media(reference))
    assert attachment.content.startswith(start)
