"""What goes into a decision and what comes out of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from bot.dialogue.state import DialogueState, Question
from bot.messages import Kind, Understanding


class Phrases(Protocol):
    """The short texts of the bot in all locales (bot chrome), loaded once at start."""

    def say(self, name: str, locale: str, **variables: str) -> str: ...
    def country(self, code: str, locale: str) -> str: ...
    def language(self, locale: str) -> str: ...
    def find_command(self, text: str) -> str: ...
    @property
    def locales(self) -> tuple[str, ...]: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """One message and all that is known when it is decided."""

    state: DialogueState
    kind: Kind
    text: str = ""
    payload: str = ""
    replies_to: str = ""  # external id of the message that she answers to
    understanding: Understanding
    owner: str = "bot"  # bot | human
    case_number: int | None = None  # of the open case, if any
    paused: bool = False  # by her code word
    can_clear: bool = False  # whether this channel lets us take messages off her phone
    language_hint: str = ""
    now: datetime
    phrases: Phrases


class Action(StrEnum):
    """What the bot does; the name staff see."""

    ANSWER = "answer"
    ASK = "ask"
    GUIDE = "guide"  # greets, explains, confirms
    ESCALATE = "escalate"
    SILENT = "silent"  # a person owns the conversation, or nothing is to be said
    STOP = "stop"
    ERASE = "erase"
    REMOVE = "remove"  # takes out one message
    COPY = "copy"  # tells her what we know about her


@dataclass(frozen=True, slots=True)
class Say:
    """One bubble: a phrase of the bot, or (with `label`) the response to a label for her country."""

    phrase: str = ""
    label: str = ""
    locale: str = ""  # empty: the contact's
    variables: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class CaseChange:
    """Open a case, or raise the open one."""

    reason: str
    urgent: bool = False
    label: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What to do about one message, and why. `state.question`, if set, is asked with the last bubble."""

    action: Action
    state: DialogueState
    says: tuple[Say, ...] = ()
    case: CaseChange | None = None
    vote: tuple[str, bool] | None = None  # on the last answer to a label: whether it helped
    pause: bool | None = None  # her code word was said: begin or end the pause
    quiet: bool = False  # she cannot write safely now: nothing more before she writes again
    clear: bool = False  # take our messages off her phone
    removes: str = ""  # external id of the one message she wants removed
    rule: str = ""
    missed: tuple[str, ...] = ()

    def because(self, rule: str, missed: tuple[str, ...]) -> "Decision":
        return replace(self, rule=rule, missed=missed)

    def ask(self, question: Question) -> "Decision":
        return replace(self, state=self.state.but(question=question))
