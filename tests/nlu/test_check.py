"""The check of the training data names what would teach the model something wrong."""

import pytest

from bot.nlu.check import find_faults
from bot.nlu.examples import Example, list_dev, list_training
from bot.taxonomy import find_topic, list_labels

TOPICS = {"wages_unpaid": "wages"}
STARTS = ("salary", "no", "they", "madam", "since", "my", "four", "unpaid", "when", "still", "agent", "baba", "where")
GOOD = [Example(f"{start} pay number {start}", "wages_unpaid", "en") for start in STARTS]


@pytest.mark.parametrize(
    ("more", "complaint"),
    [
        (Example("Salary pay number salary", "wages_unpaid", "en"), "2 times"),
        (Example("salary pay number salary", "greet", "fr"), "2 labels"),
        (Example("मेरा वेतन", "wages_unpaid", "en"), "not in latin letters"),
        (Example("mera vetan nahi mila", "wages_unpaid", "hi"), "not in devanagari letters"),
        (Example("yеt unpaid", "wages_unpaid", "en"), "not in latin letters"),  # the e is Cyrillic
        (Example("hello", "greeting", "en"), "greeting: not a label"),
    ],
)
def test_a_bad_example_is_named(more: Example, complaint: str) -> None:
    assert any(complaint in fault for fault in find_faults([*GOOD, more], [], TOPICS | {"greet": "helpline"}))


def test_good_examples_have_no_fault_and_too_few_do() -> None:
    assert find_faults(GOOD, [], TOPICS) == []
    assert find_faults(GOOD[:5], [], TOPICS) == ["en: wages_unpaid has 5 examples, needs 12"]


def test_the_same_beginning_again_and_again_is_too_uniform() -> None:
    uniform = [Example(f"they did not {start}", "wages_unpaid", "en") for start in STARTS]
    assert "begin with 'they did'" in find_faults(uniform, [], TOPICS)[0]


def test_a_dev_sentence_in_the_training_data_is_a_leak() -> None:
    dev = [
        Example("Salary pay  number salary!", "wages_unpaid", "en"),
        *(Example(f"x{n}", "wages_unpaid", "en") for n in "ab"),
    ]
    assert find_faults([*GOOD, Example("salary pay number salary!", "wages_unpaid", "fr")], dev, TOPICS)[-1].startswith(
        "dev/en"
    )


def test_our_own_data_has_no_fault() -> None:
    assert find_faults(list_training(), list_dev(), {label: find_topic(label) for label in list_labels()}) == []
