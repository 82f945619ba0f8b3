"""Her safety with the phone in hand: is it safe now, when and how we may write, her code word, a clean chat."""

from bot.dialogue.decision import Action, CaseChange, Decision, Say, Turn
from bot.dialogue.state import Question
from bot.messages import Choice
from bot.wishes import HOURS

MAX_CODE = 30  # characters
_WHEN = ("any", *HOURS, "only_reply")


def choice(turn: Turn, id: str) -> Choice:
    return Choice(id, turn.phrases.say(f"choice.{id}", turn.state.locale))


# --- in danger: is it safe to write?


def ask_safe(turn: Turn, decision: Decision, more: tuple[Choice, ...] = ()) -> Decision:
    """Ask with the emergency text whether she can write: two taps that decide how loud we may be."""
    choices = (choice(turn, "safe:yes"), choice(turn, "safe:no"), *more)
    says = (*decision.says, Say(phrase="ask_safe"))
    state = decision.state.but(question=Question("safe", choices))
    return Decision(action=decision.action, state=state, says=says, case=decision.case)


def take_safe(turn: Turn, answer: str) -> Decision:
    if answer == "no":
        state = turn.state.but(question=None, misses=0)
        return Decision(action=Action.GUIDE, state=state, says=(Say(phrase="safe_no"),), quiet=True)
    question = Question("next", (Choice("person", turn.phrases.say("choice.person", turn.state.locale)),))
    state = turn.state.but(question=question, misses=0)
    return Decision(action=Action.GUIDE, state=state, says=(Say(phrase="safe_yes"),))


# --- wishes


def ask_when(turn: Turn, decision: Decision | None = None) -> Decision:
    """Ask when it is safe to write to her; with a decision, after what that says."""
    base = decision or Decision(action=Action.ASK, state=turn.state)
    choices = tuple(choice(turn, f"wish:{name}") for name in _WHEN)
    wishes = base.state.wishes.but(asked=True)
    state = base.state.but(wishes=wishes, question=Question("wish", choices), misses=0)
    return Decision(action=base.action, state=state, says=(*base.says, Say(phrase="ask_when")), case=base.case)


def take_wish(turn: Turn, wish: str) -> Decision:
    """Note when we may write, then ask whether others read this phone."""
    wishes = turn.state.wishes
    if wish in _WHEN:
        wishes = wishes.but(asked=True, hours=wish if wish in HOURS else "", only_reply=wish == "only_reply")
        choices = tuple(choice(turn, f"wish:{name}") for name in ("shared", "own"))
        state = turn.state.but(wishes=wishes, question=Question("wish", choices), misses=0)
        return Decision(action=Action.ASK, state=state, says=(Say(phrase="ask_shared"),))
    wishes = wishes.but(asked=True, shared=wish == "shared")
    choices = tuple(choice(turn, id) for id in ("code", "clear", "menu"))
    state = turn.state.but(wishes=wishes, question=Question("next", choices), misses=0)
    phrase = "wishes_shared" if wishes.shared else "wishes_set"
    return Decision(action=Action.GUIDE, state=state, says=(Say(phrase=phrase),))


# --- the code word


def ask_code(turn: Turn) -> Decision:
    state = turn.state.but(question=Question("code", (choice(turn, "menu"),)), misses=0)
    return Decision(action=Action.ASK, state=state, says=(Say(phrase="ask_code"),))


def take_code(turn: Turn) -> Decision | None:
    """Her next words are the code, if they are short and mean nothing to us already."""
    code = fold_code(turn.text)
    if not code or len(turn.text) > MAX_CODE or turn.phrases.find_command(turn.text):
        return None
    state = turn.state.but(wishes=turn.state.wishes.but(asked=True, code=code), question=None, misses=0)
    return Decision(action=Action.GUIDE, state=state, says=(Say(phrase="code_set"),))


def under_code(turn: Turn) -> Decision | None:
    """Answer like a stranger while her code word holds; the word itself begins and ends that.

    Danger is still danger: a person is called, but nothing we say shows it.
    """
    said = bool(turn.state.wishes.code) and fold_code(turn.text) == turn.state.wishes.code
    if not said and not turn.paused:
        return None
    case = CaseChange(reason="danger", urgent=True) if turn.understanding.danger and not said else None
    if said and turn.paused:
        return Decision(
            action=Action.GUIDE, state=turn.state.but(question=None), says=(Say(phrase="greet"),), pause=False
        )
    says = (Say(phrase="wrong_number"),)
    return Decision(
        action=Action.GUIDE, state=turn.state.but(question=None), says=says, case=case, pause=True if said else None
    )


def fold_code(text: str) -> str:
    return " ".join("".join(char for char in text.casefold() if char.isalnum() or char.isspace()).split())


# --- the chat on her phone


def clear(turn: Turn) -> Decision:
    """Take our messages off her phone, or say how she can."""
    state = turn.state.but(question=None, misses=0)
    phrase = "cleared" if turn.can_clear else "clear_yourself"
    return Decision(action=Action.GUIDE, state=state, says=(Say(phrase=phrase),), clear=turn.can_clear)


def remove(turn: Turn) -> Decision:
    """Take the message that she answers to out of our records, and off her phone where the channel lets us."""
    state = turn.state.but(question=None, misses=0)
    phrase = "message_removed" if turn.can_clear else "message_removed_here"
    return Decision(action=Action.REMOVE, state=state, says=(Say(phrase=phrase),), removes=turn.replies_to)


def copy(turn: Turn) -> Decision:
    """Tell her what we know about her; the figures come from where the rows are."""
    question = Question("next", tuple(choice(turn, id) for id in ("delete", "menu")))
    state = turn.state.but(question=question, misses=0)
    return Decision(action=Action.COPY, state=state, says=(Say(phrase="my_data"),))
