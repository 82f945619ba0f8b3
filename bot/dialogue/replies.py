"""What the rules reply with: each function turns a turn into one decision."""

from collections.abc import Callable
from dataclasses import replace

from bot.dialogue import policy, safety
from bot.dialogue.decision import Action, CaseChange, Decision, Say, Turn
from bot.dialogue.state import DialogueState, Question
from bot.language import romanise
from bot.language.choose import find_hinted_locale, find_locale
from bot.messages import Choice


def with_language(turn: Turn) -> Turn:
    """Follow the language she writes in, unless she chose one herself; a short word never switches it."""
    state, heard = turn.state, turn.understanding
    if state.locale_chosen:
        return turn
    detected = ""
    if heard.language_confidence >= policy.LANGUAGE_SURE and (not state.locale or len(turn.text.split()) >= 3):
        detected = find_locale(heard.language, heard.script)
    locale = detected or state.locale or find_hinted_locale(turn.language_hint, turn.text, turn.phrases.locales) or "en"
    return replace(turn, state=state.but(locale=locale))


def with_welcome(turn: Turn, decision: Decision) -> Decision:
    """Put the welcome before the first thing we ever say to her, in the guessed language and in English.

    In danger the help comes first and the welcome after it.
    """
    if turn.state.welcomed or not decision.says:
        return decision
    locales = dict.fromkeys((decision.state.locale, "en"))
    welcome = tuple(Say(phrase="welcome", locale=locale) for locale in locales)
    urgent = decision.case is not None and decision.case.urgent
    first = len(decision.says) - (decision.state.question is not None) if urgent else 0  # a question stays last
    says = (*decision.says[:first], *welcome, *decision.says[first:])
    return replace(decision, says=says, state=decision.state.but(welcomed=True))


# --- danger and people


def emergency(turn: Turn, change: CaseChange, label: str) -> Decision:
    """Say the emergency text and the contact cards first, and call a person at once."""
    last = turn.state.emergency_at
    again = last is not None and turn.now - last < policy.EMERGENCY_AGAIN
    state = _with_places(turn).but(question=None, misses=0, last_label=label)
    if again:
        return Decision(action=Action.ESCALATE, state=state, says=(Say(phrase="emergency_again"),), case=change)
    first = "emergency_self_harm" if label == "self_harm" else "emergency"
    says = (Say(phrase=first), Say(label=_danger_answer(turn, label)))
    decision = Decision(action=Action.ESCALATE, state=state.but(emergency_at=turn.now), says=says, case=change)
    if not state.destination:
        return ask_country(turn, decision)
    more = _what_else(turn)
    return decision.ask(Question("next", more)) if label == "self_harm" else safety.ask_safe(turn, decision, more)


def _danger_answer(turn: Turn, label: str) -> str:
    """Return the answer that follows the emergency text: what she asked, if that is clear, else the general one.

    An alarm that was false costs her a text and a case that a person closes; her question is answered all the same.
    """
    intent, confidence = turn.understanding.intent, turn.understanding.confidence
    if intent and intent not in policy.HELPLINE and confidence >= policy.CERTAIN:
        return intent
    return label if label == "self_harm" else "emergency_now"


def _what_else(turn: Turn) -> tuple[Choice, ...]:
    """Her other possible meanings, one press away, in case the alarm was not what she wrote about."""
    labels = [name for name, _ in turn.understanding.ranking[:2] if name not in policy.HELPLINE | policy.DANGER]
    return (*(_choice(turn, f"label:{label}") for label in labels), _choice(turn, "person"))


def person(turn: Turn) -> Decision:
    """Call a person; once, ask when that person may write to her."""
    decision = _escalate(turn, "asked_for_person", "handed_over")
    return decision if turn.state.wishes.asked else safety.ask_when(turn, decision)


def _escalate(turn: Turn, reason: str, phrase: str, label: str = "") -> Decision:
    state = turn.state.but(question=None, misses=0)
    change = CaseChange(reason=reason, label=label or turn.state.last_label)
    return Decision(action=Action.ESCALATE, state=state, says=(Say(phrase=phrase),), case=change)


def miss(turn: Turn, phrase: str) -> Decision:
    """First miss: the menu. Second miss: a person, never a third guess."""
    if turn.state.misses >= 1:
        return _escalate(turn, "not_understood_twice", "handed_over_missed")
    decision = menu(turn, phrase)
    return replace(decision, state=decision.state.but(misses=turn.state.misses + 1))


