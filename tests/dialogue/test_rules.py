"""The rules as a table: a turn goes in, an action and the rule's name come out."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.content.phrases import load_catalogue
from bot.dialogue import policy, replies
from bot.dialogue.decision import Action, Turn
from bot.dialogue.rules import decide
from bot.dialogue.state import DialogueState, Question
from bot.messages import Choice, Entity, Kind, Understanding
from bot.taxonomy import list_content_labels, list_labels
from tests.people import START

PHRASES = load_catalogue()


def heard(*ranking: tuple[str, float], **more: object) -> Understanding:
    defaults = {"language": "en", "language_confidence": 0.95}
    return Understanding(ranking=ranking, **{**defaults, **more})  # type: ignore[arg-type]


def turn(understanding: Understanding, text: str = "some words here", **more: object) -> Turn:
    state = more.pop("state", DialogueState(welcomed=True, locale="en", destination="SA"))
    fields = {"state": state, "kind": Kind.TEXT, "text": text, "now": START, "phrases": PHRASES, **more}
    return Turn(understanding=understanding, **fields)  # type: ignore[arg-type]


SURE = heard(("wages_unpaid", 0.9), ("wages_deduction", 0.05))
CLOSE = heard(("wages_unpaid", 0.45), ("wages_deduction", 0.40))
UNSURE = heard(("wages_unpaid", 0.12), ("hazards", 0.10))
DANGER = heard(("physical_violence", 0.8), ("threats_abuse", 0.1), danger=True, danger_signs=("beaten",))


@pytest.mark.parametrize(
    ("given", "action", "rule"),
    [
        (turn(SURE), Action.ANSWER, "answer"),
        (turn(CLOSE), Action.ASK, "ambiguous"),
        (turn(UNSURE), Action.ASK, "not_understood"),
        (turn(DANGER), Action.ESCALATE, "danger"),
        (turn(heard(state="timeout", danger=True)), Action.ESCALATE, "danger"),
        (turn(heard(state="timeout")), Action.ASK, "nlu_down"),
        (turn(SURE, owner="human"), Action.SILENT, "human_owns"),
        (turn(DANGER, owner="human"), Action.SILENT, "danger"),
        (turn(heard(("talk_to_human", 0.8))), Action.ESCALATE, "helpline"),
        (turn(heard(), "Person!"), Action.ESCALATE, "command"),
        (turn(heard(), "delete", owner="human"), Action.ASK, "own_data"),
        (turn(heard(("delete_data", 0.9))), Action.ASK, "own_data"),
        (turn(heard(("stop_messages", 0.9))), Action.STOP, "own_data"),
        (turn(heard(), "", kind=Kind.VOICE), Action.GUIDE, "not_text"),
        (turn(heard(), "", kind=Kind.STICKER), Action.GUIDE, "not_text"),
        (turn(SURE, "my pay", kind=Kind.PHOTO), Action.ANSWER, "answer"),
        (turn(heard(), "😭😭"), Action.ASK, "nothing_to_read"),
        (turn(heard(), ""), Action.ASK, "nothing_to_read"),
        (turn(SURE, kind=Kind.EDIT), Action.SILENT, "edit"),
        (turn(DANGER, kind=Kind.EDIT), Action.ESCALATE, "danger"),
        (turn(heard(("out_of_scope", 0.9))), Action.GUIDE, "helpline"),
        (turn(heard(), "x", kind=Kind.BUTTON, payload="person"), Action.ESCALATE, "old_button"),
    ],
)
def test_a_turn_is_decided(given: Turn, action: Action, rule: str) -> None:
    decision = decide(given)
    assert (decision.action, decision.rule) == (action, rule)


def test_a_decision_names_the_rules_that_did_not_match() -> None:
    assert decide(turn(SURE)).missed[:3] == ("under_code", "edit", "danger")


def test_the_second_miss_goes_to_a_person_not_to_a_third_guess() -> None:
    first = decide(turn(UNSURE))
    second = decide(turn(UNSURE, state=first.state))
    assert (second.action, second.case and second.case.reason) == (Action.ESCALATE, "not_understood_twice")


def test_none_of_these_counts_as_a_miss() -> None:
    asked = decide(turn(CLOSE))
    again = decide(turn(heard(), "", kind=Kind.BUTTON, payload="none", state=asked.state))
    third = decide(turn(UNSURE, state=again.state))
    assert (again.action, third.action) == (Action.ASK, Action.ESCALATE)


def test_an_understood_message_forgives_the_miss_before() -> None:
    first = decide(turn(UNSURE))
    assert decide(turn(SURE, state=first.state)).state.misses == 0


def test_without_a_country_the_answer_is_general_and_the_country_is_asked_with_it() -> None:
    decision = decide(turn(SURE, state=DialogueState(welcomed=True, locale="en")))
    assert [say.label or say.phrase for say in decision.says] == ["wages_unpaid", "ask_country"]
    assert decision.state.question is not None
    assert decision.state.question.about == "country"


def test_the_answer_is_given_again_for_the_country_once_it_is_known() -> None:
    first = decide(turn(SURE, state=DialogueState(welcomed=True, locale="en")))
    second = decide(turn(heard(), "lebanon", state=first.state))
    assert (second.state.destination, second.says[-1].label) == ("LB", "wages_unpaid")


def test_a_country_named_in_the_question_is_taken_from_it() -> None:
    words = replace(SURE, entities=(Entity("destination", "QA"), Entity("origin", "NP")))
    decision = decide(turn(words, state=DialogueState(welcomed=True, locale="en")))
    assert (decision.state.destination, decision.state.origin) == ("QA", "NP")
    assert "ask_country" not in [say.phrase for say in decision.says]


def test_an_unknown_country_gets_a_clear_answer() -> None:
    asking = DialogueState(welcomed=True, locale="en", question=Question("country", (Choice("country:SA", "x"),)))
    decision = decide(turn(heard(entities=(Entity("country", "DE"),)), "germany", state=asking))
    assert (decision.says[0].phrase, decision.says[0].variables["country"]) == ("country_unknown", "Germany")


def test_the_first_words_are_the_welcome_in_her_language_and_in_english() -> None:
    decision = decide(turn(heard(("greet", 0.9), language="sw"), state=DialogueState(), text="habari yako dada"))
    assert [(say.phrase, say.locale) for say in decision.says[:2]] == [("welcome", "sw"), ("welcome", "en")]


def test_in_danger_help_comes_before_the_welcome() -> None:
    decision = decide(turn(DANGER, state=DialogueState()))
    assert decision.says[0].phrase == "emergency"
    assert decision.state.welcomed


def test_a_greeting_in_an_unsure_language_asks_the_language_and_not_the_country() -> None:
    decision = decide(turn(heard(("greet", 0.9), language="", language_confidence=0.2), state=DialogueState()))
    assert decision.state.question is not None
    assert decision.state.question.about == "language"
    assert "ask_country" not in [say.phrase for say in decision.says]


def test_the_emergency_text_is_not_repeated_word_for_word_within_minutes() -> None:
    first = decide(turn(DANGER))
    again = decide(turn(DANGER, state=first.state, now=START + timedelta(minutes=2)))
    later = decide(turn(DANGER, state=first.state, now=START + timedelta(minutes=20)))
    assert (again.says[0].phrase, later.says[0].phrase) == ("emergency_again", "emergency")


def test_a_short_word_does_not_switch_the_language_but_a_sentence_does() -> None:
    swahili = heard(("thank", 0.9), language="sw")
    assert decide(turn(swahili, "asante")).state.locale == "en"
    assert decide(turn(swahili, "asante sana dada yangu")).state.locale == "sw"


def test_a_language_she_chose_is_kept_whatever_she_writes_in() -> None:
    chosen = DialogueState(welcomed=True, locale="ar", locale_chosen=True, destination="SA")
    assert decide(turn(SURE, "madam not paying me since march", state=chosen)).state.locale == "ar"


def test_every_label_has_a_title_and_every_helpline_label_a_reply() -> None:
    assert all(PHRASES.say(f"title.{label}", "en") for label in list_content_labels())
    assert set(replies.HELPLINE_REPLIES) == policy.HELPLINE == set(list_labels()) - set(list_content_labels())


def test_yes_means_yes_only_to_an_open_question() -> None:
    yes = heard(("affirm", 0.9))
    asked = decide(turn(heard(), "delete"))
    assert decide(turn(yes, "oo sige", state=asked.state)).action is Action.ERASE
    assert decide(turn(yes, "oo sige")).action is Action.ASK


def test_yes_to_the_offer_of_a_person_brings_one() -> None:
    offered = decide(turn(heard(), "", kind=Kind.VOICE))
    assert decide(turn(heard(("affirm", 0.9)), "oo sige", state=offered.state)).action is Action.ESCALATE
    assert decide(turn(heard(("deny", 0.9)), "hindi na", state=offered.state)).action is Action.ASK


def test_after_another_country_she_may_write_its_name() -> None:
    asked = decide(turn(heard(("greet", 0.9)), state=DialogueState(welcomed=True, locale="en")))
    other = decide(turn(heard(), "", kind=Kind.BUTTON, payload="country:other", state=asked.state))
    named = decide(turn(heard(entities=(Entity("destination", "IQ"),)), "iraq", state=other.state))
    assert (named.state.destination, named.says[0].phrase) == ("IQ", "country_unknown")


def test_after_the_emergency_text_comes_what_she_asked_if_that_is_clear() -> None:
    clear = decide(turn(heard(("work_injury", 0.8), danger=True, danger_signs=("weapon",))))
    unclear = decide(turn(heard(("trafficking_forced", 0.4), ("fee_legality", 0.2), danger=True)))
    assert [say.label for say in clear.says] == ["", "work_injury", ""]
    assert [say.label for say in unclear.says] == ["", "emergency_now", ""]


def test_in_danger_the_country_she_names_is_used_and_not_asked() -> None:
    state = DialogueState(welcomed=True, locale="en")
    decision = decide(turn(heard(danger=True, entities=(Entity("destination", "LB"),)), state=state))
    assert decision.state.destination == "LB"
    assert "ask_country" not in [say.phrase for say in decision.says]


def test_after_an_alarm_her_other_possible_meanings_are_one_press_away() -> None:
    unsure = heard(("return_home", 0.3), ("threats_abuse", 0.2), danger=True)
    question = decide(turn(unsure)).state.question
    assert question is not None
    assert [choice.id for choice in question.choices] == ["safe:yes", "safe:no", "label:return_home", "person"]


def test_in_danger_the_question_stays_the_last_thing_said() -> None:
    decision = decide(turn(DANGER, state=DialogueState()))
    assert (decision.says[0].phrase, decision.says[-1].phrase) == ("emergency", "ask_country")


def test_in_an_emergency_unclear_words_get_no_menu() -> None:
    alarmed = decide(turn(DANGER)).state
    for words in (UNSURE, heard(state="timeout")):
        assert decide(turn(words, state=alarmed, case_number=1)).rule == "in_emergency"
    assert decide(turn(SURE, state=alarmed, case_number=1)).rule == "answer"
    assert decide(turn(UNSURE, state=alarmed, case_number=1, now=START + timedelta(hours=2))).rule == "not_understood"
