"""What the dialogue remembers of a contact between two messages: labels and flags, never her words."""

from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from bot.messages import Choice
from bot.wishes import Wishes


@dataclass(frozen=True, slots=True)
class Question:
    """The one question of ours that stands open. `choices` carry their labels as she saw them."""

    about: str  # language | country | intent | erase | offer (of a person) | next | menu | safe | wish | code
    choices: tuple[Choice, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class DialogueState:
    welcomed: bool = False
    locale: str = ""
    locale_chosen: bool = False  # she said so herself: we no longer follow what she writes in
    destination: str = ""  # ISO 3166-1 alpha-2
    origin: str = ""
    country_asked: bool = False
    misses: int = 0  # messages in a row that we did not understand
    question: Question | None = None
    pending_label: str = ""  # answered in general form, to be answered again once the country is known
    last_label: str = ""
    latin: str = ""  # whether our texts go to her in Latin letters: "" not yet asked, offered, yes, no
    emergency_at: datetime | None = None  # when the emergency text was last sent
    wishes: Wishes = field(default_factory=Wishes)  # kept sealed, apart from the other fields

    def but(self, **changes: Any) -> "DialogueState":
        return replace(self, **changes)

    def to_fields(self) -> dict[str, Any]:
        """Return the JSON form, without what the contact row holds in columns of its own (places, wishes)."""
        return {
            "welcomed": self.welcomed,
            "locale_chosen": self.locale_chosen,
            "country_asked": self.country_asked,
            "misses": self.misses,
            "pending_label": self.pending_label,
            "last_label": self.last_label,
            "latin": self.latin,
            "emergency_at": self.emergency_at.isoformat() if self.emergency_at else None,
            "question": _question_fields(self.question),
        }

    @classmethod
    def from_fields(cls, fields: dict[str, Any], *, locale: str, destination: str, origin: str) -> "DialogueState":
        known = {name: fields[name] for name in _PLAIN if name in fields}
        at, question = fields.get("emergency_at"), fields.get("question")
        return cls(
            **known,
            locale=locale,
            destination=destination,
            origin=origin,
            emergency_at=datetime.fromisoformat(at) if at else None,
            question=_read_question(question) if question else None,
        )


_PLAIN = ("welcomed", "locale_chosen", "country_asked", "misses", "pending_label", "last_label", "latin")


def _question_fields(question: Question | None) -> dict[str, Any] | None:
    if question is None:
        return None
    return {"about": question.about, "choices": [[choice.id, choice.label] for choice in question.choices]}


def _read_question(fields: dict[str, Any]) -> Question:
    return Question(fields["about"], tuple(Choice(id, label) for id, label in fields["choices"]))
