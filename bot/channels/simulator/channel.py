"""The simulator channel: takes everything, delivers nowhere. Its pages read the outbox (see console)."""

import io
import struct
import wave
import zlib

from bot.channels.base import Forged, WebhookRequest
from bot.clock import new_token
from bot.messages import Address, Attachment, Event, Limits, Media, Outbound, SendError, SendResult, Status


class SimulatorChannel:
    names: tuple[str, ...] = ("simulator",)
    webhooks: tuple[str, ...] = ()

    def limits(self, channel: str) -> Limits:
        return Limits(text=4096, buttons=True)

    def secrets(self) -> tuple[str, ...]:
        return ()

    async def parse(self, request: WebhookRequest) -> list[Event]:
        """Nobody may write to the simulator from outside: its own page hands over events in this process."""
        raise Forged

    async def send(self, message: Outbound) -> SendResult:
        return SendResult(new_token(12), Status.DELIVERED)

    async def fetch(self, media: Media) -> Attachment:
        if media.reference == "sample:voice":
            return Attachment(make_voice(), "audio/wav")
        if media.reference == "sample:photo":
            return Attachment(make_photo(), "image/png")
        raise SendError("media_gone")

    async def delete(self, address: Address, external_id: str) -> bool:
        return False  # nothing can be taken back here: she is told how to do it herself

    async def open(self) -> None:
        pass

    async def close(self) -> None:
        pass


def make_voice(seconds: int = 1, rate: int = 8000) -> bytes:
    """Return a WAV file of silence."""
    file = io.BytesIO()
    with wave.open(file, "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(rate)
        sound.writeframes(bytes(2 * rate * seconds))
    return file.getvalue()


def make_photo(size: int = 64) -> bytes:
    """Return a square grey PNG."""
    header = struct.pack(">IIBBBBB", size, size, 8, 0, 0, 0, 0)  # 8 bits of grey, no interlace
    rows = (b"\0" + b"\x9a" * size) * size  # each row begins with its filter: none
    chunks = (_chunk(b"IHDR", header), _chunk(b"IDAT", zlib.compress(rows)), _chunk(b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