def kept_file(turn: Turn) -> Decision:
    """A voice note, photo, sticker or place: kept, and a person can listen to it or look at it."""
    choices = (_choice(turn, "person"), _choice(turn, "menu"))
    state = turn.state.but(question=Question("offer", choices))
    variables = {"kind": turn.phrases.say(f"kind.{turn.kind}", turn.state.locale)}
    return Decision(action=Action.GUIDE, state=state, says=(Say(phrase="kept_file", variables=variables),))


# --- answers


def answer(turn: Turn, label: str) -> Decision:
    """Answer for her country; where it is not known, answer in general and ask it with the answer."""
    state = _with_places(turn).but(misses=0, last_label=label, pending_label="", question=None)
    decision = Decision(action=Action.ANSWER, state=state, says=(Say(label=label),))
    if not state.destination and not state.country_asked:
        return ask_country(turn, replace(decision, state=state.but(pending_label=label)))
    return with_latin_offer(turn, decision.ask(_after_answer(turn, label)))


def with_latin_offer(turn: Turn, decision: Decision) -> Decision:
    """Offer our letters as she types them, once, to who writes her language in Latin letters: offered, not forced."""
    state = decision.state
    writes_latin = turn.understanding.script == "latin" and state.locale in romanise.LOCALES
    if not writes_latin or state.latin or state.question is None:
        return decision
    question = replace(state.question, choices=(*state.question.choices, _choice(turn, "latin:yes")))
    return replace(decision, state=state.but(question=question, latin="offered"))


def set_latin(turn: Turn, wish: str) -> Decision:
    """Write in Latin letters from now on, or in her language's own again."""
    state = turn.state.but(latin="yes" if wish == "yes" else "no", question=None)
    return Decision(action=Action.GUIDE, state=state, says=(Say(phrase="latin_set"),))


def _after_answer(turn: Turn, label: str) -> Question:
    """What she may want next; and whether it helped, which goes with the label, as old buttons keep their meaning."""
    votes = (_choice(turn, f"helped:{label}"), _choice(turn, f"not_helped:{label}"))
    return Question("next", (_choice(turn, "person"), _choice(turn, "menu"), *votes))


def take_vote(turn: Turn, label: str, *, helpful: bool) -> Decision:
    """Count her word on the answer; where it did not help, a person is one press away."""
    state = turn.state.but(question=None, misses=0)
    said = Say(phrase="vote_yes" if helpful else "vote_no")
    decision = Decision(action=Action.GUIDE, state=state, says=(said,), vote=(label, helpful))
    return decision if helpful else decision.ask(Question("next", (_choice(turn, "person"), _choice(turn, "menu"))))


def ask_which(turn: Turn, labels: tuple[str, ...]) -> Decision:
    choices = (*(_choice(turn, f"label:{label}") for label in labels), _choice(turn, "none"))
    state = turn.state.but(question=Question("intent", choices))
    return Decision(action=Action.ASK, state=state, says=(Say(phrase="ask_which"),))


def menu(turn: Turn, phrase: str) -> Decision:
    titles = (_choice(turn, f"label:{label}") for label in policy.MENU)
    choices = (*titles, _choice(turn, "person"), _language_choice(turn), _choice(turn, "country"))
    state = turn.state.but(question=Question("menu", choices))
    return Decision(action=Action.ASK, state=state, says=(Say(phrase=phrase),))


def none_of_these(turn: Turn) -> Decision:
    """She said that neither of our guesses is right: that is a miss of ours."""
    return miss(turn, "not_understood")


# --- language and country


def ask_language(turn: Turn) -> Decision:
    choices = tuple(Choice(f"lang:{locale}", turn.phrases.language(locale)) for locale in turn.phrases.locales)
    if turn.state.locale in romanise.LOCALES:
        choices = (_choice(turn, "latin:no" if turn.state.latin == "yes" else "latin:yes"), *choices)
    state = turn.state.but(question=Question("language", choices))
    return Decision(action=Action.ASK, state=state, says=(Say(phrase="ask_language"),))


