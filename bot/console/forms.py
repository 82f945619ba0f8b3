"""The fields in which an admin edits an answer, a fact or a contact card, and the way back into an entry."""

import re
from collections.abc import Mapping
from typing import Any

from bot.content.entries import Body

Form = Mapping[str, str]

# What a form shows of each kind, in order; `lines` are lists, one item a line.
FIELDS: dict[str, tuple[str, ...]] = {
    "answer": ("short", "steps", "caution", "offer", "facts", "cards"),
    "fact": (
        "fact", "who_it_covers", "detail", "topic", "source_title", "source_url", "seen", "as_of", "confidence",
        "valid_from", "review_by",
    ),
    "card": ("name", "kind", "origins", "topics", "languages", "hours", "contacts"),
}  # fmt: skip
LONG = frozenset({"short", "steps", "caution", "offer", "fact", "detail", "contacts"})
LISTS = frozenset({"steps", "facts", "cards", "origins", "topics", "languages"})


def to_fields(kind: str, body: Body) -> dict[str, str]:
    """Return what stands in each field of the form."""
    return {name: _to_text(name, _find(body, name)) for name in FIELDS[kind]}


def to_body(kind: str, base: Body, form: Form) -> Body:
    """Return the entry that the form makes of the one it was opened with; what has no field stays."""
    body = dict(base)
    for name in FIELDS[kind]:
        text = form.get(name, "").strip()
        if name.startswith("source_"):
            body["source"] = {**(body.get("source") or {}), name.removeprefix("source_"): text}
        elif name == "seen":
            body["source"] = {**(body.get("source") or {}), "seen": text}
        elif name == "contacts":
            body[name] = _read_lines(text, base.get("contacts") or [])
        elif name in LISTS:
            body[name] = _split(name, text)
        elif name in ("valid_from", "review_by"):
            body[name] = text or None
        else:
            body[name] = text
    return body


def _find(body: Body, name: str) -> Any:
    if name.startswith("source_"):
        return (body.get("source") or {}).get(name.removeprefix("source_"))
    return (body.get("source") or {}).get("seen") if name == "seen" else body.get(name)


def _to_text(name: str, value: Any) -> str:
    if value is None:
        return ""
    if name == "contacts":
        return "\n".join(f"{line['type']} | {line['value']} | {line.get('source_url') or ''}" for line in value)
    if name in LISTS:
        return ("\n" if name == "steps" else ", ").join(map(str, value))
    return str(value)


def _split(name: str, text: str) -> list[str]:
    parts = text.split("\n") if name == "steps" else re.split(r"[,\s]+", text)
    return [part.strip() for part in parts if part.strip()]


def _read_lines(text: str, before: list[Body]) -> list[Body]:
    """Read "phone | +961 1 234 567 | https://source"; a line that did not change keeps who verified it and when."""
    known = {(line["type"], line["value"]): line for line in before}
    lines = []
    for row in filter(None, map(str.strip, text.split("\n"))):
        type_, _, rest = row.partition("|")
        value, _, source = rest.partition("|")
        fresh = {"type": type_.strip(), "value": value.strip(), "source_url": source.strip()}
        lines.append(
            {**known.get((fresh["type"], fresh["value"]), {"verified_by": None, "verified_on": None}), **fresh}
        )
    return lines
