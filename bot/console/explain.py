"""Plain words for what the bot and the channels note in codes. Marked for the catalogues, translated where shown."""

from bot.console.words import N_, Words

CHANNELS = {"telegram": "Telegram", "whatsapp": "WhatsApp", "sms": "SMS", "simulator": N_("Simulator")}

KINDS = {
    "photo": N_("Photo"), "voice": N_("Voice message"), "video": N_("Video"), "document": N_("Document"),
    "sticker": N_("Sticker"), "location": N_("Place"), "contact": N_("Shared contact"), "edit": N_("Edit"),
    "removed": N_("Removed"),
    "button": N_("Pressed a button"), "other": N_("Something else"),
}  # fmt: skip

STATUS = {
    "queued": N_("Waiting to be sent"), "sending": N_("Being sent"), "errored": N_("Not sent yet, trying again"),
    "ambiguous": N_("May or may not have arrived"), "sent": N_("Sent"), "delivered": N_("Delivered"),
    "read": N_("Read"), "failed": N_("Not delivered"),
}  # fmt: skip

ERRORS = {
    "window_closed": N_("WhatsApp lets us write only within 24 hours of her last message. She has to write first."),
    "contact_stopped": N_("She asked us to stop writing, or blocked us. She has to write first."),
    "blocked": N_("She blocked the bot. She has to write first."),
    "opted_out": N_("She opted out of our messages at her provider. She has to write first."),
    "bad_address": N_("The provider says that this number cannot be reached."),
    "no_such_chat": N_("The provider says that this chat does not exist any more."),
    "bad_request": N_("The provider did not accept the message as it is. Tell your administrator."),
    "bad_token": N_("Our own access to the provider does not work. Tell your administrator."),
    "bad_credentials": N_("Our own access to the provider does not work. Tell your administrator."),
    "rate_limited": N_("The provider asked us to slow down."),
    "unreachable": N_("The provider could not be reached."),
    "network": N_("The connection to the provider failed."),
    "timed_out": N_("The provider did not answer in time. If you send it again she may get it twice."),
    "sender_died": N_("Our server stopped while sending. If you send it again she may get it twice."),
    "channel_off": N_("This channel is switched off on our side just now."),
    "unsealable": N_("Her data was erased, so there is no address any more."),
    "connection_lost": N_("The connection broke while sending. If you send it again she may get it twice."),
    "bad_response": N_("The provider's answer made no sense. If you send it again she may get it twice."),
    "no_sender": N_("No sender is set for this channel. Tell your administrator."),
    "unreachable_phone": N_("Her phone could not be reached: switched off, or no network."),
    "refused": N_("The network did not deliver the message and does not say why."),
    "paused": N_("She sent her code word: somebody else may hold her phone. It waits until she sends the word again."),
    "not_safe_now": N_("She said that it is not safe now. It goes out when she writes again."),
    "shared_phone": N_("Others read her phone. She got a plain hello; this goes out when she answers."),
    "only_reply": N_("She wants us to write only after she wrote."),
    "scheduled": N_("It goes out later, as planned."),
    "safe_hours": N_("It waits for the hours that she said are safe."),
    "too_large": N_("The file is larger than we take."),
    "media_gone": N_("The provider does not have this file any more."),
}

HOURS = {
    "morning": N_("mornings, 6 to 12"), "afternoon": N_("afternoons, 12 to 18"), "evening": N_("evenings, 18 to 23"),
}  # fmt: skip

# What Twilio's delivery reports say, where one of ours says the same: https://www.twilio.com/docs/api/errors
_SAME = {
    "63016": "window_closed", "21610": "opted_out", "21211": "bad_address", "21614": "bad_address",
    "63003": "bad_address", "63024": "bad_address", "30003": "unreachable_phone", "30005": "bad_address",
    "30006": "bad_address", "30007": "refused", "30008": "refused", "undelivered": "refused", "failed": "refused",
}  # fmt: skip

STATES = {
    "draft": N_("Draft"), "review": N_("In review"), "published": N_("Published"), "retired": N_("Withdrawn"),
}  # fmt: skip

FIELDS = {
    "short": N_("Short answer"), "steps": N_("Steps, one a line"), "caution": N_("What can go wrong"),
    "offer": N_("What we can do"), "facts": N_("Facts it rests on"), "cards": N_("Kinds of contact cards"),
    "fact": N_("The fact, in our own words"), "who_it_covers": N_("Whom it covers"), "detail": N_("Notes for staff"),
    "topic": N_("Topic"), "source_title": N_("Title of the source"), "source_url": N_("Address of the source"),
    "seen": N_("Seen: pages or recalled"), "as_of": N_("As of (year or year-month)"),
    "confidence": N_("Confidence: high, medium or low"), "valid_from": N_("Valid from (YYYY-MM-DD)"),
    "review_by": N_("Look at it again by (YYYY-MM-DD)"), "name": N_("Name"), "kind": N_("Kind"),
    "origins": N_("For workers from (country codes)"), "topics": N_("Topics"), "languages": N_("Languages"),
    "hours": N_("Opening hours"), "contacts": N_("Ways to reach it, one a line: type | value | source"),
}  # fmt: skip