def set_language(turn: Turn, locale: str) -> Decision:
    if locale not in turn.phrases.locales:
        return ask_language(turn)
    state = turn.state.but(locale=locale, locale_chosen=True, question=None)
    turn = replace(turn, state=state)
    said = Say(phrase="language_set", variables={"language": turn.phrases.language(locale)})
    decision = Decision(action=Action.GUIDE, state=state, says=(said,))
    return decision if state.destination or state.country_asked else ask_country(turn, decision)


def change_language(turn: Turn) -> Decision:
    """ "in swahili please": the language named in her words, else ask."""
    named = turn.understanding.find_entity("language")
    locale = find_locale(named, "native") if named else ""
    return set_language(turn, locale) if locale else ask_language(turn)


def ask_country(turn: Turn, decision: Decision) -> Decision:
    """Ask the country with the last bubble of a decision."""
    locale = decision.state.locale
    choices = [Choice(f"country:{code}", turn.phrases.country(code, locale)) for code in policy.DESTINATIONS]
    choices.append(Choice("country:other", turn.phrases.say("choice.other_country", locale)))
    state = decision.state.but(country_asked=True, question=Question("country", tuple(choices)))
    return replace(decision, says=(*decision.says, Say(phrase="ask_country")), state=state)


def set_country(turn: Turn, code: str) -> Decision:
    """Note the country and, if an answer waited for it, give the answer for that country."""
    label = turn.state.pending_label
    state = turn.state.but(question=None, pending_label="", country_asked=True, misses=0)
    if code == "other":  # she may now write any country's name
        asking = state.but(question=Question("country", (_choice(turn, "person"),)))
        return Decision(action=Action.GUIDE, state=asking, says=(Say(phrase="country_other"),))
    if code in policy.ORIGINS and code not in policy.DESTINATIONS:
        state = state.but(origin=code)
    else:
        state = state.but(destination=code)
    variables = {"country": turn.phrases.country(code, state.locale)}
    known = code in policy.DESTINATIONS or code in policy.ORIGINS
    says = [Say(phrase="country_set" if known else "country_unknown", variables=variables)]
    if label and known:
        says.append(Say(label=label))
    decision = Decision(action=Action.ANSWER if label else Action.GUIDE, state=state, says=tuple(says))
    if known and _in_emergency(turn):
        return safety.ask_safe(replace(turn, state=state), decision, (_choice(turn, "person"),))
    choices = (_choice(turn, "person"), _choice(turn, "menu"))
    return decision.ask(Question("next", choices)) if label or not known else decision


def _in_emergency(turn: Turn) -> bool:
    at = turn.state.emergency_at
    return at is not None and turn.now - at < policy.EMERGENCY_AGAIN and turn.state.last_label != "self_harm"


def change_country(turn: Turn) -> Decision:
    country = mentioned_country(turn)
    if country:
        return set_country(turn, country)
    return ask_country(turn, Decision(action=Action.ASK, state=turn.state))


def mentioned_country(turn: Turn) -> str:
    """Return a country her words name: a destination before an origin before any other."""
    find = turn.understanding.find_entity
    return find("destination") or find("origin") or find("country")


def _with_places(turn: Turn) -> DialogueState:
    """Take the countries that her words name; what they do not name stays as it was."""
    find = turn.understanding.find_entity
    return turn.state.but(
        destination=find("destination") or turn.state.destination, origin=find("origin") or turn.state.origin
    )


# --- the helpline itself


def greet(turn: Turn) -> Decision:
    """Hello: ask the one thing that we need most, the language if it is unsure, else the country."""
    unsure = turn.understanding.language_confidence < policy.LANGUAGE_SURE and not turn.language_hint
    if unsure and not turn.state.locale_chosen and not turn.state.welcomed:
        return ask_language(turn)
    decision = Decision(action=Action.GUIDE, state=turn.state.but(misses=0), says=(Say(phrase="greet"),))
    return decision if turn.state.destination else ask_country(turn, decision)


def _guide(phrase: str) -> Callable[[Turn], Decision]:
    def reply(turn: Turn) -> Decision:
        state = turn.state.but(misses=0, question=None)
        return Decision(action=Action.GUIDE, state=state, says=(Say(phrase=phrase),))

    return reply


def case_status(turn: Turn) -> Decision:
    if turn.case_number is not None:
        said = Say(phrase="case_open", variables={"number": str(turn.case_number)})
        return Decision(action=Action.GUIDE, state=turn.state.but(misses=0), says=(said,))
    state = turn.state.but(question=Question("offer", (_choice(turn, "person"), _choice(turn, "menu"))))
    return Decision(action=Action.GUIDE, state=state, says=(Say(phrase="case_none"),))


