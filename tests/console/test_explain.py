"""Whatever the bot or a channel notes, staff read it in words."""

import pytest

from bot.console import explain
from bot.console.words import load_wordbook
from bot.dialogue.decision import Action
from bot.dialogue.rules import RULES
from bot.messages import Kind, Status


def test_every_rule_action_kind_and_status_has_words() -> None:
    assert {name for name, _ in RULES} <= set(explain.RULES)
    assert set(explain.ACTIONS) == set(Action)
    assert set(explain.STATUS) == set(Status)
    assert set(explain.KINDS) | {"text"} == set(Kind)


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("", ""),
        ("window_closed", "WhatsApp lets us write only within 24 hours of her last message. She has to write first."),
        ("63016", "WhatsApp lets us write only within 24 hours of her last message. She has to write first."),
        ("http_500", "The provider answered: http_500."),
    ],
)
def test_an_error_is_explained(code: str, said: str) -> None:
    assert explain.error(code, load_wordbook().get("en")) == said
