"""Content as entries: a plain dict for each answer, fact and contact card, the same in files and in the database."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from bot.content.hours import read_hours
from bot.content.model import SOURCE, ContactCard, ContactLine, Fact, Library, Version
from bot.content.values import find_variables, format_value

Body = dict[str, Any]

CARD_KINDS = frozenset({
    "emergency", "hotline", "embassy", "labour_office", "shelter", "ngo", "union", "legal_aid", "home_government",
})  # fmt: skip
LINE_TYPES = frozenset({"phone", "whatsapp", "email", "web", "address"})
MAX_LENGTH = 900  # characters a worker reads in one bubble

# What a telephone number, address of a page or mailbox looks like inside a text, where none may stand.
_CONTACT_DATA = re.compile(r"https?:|www\.|@|\+?\d[\d ().-]{6,}\d")


@dataclass(frozen=True, slots=True)
class Entry:
    """One answer, fact or card. `name` is unique among its kind; `number` is its version in the database."""

    kind: str  # answer | fact | card
    name: str
    body: Body
    number: int = 0
    where: str = ""  # file and place, for who has to mend it

    @property
    def place(self) -> str:
        return self.where or f"{self.kind} {self.name}"


def build_library(entries: Iterable[Entry]) -> tuple[Library, list[str]]:
    """Return the library of all entries that are sound, and what is wrong with the others."""
    problems: list[str] = []
    by_kind: dict[str, list[Any]] = {"answer": [], "fact": [], "card": []}
    for entry in entries:
        try:
            by_kind[entry.kind].append((entry, _READERS[entry.kind](entry)))
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            problems.append(f"{entry.place}: missing or wrong: {error}")
    facts = {fact.id: fact for _, fact in by_kind["fact"]}
    versions: dict[tuple[str, str], tuple[Version, ...]] = {}
    for entry, version in by_kind["answer"]:
        faults = list(check_version(version, facts))
        problems.extend(f"{entry.place}: {version.name}: {fault}" for fault in faults)
        if not faults:
            key = (version.label, version.locale)
            versions[key] = (*versions.get(key, ()), version)
    return Library(facts, tuple(card for _, card in by_kind["card"]), versions), problems


def find_faults(entry: Entry, library: Library) -> list[str]:
    """Return what is wrong with one entry beside the content there is."""
    try:
        read = _READERS[entry.kind](entry)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        return [f"missing or wrong: {error}"]
    return list(check_version(read, library.facts)) if isinstance(read, Version) else []


def check_version(version: Version, facts: dict[str, Fact]) -> Iterator[str]:
    """Yield what is wrong with a response version."""
    text = version.text
    if not version.short:
        yield "`short` is empty; the answer comes first"
    if len(text) > MAX_LENGTH:
        yield f"{len(text)} characters; at most {MAX_LENGTH} fit a bubble she will read"
    if match := _CONTACT_DATA.search(text):
        yield f"{match.group()!r} looks like a number or address; contact data belongs in contacts/"
    for id in version.facts:
        fact = facts.get(id)
        if fact is None:
            yield f"unknown fact {id}"
        elif not fact.may_be_told:
            yield f"fact {id} is {fact.seen}, confidence {fact.confidence}: for staff only until reviewed"
    known = {name for id in version.facts if id in facts for name in facts[id].values}
    for name in find_variables(text):
        if name not in known:
            yield f"unknown variable {{{name}}}; its facts have: {', '.join(sorted(known)) or 'none'}"
    for kind in version.cards:
        if kind.partition(":")[0] not in CARD_KINDS:
            yield f"unknown kind of contact card {kind!r}; known: {', '.join(sorted(CARD_KINDS))}"


def read_answer(entry: Entry) -> Version:
    """Return the version that an entry says; raise KeyError, TypeError or AttributeError where it is wrong."""
    item = entry.body
    return Version(
        label=item["label"], locale=item["locale"], number=entry.number,
        country="" if item.get("origin") else item["country"], origin=item.get("origin", ""),
        short=item["short"].strip(), steps=tuple(step.strip() for step in item.get("steps") or ()),
        caution=(item.get("caution") or "").strip(), offer=(item.get("offer") or "").strip(),
        facts=tuple(item.get("facts") or ()), cards=tuple(item.get("cards") or ()),
        drafted=item.get("drafted", "machine"), reviewed_by=item.get("reviewed_by"),
    )  # fmt: skip


def _read_fact(entry: Entry) -> Fact:
    item, source = entry.body, entry.body["source"]
    return Fact(
        id=item["id"], country=item["country"], topic=item["topic"], statement=item["fact"],
        source_title=source["title"], source_url=source.get("url") or "", as_of=str(item["as_of"]),
        confidence=item["confidence"], seen=source["seen"],
        who_it_covers=item.get("who_it_covers", ""), detail=item.get("detail", ""),
        review_by=_read_date(item.get("review_by")), valid_from=_read_date(item.get("valid_from")),
        reviewed_by=item.get("reviewed_by") or "", time_limited=bool(item.get("time_limited")),
        texts=dict(item.get("texts") or {}), values=_read_values(item.get("values") or {}),
    )  # fmt: skip


def _read_values(values: dict[str, str]) -> dict[str, str]:
    for value in values.values():
        format_value(value, SOURCE)  # raises ValueError for what is no figure
    return dict(values)


def _read_card(entry: Entry) -> ContactCard:
    item = entry.body
    if item["kind"] not in CARD_KINDS:
        raise ValueError(f"kind {item['kind']!r}; known: {', '.join(sorted(CARD_KINDS))}")
    return ContactCard(
        id=item["id"], name=item["name"], kind=item["kind"], country=item["country"],
        origins=tuple(item.get("origins") or ()), topics=tuple(item.get("topics") or ()),
        languages=tuple(item.get("languages") or ()), hours=read_hours(str(item.get("hours") or "")),
        time_zone=_read_zone(item.get("time_zone") or ""),
        lines=tuple(_read_line(line) for line in item.get("contacts") or ()),
    )  # fmt: skip


def _read_zone(name: str) -> str:
    try:
        return str(ZoneInfo(name)) if name else ""
    except (ZoneInfoNotFoundError, ValueError):
        raise ValueError(f"time zone {name!r}; write an IANA name such as Asia/Riyadh") from None


def _read_line(item: Body) -> ContactLine:
    if item["type"] not in LINE_TYPES:
        raise ValueError(f"type {item['type']!r}; known: {', '.join(sorted(LINE_TYPES))}")
    return ContactLine(
        type=item["type"], value=str(item["value"]), source_url=item.get("source_url") or "",
        verified_by=item.get("verified_by") or "", verified_on=_read_date(item.get("verified_on")),
    )  # fmt: skip


def _read_date(value: str | None) -> date | None:
    """Read an ISO date; entries hold text only, so that they are the same in JSON and YAML."""
    return date.fromisoformat(value) if value else None


_READERS = {"answer": read_answer, "fact": _read_fact, "card": _read_card}