STUDIO_PROBLEMS = {
    "overtaken": N_(
        "Somebody else saved another version meanwhile. Yours is not lost: it stands below, theirs beside it."
    ),
    "not_draft": N_("Only a draft can be sent to review."),
    "not_in_review": N_("Only what is in review can be published or sent back."),
    "own_text": N_("A second person has to review this: you wrote it yourself."),
    "not_newest": N_("There is a newer version. Look at that one."),
    "safety_first": N_("The safety texts of this language have to be published first:"),
    "unsound": N_("This cannot be published yet:"),
    "never_published": N_("Only a version that was published can be taken back."),
    "no_line": N_("This card has no such line."),
    "wrong_start": N_("The start has to be a date and a time."),
}

ACTIONS = {
    "answer": N_("Answered"), "ask": N_("Asked back"), "guide": N_("Guided"), "escalate": N_("Called a person"),
    "silent": N_("Said nothing"), "stop": N_("Stopped writing to her"), "erase": N_("Deleted her data"),
    "copy": N_("Told her what we know about her"),
    "remove": N_("Removed a message at her wish"),
}  # fmt: skip

LATER = {
    "3h": N_("in 3 hours"), "tomorrow": N_("tomorrow morning, her time"), "3d": N_("in 3 days"), "7d": N_("in a week"),
}  # fmt: skip

RULES = {
    "under_code": N_("her code word: we answer like a wrong number"),
    "edit": N_("she changed an earlier message"),
    "flood": N_("many messages in a minute: the menu was sent once"),
    "danger": N_("signs of danger"),
    "own_data": N_("her own data: delete or stop"),
    "human_owns": N_("a caseworker speaks with her"),
    "open_question": N_("she answered our question"),
    "offer": N_("yes or no to what we offered"),
    "old_button": N_("she pressed an earlier button"),
    "command": N_("a single command word"),
    "country_answer": N_("she named the country we asked for"),
    "not_text": N_("a file, sticker or place"),
    "in_emergency": N_("unclear words while help is being called"),
    "nothing_to_read": N_("no words in it"),
    "nlu_down": N_("whole sentences cannot be read just now"),
    "helpline": N_("about the helpline itself"),
    "ambiguous": N_("two topics are about as likely"),
    "answer": N_("one topic is likely enough"),
    "not_understood": N_("not understood"),
    "fault": N_("our own fault, several times"),
}

REASONS = {
    "danger": N_("Signs of danger"), "asked_for_person": N_("Asked for a person"),
    "not_understood_twice": N_("Not understood twice"), "fault": N_("Our own fault"),
}  # fmt: skip

UNDERSTANDING = {
    "ok": N_("worked"), "unreachable": N_("could not be reached"), "timeout": N_("did not answer in time"),
    "error": N_("failed"), "fault": N_("failed"),
}  # fmt: skip

SIGNS = {
    "weapon": N_("weapon"), "locked_in": N_("locked in"), "no_food": N_("no food"), "rape": N_("rape"),
    "beaten": N_("beaten"), "sold": N_("sold"),
    "held_for_money": N_("held for money"), "self_harm": N_("self-harm"),
    "attack_now": N_("an attack or a call for help"),
    "threat": N_("threats"),
}  # fmt: skip

SCRIPTS = {"native": N_("own script"), "latin": N_("Latin letters")}
ROLES = {"caseworker": N_("Caseworker"), "admin": N_("Administrator")}
RESENDABLE = frozenset({"failed", "ambiguous"})
_TONES = {"failed": "bad", "ambiguous": "bad", "errored": "wait", "queued": "wait", "sending": "wait"}


def name(table: dict[str, str], code: str, words: Words) -> str:
    """Say a code in plain words; an unknown one is shown as it is."""
    return words(table[code]) if code in table else code.replace("_", " ")


def tone(status: str) -> str:
    return _TONES.get(status, "good")


def error(code: str, words: Words) -> str:
    if not code:
        return ""
    code = _SAME.get(code, code)
    return words(ERRORS[code]) if code in ERRORS else words(N_("The provider answered: %(code)s."), code=code)
