"""The rules, in order. Each looks at a turn and returns a decision, or None if it does not apply.

Hits and misses are kept with the message, so that staff see why the bot did what it did.
"""

from collections.abc import Callable

from bot.dialogue import policy, replies, safety
from bot.dialogue.choices import match_choice
from bot.dialogue.decision import Action, CaseChange, Decision, Say, Turn
from bot.messages import Kind

Rule = tuple[str, Callable[[Turn], Decision | None]]


def decide(turn: Turn) -> Decision:
    """Return what to do about this message, with the rule that matched and those that did not."""
    turn = replies.with_language(turn)
    missed: list[str] = []
    for name, check in RULES:
        decision = check(turn)
        if decision is not None:
            return replies.with_welcome(turn, decision).because(name, tuple(missed))
        missed.append(name)
    raise AssertionError("the last rule always matches")


def _under_code(turn: Turn) -> Decision | None:
    return safety.under_code(turn)


def _edit(turn: Turn) -> Decision | None:
    if turn.kind is not Kind.EDIT or turn.understanding.danger:
        return None
    return Decision(action=Action.SILENT, state=turn.state)


def _danger(turn: Turn) -> Decision | None:
    if not turn.understanding.danger:
        return None
    label = next((name for name, _ in turn.understanding.ranking[:2] if name in policy.DANGER), "emergency_now")
    change = CaseChange(reason="danger", urgent=True, label=label)
    if turn.owner == "human":
        return Decision(action=Action.SILENT, state=turn.state, case=change)
    return replies.emergency(turn, change, label)


def _own_data(turn: Turn) -> Decision | None:
    """Her data and our silence are hers to decide, also while a person owns the conversation."""
    question = turn.state.question
    if question is not None and question.about in _OWN_QUESTIONS:
        choice = match_choice(question, turn.text, turn.payload) or _yes_or_no(turn)
        if choice:
            return replies.take_choice(turn, choice)
        if question.about == "code" and turn.kind is Kind.TEXT and (decision := safety.take_code(turn)):
            return decision
    wish = turn.phrases.find_command(turn.text)
    if wish == "delete" and turn.replies_to:
        return safety.remove(turn)
    if wish in _OWN_WORDS:
        return replies.COMMANDS[wish](turn)
    if turn.understanding.confidence >= policy.CERTAIN and turn.understanding.intent in _OWN_DATA:
        return replies.HELPLINE_REPLIES[turn.understanding.intent](turn)
    return None


_OWN_DATA = frozenset({"delete_data", "stop_messages"})
_OWN_QUESTIONS = frozenset({"erase", "safe", "wish", "code"})
_OWN_WORDS = frozenset({"delete", "stop", "clear", "safety", "mydata"})


def _human_owns(turn: Turn) -> Decision | None:
    if turn.owner != "human":
        return None
    return Decision(action=Action.SILENT, state=turn.state)


def _open_question(turn: Turn) -> Decision | None:
    question = turn.state.question
    if question is None:
        return None
    choice = match_choice(question, turn.text, turn.payload)
    return replies.take_choice(turn, choice) if choice else None


def _offer(turn: Turn) -> Decision | None:
    """Yes or no, in any wording, to "a caseworker can, do you want that?"."""
    choice = _yes_or_no(turn)
    return replies.take_choice(turn, choice) if choice else None


def _old_button(turn: Turn) -> Decision | None:
    """A button of an earlier question still means what it says."""
    return replies.take_choice(turn, turn.payload) if turn.payload else None


def _country_answer(turn: Turn) -> Decision | None:
    """She was asked for the country and wrote one, in any spelling NLU knows."""
    question = turn.state.question
    if question is None or question.about != "country":
        return None
    country = replies.mentioned_country(turn)
    if not country or len(turn.text.split()) > 6:
        return None
    return replies.set_country(turn, country)


