"""The shared vocabulary: frozen values that travel between the rooms. No behaviour, no I/O."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import IntEnum, StrEnum


class Kind(StrEnum):
    """What an inbound message is made of."""

    TEXT = "text"
    BUTTON = "button"
    PHOTO = "photo"
    VOICE = "voice"
    VIDEO = "video"
    DOCUMENT = "document"
    STICKER = "sticker"
    LOCATION = "location"
    CONTACT = "contact"
    EDIT = "edit"  # new text of an earlier message; `edits` names it
    OTHER = "other"
    REMOVED = "removed"  # kept of a message that she removed or changed: that there was one


class Status(StrEnum):
    """Delivery status of an outbound message. It only moves forward (see outbox)."""

    QUEUED = "queued"
    SENDING = "sending"  # claimed by a sender
    ERRORED = "errored"  # will be tried again
    AMBIGUOUS = "ambiguous"  # may or may not have reached the provider: never repeated by itself
    SENT = "sent"
    DELIVERED = "delivered"
    READ = "read"
    FAILED = "failed"  # gave up, or the provider refused for good


RATE_LIMITED = "rate_limited"  # the code of a SendError: the provider asked us to wait


class Lane(IntEnum):
    """Who goes first where there is a queue."""

    DANGER = 0  # her message shows signs of danger, or what we answer to it
    REPLY = 1
    BULK = 2  # what we begin


@dataclass(frozen=True, slots=True)
class Address:
    """Where a contact can be reached: a channel name and the provider's identifier on it."""

    channel: str
    identifier: str


@dataclass(frozen=True, slots=True)
class Media:
    """A file at the provider, not yet fetched. `reference` is a file id or URL that only its channel understands."""

    reference: str
    mime: str = "application/octet-stream"
    size: int | None = None  # bytes, where the provider says
    name: str = ""


@dataclass(frozen=True, slots=True)
class Location:
    latitude: float
    longitude: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Inbound:
    """One message from a worker, as a channel parsed it.

    `external_id` is unique within (channel, address). `payload` is the id of a pressed `Choice`.
    """

    address: Address
    external_id: str
    kind: Kind
    text: str = ""
    payload: str = ""
    media: tuple[Media, ...] = ()
    location: Location | None = None
    shared_contact: str = ""  # name and number of a contact she shared, one line
    display_name: str = ""
    language_hint: str = ""  # language of her app, where the provider tells
    sent_at: datetime | None = None
    edits: str = ""  # external id of the message that this one edits
    replies_to: str = ""  # external id of the message that she answers to, where she picked one


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusReport:
    """A provider's word on an earlier outbound message."""

    channel: str
    external_id: str
    status: Status
    error_code: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactStopped:
    """She blocked the bot or opted out at the provider (or, with `stopped` false, came back)."""

    address: Address
    stopped: bool
    external_id: str


Event = Inbound | StatusReport | ContactStopped


@dataclass(frozen=True, slots=True)
class Choice:
    """One answer offered to a question: a button where there are buttons, a numbered line elsewhere."""

    id: str  # at most 64 bytes: Telegram's limit for callback data
    label: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Outbound:
    """One provider message: text within the channel's limits, and choices if the channel has buttons."""

    address: Address
    text: str
    choices: tuple[Choice, ...] = ()
    content_sid: str = ""  # send this approved template instead of the text
    key: str = ""  # idempotency key: the outbox row's id


@dataclass(frozen=True, slots=True)
class SendResult:
    """The provider took the message; `status` is SENT unless the channel knows better."""

    external_id: str
    status: Status = Status.SENT


@dataclass(slots=True)
class SendError(Exception):
    """The provider did not take the message. The code says why; the flags say what to do about it."""

    code: str  # short, stable, safe to show staff: "blocked", "window_closed", "rate_limited", "http_500"
    retryable: bool = False
    contact_stopped: bool = False
    ambiguous: bool = False  # timed out after the request left: it may have been delivered
    retry_after: float | None = None  # seconds, where the provider says

    def __str__(self) -> str:
        return self.code


@dataclass(frozen=True, slots=True)
class Limits:
    """What a channel can carry in one message."""

    text: int  # characters
    buttons: bool
    window: timedelta | None = None  # how long after her last message we may write freely; None: always
    deletes: bool = False  # whether messages can be taken off her phone
    reports: bool = True  # whether the provider tells later what became of a message
    media_bytes: int = 20 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Entity:
    """Something NLU found in the words: kind is country, money, duration ...; value is normalised."""

    kind: str
    value: str
    start: int = 0
    end: int = 0


@dataclass(frozen=True, slots=True)
class Understanding:
    """What NLU made of one text. `state` is "ok" or why there is no classification."""

    ranking: tuple[tuple[str, float], ...] = ()
    entities: tuple[Entity, ...] = ()
    language: str = ""  # ISO 639-1, empty if unsure
    script: str = "native"  # native | latin
    language_confidence: float = 0.0
    danger: bool = False
    danger_signs: tuple[str, ...] = ()  # what raised it: names of lexicon entries or labels, never her words
    state: str = "ok"

    @property
    def intent(self) -> str:
        return self.ranking[0][0] if self.ranking else ""

    @property
    def confidence(self) -> float:
        return self.ranking[0][1] if self.ranking else 0.0

    def find_entity(self, kind: str) -> str:
        """Return the value of the first entity of that kind, or an empty string."""
        return next((e.value for e in self.entities if e.kind == kind), "")


@dataclass(frozen=True, slots=True)
class Attachment:
    """A fetched file."""

    content: bytes = field(repr=False)
    mime: str = "application/octet-stream"
