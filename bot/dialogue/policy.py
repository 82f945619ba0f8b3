"""The policy as data: thresholds, which labels are danger, which countries we have answers for, the menu."""

from datetime import timedelta

# Set on nlu_data/dev (see docs/understanding.md; `helpline nlu test` prints the trade-off): below a language's ANSWER
# we do not answer; when the two best are both possible and closer than AMBIGUITY we ask which; labels of the
# helpline itself need CERTAIN to act.
ANSWER = 0.45
# Where 93 % of the answers to dev sentences are right; never under 0.35, whatever dev says: it flatters.
# Never over 0.65: she would be asked back too often.
ANSWER_BY_SPELLING: dict[str, float] = {
    "am": 0.45, "am-latn": 0.40, "ar": 0.55, "ar-latn": 0.40, "bn": 0.40, "bn-latn": 0.35, "en": 0.40, "fr": 0.45,
    "hi": 0.35, "hi-latn": 0.35, "id": 0.35, "ne": 0.35, "ne-latn": 0.35, "si": 0.35, "si-latn": 0.35, "sw": 0.65,
    "ta": 0.35, "ta-latn": 0.35, "tl": 0.35, "ur": 0.35, "ur-latn": 0.35,
}  # fmt: skip
AMBIGUITY = 0.20
CERTAIN = 0.55

# Above this share of the probability a language guess is followed without asking.
LANGUAGE_SURE = 0.70

# How long the full emergency text is not repeated word for word.
EMERGENCY_AGAIN = timedelta(minutes=10)

# How long after it unclear words are taken as part of the emergency while its case is open.
EMERGENCY_LASTS = timedelta(hours=1)

DANGER = frozenset({
    "self_harm", "emergency_now", "sexual_violence", "physical_violence",
    "trafficking_forced", "confinement", "threats_abuse",
})  # fmt: skip

HELPLINE = frozenset({
    "greet", "thank", "goodbye", "affirm", "deny", "help_menu", "talk_to_human", "change_language",
    "change_country", "case_status", "privacy_trust", "delete_data", "stop_messages", "out_of_scope",
})  # fmt: skip

# Of these, what says nothing by itself: in an emergency it is no reason for small talk.
SMALL_TALK = frozenset({"greet", "thank", "goodbye", "affirm", "deny", "help_menu", "out_of_scope"})

DESTINATIONS = ("SA", "AE", "QA", "KW", "BH", "OM", "LB", "JO")
ORIGINS = ("PH", "ID", "BD", "NP", "LK", "IN", "PK", "ET", "KE", "UG", "GH", "MG", "SL", "VN", "MM", "KH", "NG")

# What most workers write about, offered when we did not understand or cannot classify.
MENU = ("wages_unpaid", "passport_withheld", "return_home", "change_employer", "physical_violence", "fee_legality")


def find_answer_threshold(language: str, script: str) -> float:
    """Return the confidence from which we answer in that language and script."""
    return ANSWER_BY_SPELLING.get(f"{language}-latn" if script == "latin" else language, ANSWER)
