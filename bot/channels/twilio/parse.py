"""Twilio's form parameters into events. Pure: the signature was checked before."""

from collections.abc import Mapping

from bot.channels.base import Junk
from bot.messages import Address, ContactStopped, Event, Inbound, Kind, Location, Media, Status, StatusReport

Params = Mapping[str, str]

_STATUSES = {
    "sent": Status.SENT,
    "delivered": Status.DELIVERED,
    "read": Status.READ,
    "undelivered": Status.FAILED,
    "failed": Status.FAILED,
    "canceled": Status.FAILED,
}  # the others (queued, accepted, sending ...) say less than we know already

_KINDS = {"image": Kind.PHOTO, "audio": Kind.VOICE, "video": Kind.VIDEO}
_VCARDS = ("text/vcard", "text/x-vcard", "text/directory")
_MOST_MEDIA = 10  # Twilio's own limit


def list_reports(params: Params) -> list[Event]:
    """Read a status callback; what Twilio names "To" is the worker's address."""
    external_id = _get(params, "MessageSid")
    word = _get(params, "MessageStatus")
    status = _STATUSES.get(word)
    if status is None:
        return []
    error = params.get("ErrorCode", "") or word if status is Status.FAILED else ""
    channel = _split_address(params.get("To", ""))[0]
    return [StatusReport(channel=channel, external_id=external_id, status=status, error_code=error)]


def list_messages(params: Params) -> list[Event]:
    channel, number = _split_address(_get(params, "From"))
    external_id = _get(params, "MessageSid")
    if ":" in number:  # some other channel of Twilio's (messenger:, rcs:) that we could not answer
        return []
    address = Address(channel, number)
    opt_out = params.get("OptOutType", "").upper()
    if opt_out in ("STOP", "START"):
        return [ContactStopped(address=address, stopped=opt_out == "STOP", external_id=external_id)]
    return [_read_message(params, address, external_id)]


def _read_message(params: Params, address: Address, external_id: str) -> Inbound:
    media = _list_media(params)
    location = _find_location(params)
    return Inbound(
        address=address, external_id=external_id, kind=_find_kind(params, address, media, location),
        text=_read_text(params), payload=params.get("ButtonPayload", ""), media=media, location=location,
        display_name=params.get("ProfileName", ""), replies_to=params.get("OriginalRepliedMessageSid", ""),
    )  # fmt: skip


def _find_kind(params: Params, address: Address, media: tuple[Media, ...], location: Location | None) -> Kind:
    if params.get("ButtonPayload"):
        return Kind.BUTTON
    if location:
        return Kind.LOCATION
    if media:
        return _find_media_kind(media[0].mime, address.channel)
    return Kind.TEXT if params.get("Body") else Kind.OTHER


def _find_media_kind(mime: str, channel: str) -> Kind:
    if mime in _VCARDS:
        return Kind.CONTACT
    if mime == "image/webp" and channel == "whatsapp":
        return Kind.STICKER
    return _KINDS.get(mime.partition("/")[0], Kind.DOCUMENT)


def _read_text(params: Params) -> str:
    """Return her words; for a button its label, for a named place its name and address."""
    place = ", ".join(params[name] for name in ("Label", "Address") if params.get(name))
    return params.get("Body") or params.get("ButtonText") or place


def _list_media(params: Params) -> tuple[Media, ...]:
    count = params.get("NumMedia", "0")
    count_known = min(int(count), _MOST_MEDIA) if count.isdecimal() else 0
    urls = ((params.get(f"MediaUrl{n}", ""), params.get(f"MediaContentType{n}", "")) for n in range(count_known))
    return tuple(Media(url, _clean_mime(mime)) for url, mime in urls if url)


def _clean_mime(mime: str) -> str:
    return mime.partition(";")[0].strip().lower() or "application/octet-stream"


def _find_location(params: Params) -> Location | None:
    try:
        place = Location(float(params.get("Latitude", "")), float(params.get("Longitude", "")))
    except ValueError:
        return None
    return place if abs(place.latitude) <= 90 and abs(place.longitude) <= 180 else None


def _split_address(value: str) -> tuple[str, str]:
    """Return our channel's name and the bare number."""
    number = value.strip()
    if number.startswith("whatsapp:"):
        return "whatsapp", number.removeprefix("whatsapp:").strip()
    return "sms", number


def _get(params: Params, name: str) -> str:
    value = params.get(name, "").strip()
    if not value:
        raise Junk(f"expected a Twilio webhook: {name} is missing")
    return value