def ask_erase(turn: Turn) -> Decision:
    choices = (_choice(turn, "erase:yes"), _choice(turn, "erase:no"))
    state = turn.state.but(question=Question("erase", choices))
    return Decision(action=Action.ASK, state=state, says=(Say(phrase="ask_erase"),))


def erase(turn: Turn) -> Decision:
    return Decision(action=Action.ERASE, state=turn.state.but(question=None), says=(Say(phrase="erased"),))


def stop(turn: Turn) -> Decision:
    return Decision(action=Action.STOP, state=turn.state.but(question=None), says=(Say(phrase="stopped"),))


def privacy(turn: Turn) -> Decision:
    """Who we are and what happens to her words, and what she can do about both."""
    choices = tuple(_choice(turn, id) for id in ("mydata", "wishes", "code", "clear", "delete"))
    state = turn.state.but(question=Question("next", choices), misses=0)
    return Decision(action=Action.GUIDE, state=state, says=(Say(phrase="privacy"), Say(phrase="remove_hint")))


def out_of_scope(turn: Turn) -> Decision:
    choices = (_choice(turn, "menu"), _choice(turn, "person"))
    state = turn.state.but(question=Question("next", choices), misses=0)
    return Decision(action=Action.GUIDE, state=state, says=(Say(phrase="out_of_scope"),))


def help_menu(turn: Turn) -> Decision:
    return menu(turn, "menu")


HELPLINE_REPLIES: dict[str, Callable[[Turn], Decision]] = {
    "greet": greet,
    "thank": _guide("thank"),
    "goodbye": _guide("goodbye"),
    "affirm": help_menu,
    "deny": help_menu,
    "help_menu": help_menu,
    "talk_to_human": person,
    "change_language": change_language,
    "change_country": change_country,
    "case_status": case_status,
    "privacy_trust": privacy,
    "delete_data": ask_erase,
    "stop_messages": stop,
    "out_of_scope": out_of_scope,
}


# --- choices


def _choice(turn: Turn, id: str) -> Choice:
    """Return the choice with its words in her language; `label:x` is named by the label's title."""
    name, _, value = id.partition(":")
    phrase = f"title.{value}" if name == "label" else f"choice.{name if name in _VOTES else id}"
    return Choice(id, turn.phrases.say(phrase, turn.state.locale))


def _language_choice(turn: Turn) -> Choice:
    """The way to another language is shown in two languages: she may be stuck in one she cannot read."""
    locales = dict.fromkeys((turn.state.locale, "en" if turn.state.locale != "en" else "ar"))
    return Choice("language", " / ".join(turn.phrases.say("choice.language", locale) for locale in locales))


def take_choice(turn: Turn, choice: str) -> Decision:
    """Do what a choice says; buttons of earlier questions keep their meaning."""
    name, _, value = choice.partition(":")
    if name in _VOTES:
        return take_vote(turn, value, helpful=_VOTES[name])
    if name in _WITH_VALUE:
        return _WITH_VALUE[name](turn, value)
    return _PLAIN.get(choice, help_menu)(turn)


_VOTES = {"helped": True, "not_helped": False}
_WITH_VALUE: dict[str, Callable[[Turn, str], Decision]] = {
    "lang": set_language,
    "country": set_country,
    "label": answer,
    "latin": set_latin,
    "safe": safety.take_safe,
    "wish": safety.take_wish,
}
_PLAIN: dict[str, Callable[[Turn], Decision]] = {
    "person": person,
    "menu": help_menu,
    "none": none_of_these,
    "language": ask_language,
    "country": change_country,
    "mydata": safety.copy,
    "wishes": safety.ask_when,
    "code": safety.ask_code,
    "clear": safety.clear,
    "delete": ask_erase,
    "erase:yes": erase,
    "erase:no": _guide("not_erased"),
}

# Single command words, see Phrases.find_command.
COMMANDS: dict[str, Callable[[Turn], Decision]] = {
    "person": person,
    "delete": ask_erase,
    "language": ask_language,
    "country": change_country,
    "menu": help_menu,
    "start": greet,
    "stop": stop,
    "clear": safety.clear,
    "safety": safety.ask_when,
    "mydata": safety.copy,
}
