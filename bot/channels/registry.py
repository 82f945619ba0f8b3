"""Which channels this helpline has, by name and by webhook. A new channel is one more line in build_registry."""

from collections.abc import Sequence

from bot.channels.base import Channel
from bot.channels.simulator.channel import SimulatorChannel
from bot.channels.telegram.channel import TelegramChannel
from bot.channels.twilio.channel import TwilioChannel
from bot.config import Settings
from bot.messages import Limits


class UnknownChannel(KeyError):
    """No channel of that name is configured."""


class Registry:
    def __init__(self, channels: Sequence[Channel]) -> None:
        self._channels = tuple(channels)
        self._by_name = {name: channel for channel in channels for name in channel.names}
        self._by_webhook = {path: channel for channel in channels for path in channel.webhooks}

    def get(self, channel_name: str) -> Channel:
        try:
            return self._by_name[channel_name]
        except KeyError:
            raise UnknownChannel(channel_name) from None

    def find_by_webhook(self, path: str) -> Channel | None:
        """`path` is what follows /webhooks/."""
        return self._by_webhook.get(path)

    def limits(self, channel_name: str) -> Limits:
        return self.get(channel_name).limits(channel_name)

    def all(self) -> tuple[Channel, ...]:
        return self._channels

    def secrets(self) -> tuple[str, ...]:
        """Return what must never show in a log or on a page."""
        return tuple(secret for channel in self._channels for secret in channel.secrets())

    async def open(self) -> None:
        for channel in self._channels:
            await channel.open()

    async def close(self) -> None:
        for channel in reversed(self._channels):
            await channel.close()


def build_registry(settings: Settings) -> Registry:
    channels: list[Channel] = []
    if settings.demo:
        channels.append(SimulatorChannel())
    if settings.telegram_token.get_secret_value():
        channels.append(TelegramChannel(settings))
    if settings.twilio_account_sid:
        channels.append(TwilioChannel(settings))
    return Registry(channels)