def _yes_or_no(turn: Turn) -> str:
    """Return the choice of the open question that a yes or no in any wording means."""
    if turn.state.question is None or turn.understanding.confidence < policy.CERTAIN:
        return ""
    intent = turn.understanding.intent
    if turn.state.question.about == "offer":
        return {"affirm": "person", "deny": "menu"}.get(intent, "")
    suffix = {"affirm": ":yes", "deny": ":no"}.get(intent, "?")
    return next((choice.id for choice in turn.state.question.choices if choice.id.endswith(suffix)), "")


def _command(turn: Turn) -> Decision | None:
    """A single word such as "person" or "language" works whatever else fails."""
    wish = turn.phrases.find_command(turn.text)
    return replies.COMMANDS[wish](turn) if wish else None


def _not_text(turn: Turn) -> Decision | None:
    if turn.kind in {Kind.TEXT, Kind.BUTTON, Kind.EDIT}:
        return None
    if turn.text and turn.kind in {Kind.PHOTO, Kind.VIDEO, Kind.DOCUMENT}:
        return None  # a caption is a question like any other
    return replies.kept_file(turn)


def _nothing_to_read(turn: Turn) -> Decision | None:
    if any(char.isalnum() for char in turn.text):
        return None
    return replies.miss(turn, "unreadable")


def _flood(turn: Turn) -> Decision | None:
    """Many messages in a minute, and the menu was sent: all are kept, and we do not answer each."""
    if turn.understanding.state != "flood":
        return None
    return Decision(action=Action.SILENT, state=turn.state)


def _nlu_down(turn: Turn) -> Decision | None:
    if turn.understanding.state == "ok":
        return None
    return replies.menu(turn, "nlu_down")


def _in_emergency(turn: Turn) -> Decision | None:
    """While help is being called, "yes, I am in the bathroom" gets a person's attention and not a menu."""
    at, heard = turn.state.emergency_at, turn.understanding
    if at is None or turn.case_number is None or turn.now - at > policy.EMERGENCY_LASTS:
        return None
    enough = policy.CERTAIN if heard.intent in policy.HELPLINE else _answer_from(turn)
    if heard.confidence >= enough and heard.intent not in policy.SMALL_TALK:
        return None
    return Decision(action=Action.GUIDE, state=turn.state.but(misses=0), says=(Say(phrase="emergency_again"),))


def _helpline(turn: Turn) -> Decision | None:
    """She speaks about the helpline itself: hello, a person, the language, her data ..."""
    intent = turn.understanding.intent
    if intent not in policy.HELPLINE or turn.understanding.confidence < policy.CERTAIN:
        return None
    return replies.HELPLINE_REPLIES[intent](turn)


def _ambiguous(turn: Turn) -> Decision | None:
    ranking = turn.understanding.ranking[:2]
    if len(ranking) < 2 or any(name in policy.HELPLINE for name, _ in ranking):
        return None
    (_, first), (_, second) = ranking
    if first - second >= policy.AMBIGUITY or first + second < _answer_from(turn):
        return None
    return replies.ask_which(turn, tuple(name for name, _ in ranking))


def _answer(turn: Turn) -> Decision | None:
    intent = turn.understanding.intent
    if intent in policy.HELPLINE or turn.understanding.confidence < _answer_from(turn):
        return None
    return replies.answer(turn, intent)


def _answer_from(turn: Turn) -> float:
    return policy.find_answer_threshold(turn.understanding.language, turn.understanding.script)


def _not_understood(turn: Turn) -> Decision | None:
    return replies.miss(turn, "not_understood")


RULES: tuple[Rule, ...] = (
    ("under_code", _under_code),
    ("edit", _edit),
    ("danger", _danger),
    ("own_data", _own_data),
    ("human_owns", _human_owns),
    ("open_question", _open_question),
    ("offer", _offer),
    ("old_button", _old_button),
    ("command", _command),
    ("country_answer", _country_answer),
    ("not_text", _not_text),
    ("in_emergency", _in_emergency),
    ("nothing_to_read", _nothing_to_read),
    ("flood", _flood),
    ("nlu_down", _nlu_down),
    ("helpline", _helpline),
    ("ambiguous", _ambiguous),
    ("answer", _answer),
    ("not_understood", _not_understood),
)
