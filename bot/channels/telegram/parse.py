"""Telegram updates into events. Pure, and only for private chats: what is said in groups is not for the helpline."""

from dataclasses import fields, is_dataclass, replace
from datetime import UTC, datetime
from typing import Any

import structlog
from telegram import CallbackQuery, Chat, ChatMemberUpdated, InlineKeyboardMarkup, Message, Sticker, Update

from bot.channels.base import Junk
from bot.messages import Address, ContactStopped, Event, Inbound, Kind, Location, Media

log = structlog.get_logger()

ALLOWED_UPDATES = ("message", "edited_message", "callback_query", "my_chat_member")

# First match wins: Telegram repeats an animation as a document and a venue as a location.
_KINDS = {
    "text": Kind.TEXT, "photo": Kind.PHOTO, "voice": Kind.VOICE, "audio": Kind.VOICE, "video": Kind.VIDEO,
    "video_note": Kind.VIDEO, "animation": Kind.VIDEO, "document": Kind.DOCUMENT, "sticker": Kind.STICKER,
    "venue": Kind.LOCATION, "location": Kind.LOCATION, "contact": Kind.CONTACT,
    # she sent something we cannot read: she should hear that, not silence
    "poll": Kind.OTHER, "dice": Kind.OTHER, "story": Kind.OTHER, "game": Kind.OTHER, "checklist": Kind.OTHER,
}  # fmt: skip

_FILES = ("voice", "audio", "video", "video_note", "animation", "document", "sticker")
_MIMES = {"voice": "audio/ogg", "audio": "audio/mpeg", "video": "video/mp4", "video_note": "video/mp4",
          "animation": "video/mp4"}  # fmt: skip

_COMMANDS = ("start", "help", "language", "country", "delete", "stop", "person")
_WITH_OPTION = ("start", "language", "country")  # one word after these is a deep link or an option, not her words


_PLAIN = frozenset(("message_id", "from", "chat", "date", "text", "entities"))
_DATES = range(1_000_000_000, 10_000_000_000)  # Unix seconds that are a time for certain


def find_plain(data: dict[str, Any]) -> Inbound | None:
    """Return a text from a private chat, None for all else and for whatever is not exactly of its kind.

    Nearly every update is one, and the library builds two hundred attributes for it. A test holds the two together.
    """
    message = data.get("message")
    if data.keys() != {"update_id", "message"} or not isinstance(message, dict) or message.keys() - _PLAIN:
        return None
    sender, chat, text = message.get("from"), message.get("chat"), message.get("text")
    if not isinstance(sender, dict) or not isinstance(chat, dict) or chat.get("type") != Chat.PRIVATE:
        return None
    numbers = (data["update_id"], message.get("message_id"), message.get("date"), chat.get("id"), sender.get("id"))
    first, last = sender.get("first_name"), sender.get("last_name", "")
    language = sender.get("language_code", "")
    if not all(type(number) is int for number in numbers) or message["date"] not in _DATES or "is_bot" not in sender:
        return None
    if not all(isinstance(word, str) for word in (text, first, last, language)) or not text:
        return None
    return Inbound(
        address=Address("telegram", str(chat["id"])), external_id=str(message["message_id"]), kind=Kind.TEXT,
        text=_strip_command(text), display_name=f"{first} {last}" if last else str(first), language_hint=language,
        sent_at=datetime.fromtimestamp(message["date"], UTC),
    )  # fmt: skip


def load_update(data: dict[str, Any]) -> Update | None:
    """Return the update, or None where the library cannot read it; raise Junk if it is no update at all."""
    if "update_id" not in data:
        raise Junk("expected a Telegram update: update_id is missing")
    try:
        return Update.de_json(data, None)
    except Exception as error:  # whatever a half-known shape makes the library raise
        log.error("update_unreadable", error=type(error).__name__)
        return None


def list_events(update: Update) -> list[Event]:
    """Return what an update holds; nothing, with a line in the log, where a part of it is not of its kind.

    The library checks no types: what it hands out as a name may be a list.
    """
    try:
        events = _read_update(update)
    except (AttributeError, TypeError, ValueError, KeyError, OverflowError, OSError) as error:
        log.error("update_unreadable", error=type(error).__name__)
        return []
    sound = [event for event in events if _is_sound(event)]
    if len(sound) < len(events):
        log.error("update_unreadable", error="wrong type")
    return sound


def _is_sound(event: Any) -> bool:
    """True if every field that the value calls text, is text; values inside it as well."""
    for field in fields(event):
        value = getattr(event, field.name)
        if field.type == "str" or field.type is str:
            if not isinstance(value, str):
                return False
        elif not all(
            _is_sound(part) for part in (value if isinstance(value, tuple) else (value,)) if is_dataclass(part)
        ):
            return False
    return True


