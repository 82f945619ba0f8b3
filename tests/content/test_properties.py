"""Whatever may be published renders for every channel within its limits, and loses no word."""

from datetime import UTC, date, datetime

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.console.preview import LIMITS, show
from bot.content.entries import Entry, build_library, find_faults
from bot.content.load import load_library, read_entries
from bot.content.model import Fact, Library, Version
from bot.content.phrases import load_catalogue
from bot.content.render import render_answer
from bot.content.values import find_variables, format_value
from bot.conversation.bubbles import Speaker
from bot.dialogue.decision import Action, Decision, Say
from bot.dialogue.state import DialogueState

LIBRARY, PHRASES = load_library(), load_catalogue()
NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)

lines = st.text(st.characters(exclude_categories=("Cs",)), max_size=300)
bodies = st.fixed_dictionaries({
    "label": st.just("wages_unpaid"), "locale": st.sampled_from(["en", "ar", "am", "si"]),
    "country": st.sampled_from(["*", "SA", "LB"]), "short": lines, "steps": st.lists(lines, max_size=8),
    "caution": lines, "offer": lines,
    "facts": st.lists(st.sampled_from(["SA-wages-03", "QA-wages-01", "LB-wages-01"]), unique=True),
    "cards": st.lists(st.sampled_from(["embassy", "labour_office", "emergency", "ngo"]), unique=True),
})  # fmt: skip


def test_every_answer_there_is_fits_every_channel_and_leaves_no_brace_open() -> None:
    answers = [entry for entry in read_entries() if entry.kind == "answer"]
    assert len(answers) > 700
    for entry in answers:
        for shown in show(entry, LIBRARY, PHRASES, NOW, demo=True):
            assert all(0 < len(text) <= LIMITS[shown.channel].text for text in shown.texts), entry.name
            assert not any(find_variables(text) for text in shown.texts), entry.name
        # one bubble for what she has to read first, also where the channel takes only 1600 characters
        assert shown.texts[0].startswith(entry.body["short"].strip()[:20].split("{")[0]), entry.name


@settings(max_examples=60, deadline=None)
@given(bodies)
def test_whatever_passes_the_checks_renders_within_the_limits_of_every_channel(body: dict[str, object]) -> None:
    entry = Entry("answer", "x", body)
    if find_faults(entry, LIBRARY):
        return
    words = [word for part in (body["short"], body["offer"]) for word in str(part).split()]
    for shown in show(entry, LIBRARY, PHRASES, NOW, demo=True):
        assert all(len(text.encode("utf-16-le")) // 2 <= LIMITS[shown.channel].text for text in shown.texts)
        said = "".join("".join(shown.texts).split())
        assert all(word in said for word in words)


figures = r"[A-Z]{3} [0-9]{1,6}(\.[0-9]{1,2})?|[0-9]{1,3} (day|month|hour|week|year)s?|[0-9]{1,2} ?%"


@given(st.from_regex(figures, fullmatch=True))
def test_a_figure_is_written_in_every_locale(value: str) -> None:
    for locale in PHRASES.locales:
        text = format_value(value, locale)
        assert text.strip()
        assert "duration" not in text  # the name of the unit itself


class StillContent:
    """Content that nobody edits while a test looks."""

    def __init__(self, library: Library) -> None:
        self.library = library


def test_what_expires_does_so_at_midnight_where_she_is() -> None:
    fact = Fact("f", "SA", "t", "s", "Page", "", "2026", "high", "pages", review_by=date(2026, 11, 23))
    version = Version("wages_unpaid", "en", short="This was the law.", facts=("f",))
    speaker = Speaker(PHRASES, StillContent(Library({"f": fact}, (), {("wages_unpaid", "en"): (version,)})), True, True)

    def say(destination: str, hour: int, minute: int) -> str:
        state = DialogueState(locale="en", destination=destination)
        decision = Decision(action=Action.ANSWER, state=state, says=(Say(label="wages_unpaid"),))
        bubbles, _ = speaker.speak(decision, datetime(2026, 11, 23, hour, minute, tzinfo=UTC), "telegram")
        return bubbles[0].text

    held = PHRASES.say("answer_held", "en")
    assert say("SA", 20, 59).startswith("This was the law.")  # 23:59 in Riyadh
    assert say("SA", 21, 0) == held
    assert say("AE", 19, 59).startswith("This was the law.")  # an hour ahead of Riyadh
    assert say("AE", 20, 0) == held
    assert say("LB", 21, 30).startswith("This was the law.")
    assert say("LB", 22, 0) == held


def test_an_uncertain_statement_is_said_with_the_words_that_say_so() -> None:
    source = {"title": "Page", "seen": "pages"}
    body = {"id": "f", "country": "SA", "topic": "t", "fact": "s", "source": source, "as_of": "2026"}
    answer = {"label": "wages_unpaid", "locale": "en", "country": "SA", "short": "An amnesty runs.", "facts": ["f"]}
    unsure = PHRASES.say("fact_unsure", "en")
    for more, words in (
        ({"confidence": "high", "time_limited": True}, True),
        ({"confidence": "low", "reviewed_by": "A lawyer"}, True),
        ({"confidence": "high"}, False),
    ):
        library, problems = build_library([Entry("fact", "f", {**body, **more}), Entry("answer", "a", answer)])
        assert not problems
        text = render_answer(library.versions["wages_unpaid", "en"][0], library, PHRASES, "en")
        assert (unsure in text) is words
    library, problems = build_library([Entry("fact", "f", {**body, "confidence": "low"}), Entry("answer", "a", answer)])
    assert "for staff only until reviewed" in problems[0]
