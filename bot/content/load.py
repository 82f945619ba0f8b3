"""Read responses/ into a library; a broken file names itself, the key and what was expected."""

import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import yaml

from bot.config import ROOT
from bot.content.model import ContactCard, ContactLine, ContentError, Fact, Library, Version

RESPONSES = ROOT / "responses"
CARD_KINDS = frozenset({
    "emergency", "hotline", "embassy", "labour_office", "shelter", "ngo", "union", "legal_aid", "home_government",
})  # fmt: skip
LINE_TYPES = frozenset({"phone", "whatsapp", "email", "web", "address"})
MAX_LENGTH = 900  # characters a worker reads in one bubble

# What a telephone number, address of a page or mailbox looks like inside a text, where none may stand.
_CONTACT_DATA = re.compile(r"https?:|www\.|@|\+?\d[\d ().-]{6,}\d")


def load_library(folder: Path = RESPONSES) -> Library:
    """Read and check all content; raise ContentError with every problem found."""
    problems: list[str] = []
    facts = {fact.id: fact for fact in _collect(folder / "facts", _read_fact, "facts", problems)}
    cards = tuple(_collect(folder / "contacts", _read_card, "contacts", problems))
    versions: dict[tuple[str, str], tuple[Version, ...]] = {}
    for path in sorted((folder / "answers").glob("*/*.yml")):
        found = tuple(_read_answers(path, problems))
        for version in found:
            problems.extend(f"{path}: {version.name}: {problem}" for problem in check_version(version, facts))
        if found:
            versions[(found[0].label, found[0].locale)] = found
    if problems:
        raise ContentError("\n".join(problems))
    return Library(facts, cards, versions)


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
        elif fact.seen != "pages" or fact.confidence == "low":
            yield f"fact {id} is {fact.seen}, confidence {fact.confidence}: for staff only until reviewed"
    for kind in version.cards:
        if kind.partition(":")[0] not in CARD_KINDS:
            yield f"unknown kind of contact card {kind!r}; known: {', '.join(sorted(CARD_KINDS))}"


def _collect(folder: Path, read: Any, key: str, problems: list[str]) -> Iterator[Any]:
    for path in sorted(folder.glob("*.yml")):
        document = _read_yaml(path, problems)
        for position, item in enumerate(document.get(key) or [], 1):
            try:
                yield read(item, document)
            except (KeyError, TypeError, ValueError) as error:
                problems.append(f"{path}: {key} number {position}: missing or wrong: {error}")


def _read_yaml(path: Path, problems: list[str]) -> dict[str, Any]:
    try:
        document = yaml.load(path.read_text("utf-8"), _Loader)  # noqa: S506  a safe loader, see below
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        problems.append(f"{path}: not readable as YAML: {error}")
        return {}
    if not isinstance(document, dict):
        problems.append(f"{path}: expected keys and values at the top")
        return {}
    return document


class _Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
    """YAML as our files mean it: NO is Norway and a country code, not false."""


_Loader.yaml_implicit_resolvers = {
    first: [pair for pair in pairs if pair[0] != "tag:yaml.org,2002:bool" or first not in "yYnNoO"]
    for first, pairs in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def _read_fact(item: dict[str, Any], document: dict[str, Any]) -> Fact:
    source = item["source"]
    return Fact(
        id=item["id"], country=document["country"], topic=item["topic"], statement=item["fact"],
        source_title=source["title"], source_url=source.get("url") or "", as_of=str(item["as_of"]),
        confidence=item["confidence"], seen=source["seen"],
        who_it_covers=item.get("who_it_covers", ""), detail=item.get("detail", ""),
    )  # fmt: skip


def _read_card(item: dict[str, Any], document: dict[str, Any]) -> ContactCard:
    if item["kind"] not in CARD_KINDS:
        raise ValueError(f"kind {item['kind']!r}; known: {', '.join(sorted(CARD_KINDS))}")
    return ContactCard(
        id=item["id"], name=item["name"], kind=item["kind"], country=item["country"],
        origins=tuple(item.get("origins") or ()), topics=tuple(item.get("topics") or ()),
        languages=tuple(item.get("languages") or ()), hours=str(item.get("hours") or ""),
        lines=tuple(_read_line(line) for line in item.get("contacts") or ()),
    )  # fmt: skip


def _read_line(item: dict[str, Any]) -> ContactLine:
    on = item.get("verified_on")
    if item["type"] not in LINE_TYPES:
        raise ValueError(f"type {item['type']!r}; known: {', '.join(sorted(LINE_TYPES))}")
    return ContactLine(
        type=item["type"], value=str(item["value"]), source_url=item.get("source_url") or "",
        verified_by=item.get("verified_by") or "", verified_on=on if isinstance(on, date) else None,
    )  # fmt: skip


def _read_answers(path: Path, problems: list[str]) -> Iterator[Version]:
    document = _read_yaml(path, problems)
    if (document.get("label"), document.get("locale")) != (path.stem, path.parent.name):
        problems.append(f"{path}: `label` and `locale` must be {path.stem} and {path.parent.name}, as the path says")
        return
    for position, item in enumerate(document.get("versions") or [], 1):
        try:
            yield Version(
                label=path.stem, locale=path.parent.name,
                country="" if item.get("origin") else item["country"], origin=item.get("origin", ""),
                short=item["short"].strip(), steps=tuple(step.strip() for step in item.get("steps") or ()),
                caution=(item.get("caution") or "").strip(), offer=(item.get("offer") or "").strip(),
                facts=tuple(item.get("facts") or ()), cards=tuple(item.get("cards") or ()),
                drafted=item.get("drafted", "machine"), reviewed_by=item.get("reviewed_by"),
            )  # fmt: skip
        except (KeyError, TypeError, AttributeError) as error:
            problems.append(f"{path}: version {position}: missing or wrong: {error}")