def _read_update(update: Update) -> list[Event]:
    if update.message:
        return _read_message(update.message)
    if update.edited_message:
        return _read_edit(update.edited_message)
    if update.callback_query:
        return _read_callback(update.callback_query)
    if update.my_chat_member:
        return _read_membership(update.my_chat_member, update.update_id)
    return []


def _read_message(message: Message) -> list[Event]:
    inbound = _find_inbound(message)
    return [inbound] if inbound else []


def _read_edit(message: Message) -> list[Event]:
    inbound = _find_inbound(message)
    if inbound is None or not inbound.text:
        return []  # a live location moves every few seconds: its first position was recorded
    edited_at = int((message.edit_date or message.date).timestamp())
    external_id = f"edit:{message.message_id}:{edited_at}"
    return [replace(inbound, kind=Kind.EDIT, external_id=external_id, edits=str(message.message_id))]


def _read_callback(query: CallbackQuery) -> list[Event]:
    if not query.data or (query.message and not _is_private(query.message.chat)):
        return []
    inbound = Inbound(
        address=Address("telegram", str(query.from_user.id)), external_id=f"cb:{query.id}", kind=Kind.BUTTON,
        text=_find_label(query), payload=query.data, display_name=query.from_user.full_name,
        language_hint=_read_language(query.from_user.language_code),
    )  # fmt: skip
    return [inbound]


def _find_label(query: CallbackQuery) -> str:
    """Return the words on the pressed button, for staff: Telegram itself sends only the button's data."""
    markup = query.message.reply_markup if isinstance(query.message, Message) else None
    if not isinstance(markup, InlineKeyboardMarkup):
        return ""
    buttons = (button for row in markup.inline_keyboard for button in row)
    return next((button.text for button in buttons if button.callback_data == query.data), "")


def _read_membership(change: ChatMemberUpdated, update_id: int) -> list[Event]:
    """In a private chat "kicked" means that she blocked the bot, "member" that she came back."""
    status = str(change.new_chat_member.status)
    if not _is_private(change.chat) or status not in ("kicked", "member"):
        return []
    address = Address("telegram", str(change.chat.id))
    return [ContactStopped(address=address, stopped=status == "kicked", external_id=f"member:{update_id}")]


def _find_inbound(message: Message) -> Inbound | None:
    """Return the message as a value; None for groups and for service messages (pinned, timer set ...)."""
    part = next((name for name in _KINDS if getattr(message, name, None)), None)
    sender = message.from_user
    if part is None or sender is None or not _is_private(message.chat):
        return None
    return Inbound(
        address=Address("telegram", str(message.chat.id)), external_id=str(message.message_id), kind=_KINDS[part],
        text=_read_text(message), media=_list_media(message, part), location=_find_location(message),
        shared_contact=_describe_contact(message), display_name=sender.full_name,
        language_hint=_read_language(sender.language_code), sent_at=message.date,
        replies_to=str(message.reply_to_message.message_id) if message.reply_to_message else "",
    )  # fmt: skip


def _read_language(code: Any) -> str:
    return code if isinstance(code, str) else ""


def _is_private(chat: Chat) -> bool:
    return chat.type == Chat.PRIVATE


def _read_text(message: Message) -> str:
    if message.venue:
        return f"{message.venue.title}, {message.venue.address}"
    return _strip_command(message.text or message.caption or "")


def _strip_command(text: str) -> str:
    """Make "/help@our_bot" the bare word "help"; a sentence typed after a command is hers and is kept."""
    first, _, rest = text.partition(" ")
    command = first.removeprefix("/").partition("@")[0].lower()
    if not first.startswith("/") or command not in _COMMANDS:
        return text
    words = rest.split()
    only_option = command in _WITH_OPTION and len(words) == 1
    return command if not words or only_option else f"{command} {rest.strip()}"


def _list_media(message: Message, part: str) -> tuple[Media, ...]:
    if part == "photo":
        largest = max(message.photo, key=lambda size: size.width * size.height)
        return (Media(largest.file_id, "image/jpeg", largest.file_size),)
    if part not in _FILES:
        return ()
    file = getattr(message, part)
    name = getattr(file, "file_name", None) or ""
    return (Media(file.file_id, _find_mime(file, part), file.file_size, name),)


def _find_mime(file: Any, part: str) -> str:
    if isinstance(file, Sticker):
        return "application/x-tgsticker" if file.is_animated else "video/webm" if file.is_video else "image/webp"
    return getattr(file, "mime_type", None) or _MIMES.get(part, "application/octet-stream")


def _find_location(message: Message) -> Location | None:
    place = message.venue.location if message.venue else message.location
    return Location(place.latitude, place.longitude) if place else None


def _describe_contact(message: Message) -> str:
    contact = message.contact
    if contact is None:
        return ""
    return " ".join(part for part in (contact.first_name, contact.last_name, contact.phone_number) if part)
