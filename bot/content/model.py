"""What answers are made of: facts, contact cards and response versions. Values only."""

from dataclasses import dataclass, field
from datetime import date

from bot.content.hours import Hours

SOURCE = "en"  # the locale that all others are translated from, and the last resort
# What the country she comes from decides, wherever she works.
ORIGIN_FIRST = frozenset({
    "agency_verify", "departure_papers", "reintegration", "skills_recognition", "social_security",
})  # fmt: skip
# Languages whose readers mostly read another of ours too, nearest first.
NEAREST = {"hi_Latn": ("hi",), "ne": ("hi",)}


class ContentError(Exception):
    """A content file is wrong. The text names the file, the key and what was expected."""


@dataclass(frozen=True, slots=True)
class Fact:
    """A sourced statement of law or practice. `seen` is "pages" or "recalled" (for staff only)."""

    id: str
    country: str
    topic: str
    statement: str
    source_title: str
    source_url: str
    as_of: str
    confidence: str
    seen: str
    who_it_covers: str = ""
    detail: str = ""
    valid_from: date | None = None
    review_by: date | None = None  # from the day after, it is stated to nobody until somebody looked at it again
    reviewed_by: str = ""
    time_limited: bool = False  # a rule for a time, such as an amnesty: said with words that say so
    texts: dict[str, str] = field(default_factory=dict)  # the statement in other locales
    values: dict[str, str] = field(default_factory=dict)  # figures that answers name, see values.py

    @property
    def may_be_told(self) -> bool:
        """False for what is for staff only: recalled without a page, or of low confidence, and not reviewed."""
        return bool(self.reviewed_by) or (self.seen == "pages" and self.confidence != "low")

    @property
    def is_unsure(self) -> bool:
        """True for what is said only together with the words that it is not certain."""
        return self.confidence == "low" or self.time_limited

    def say(self, locale: str) -> str:
        """Return the statement in a locale, else in English."""
        return self.texts.get(locale) or self.statement

    def is_current(self, today: date) -> bool:
        started = self.valid_from is None or self.valid_from <= today
        return started and (self.review_by is None or today <= self.review_by)


@dataclass(frozen=True, slots=True)
class ContactLine:
    """One way to reach an organisation, as its source gives it."""

    type: str  # phone | whatsapp | email | web | address
    value: str
    source_url: str = ""
    verified_by: str = ""
    verified_on: date | None = None


@dataclass(frozen=True, slots=True)
class ContactCard:
    """An organisation a worker can turn to. Only code renders it, and only here do numbers stand."""

    id: str
    name: str
    kind: str  # emergency | hotline | embassy | labour_office | shelter | ngo | union | legal_aid | home_government
    country: str  # where it is
    origins: tuple[str, ...] = ()  # empty: all
    topics: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    hours: Hours = field(default_factory=Hours)
    time_zone: str = ""  # IANA name; empty: that of its country
    lines: tuple[ContactLine, ...] = ()


@dataclass(frozen=True, slots=True)
class Version:
    """One response version: a label's answer in a locale, general ("*"), for a destination or for an origin."""

    label: str
    locale: str
    country: str = "*"
    origin: str = ""
    short: str = ""
    steps: tuple[str, ...] = ()
    caution: str = ""
    offer: str = ""
    facts: tuple[str, ...] = ()
    cards: tuple[str, ...] = ()
    drafted: str = "machine"
    reviewed_by: str | None = None
    number: int = 0  # in the database; 0 from a file

    @property
    def is_draft(self) -> bool:
        """True for what a machine wrote and no named person reviewed."""
        return self.drafted == "machine" and not self.reviewed_by

    @property
    def name(self) -> str:
        """How decisions and staff name it, e.g. wages_unpaid/en/SA."""
        return f"{self.label}/{self.locale}/{self.origin or self.country}"

    @property
    def text(self) -> str:
        """The whole answer as she reads it: short answer, numbered steps, what can go wrong, what we can do."""
        steps = "\n".join(f"{number}. {step}" for number, step in enumerate(self.steps, 1))
        return "\n\n".join(part for part in (self.short, steps, self.caution, self.offer) if part)


@dataclass(frozen=True, slots=True)
class Library:
    """All content, loaded. Immutable: a change of files makes a new library."""

    facts: dict[str, Fact] = field(default_factory=dict)
    cards: tuple[ContactCard, ...] = ()
    versions: dict[tuple[str, str], tuple[Version, ...]] = field(default_factory=dict)  # by (label, locale)

    def find_version(
        self, label: str, locale: str, destination: str, origin: str, *, today: date, drafts: bool = True
    ) -> Version | None:
        """Return the version that fits best: her destination, else her origin (for some labels first), else general.

        What rests on an expired fact is never chosen, nor, without `drafts`, what nobody reviewed. Where her language
        has nothing, the nearest language that has it is taken, English last.
        """
        for candidate in dict.fromkeys((locale, *NEAREST.get(locale, ()), SOURCE)):
            versions = [v for v in self.versions.get((label, candidate), ()) if self._may_be_sent(v, today, drafts)]
            here = [v for v in versions if destination and v.country == destination]
            home = [v for v in versions if origin and v.origin == origin]
            general = [v for v in versions if v.country == "*" and not v.origin]
            by_place = [*home, *here, *general] if label in ORIGIN_FIRST else [*here, *home, *general]
            if by_place:
                return by_place[0]
        return None

    def list_values(self, version: Version) -> dict[str, str]:
        """Return the figures that a version's text may name: those of the facts it rests on."""
        return {name: value for id in version.facts for name, value in self.facts[id].values.items()}

    def list_expired(self, version: Version, today: date) -> list[Fact]:
        """Return the facts under a version that may not be stated any more."""
        return [self.facts[id] for id in version.facts if not self.facts[id].is_current(today)]

    def _may_be_sent(self, version: Version, today: date, drafts: bool) -> bool:
        return (drafts or not version.is_draft) and not self.list_expired(version, today)

    def list_cards(self, kinds: tuple[str, ...], destination: str, origin: str, limit: int = 3) -> list[ContactCard]:
        """Return the cards for her, at most one organisation a kind, in the order of the kinds.

        "hotline:psychosocial" asks for a kind with a topic: a labour hotline is no help to someone in despair.
        """
        found: list[ContactCard] = []
        for kind in kinds:
            found.extend(self._fitting(kind, destination, origin)[:1])
        return found[:limit]

    def _fitting(self, wanted: str, destination: str, origin: str) -> list[ContactCard]:
        kind, _, topic = wanted.partition(":")
        place = origin if kind == "home_government" else destination

        def fits(card: ContactCard) -> bool:
            serves_her = not card.origins or origin in card.origins
            return card.kind == kind and card.country == place and serves_her and (not topic or topic in card.topics)

        # A card for her origin alone says more than one for everybody.
        fitting = [card for card in self.cards if fits(card) and card.lines]
        return sorted(fitting, key=lambda card: (len(card.origins) or 99, card.id))
