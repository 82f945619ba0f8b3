"""The round trip of translations: answers of one locale out as PO or XLSX, and back in, all or nothing."""

import io
import re
import unicodedata
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from babel.messages.catalog import Catalog
from babel.messages.pofile import PoFileError, read_po, write_po
from openpyxl import Workbook, load_workbook
from openpyxl.styles import Alignment, Font

from bot.content.entries import Body, Entry, find_faults
from bot.content.model import SOURCE, Library, Version
from bot.content.values import find_variables

MAX_FILE = 2_000_000  # bytes; everything we have in one language is a quarter of that
MAX_UNPACKED = 20_000_000  # bytes in an XLSX, which is a ZIP: a bomb is not opened
MAX_ROWS = 20_000

TEXTS = ("short", "steps", "caution", "offer")
_HEADINGS = ("key", "English", "translation", "how it stands")

# Scripts of the languages that have one of their own: the letters a translation is mostly made of.
_SCRIPTS = {
    "ar": "ARABIC", "ur": "ARABIC", "am": "ETHIOPIC", "hi": "DEVANAGARI", "ne": "DEVANAGARI", "bn": "BENGALI",
    "si": "SINHALA", "ta": "TAMIL",
}  # fmt: skip
_NAMES = re.compile(r"[A-Za-z]+")
_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f\x7f\u202a-\u202e\u2066-\u2069]")


class ExchangeError(Exception):
    """A file that cannot be taken in; the text lists everything that is wrong, one line each."""


@dataclass(frozen=True, slots=True)
class Row:
    """One piece of text: `key` is "wages_unpaid/SA:steps.2"; `state` says how the translation stands."""

    key: str
    source: str
    translation: str
    state: str = ""


def list_rows(library: Library, locale: str) -> list[Row]:
    """Return every text of every English answer, with what there is in a locale."""
    rows = []
    for (label, where), versions in sorted(library.versions.items()):
        if where != SOURCE:
            continue
        for version in versions:
            other = _find(library, version, locale)
            state = "missing" if other is None else "machine draft" if other.is_draft else "reviewed"
            there = dict(_pieces(other)) if other else {}
            rows += [
                Row(f"{label}/{_place(version)}:{name}", text, there.get(name, ""), state)
                for name, text in _pieces(version)
            ]
    return rows


def _find(library: Library, version: Version, locale: str) -> Version | None:
    versions = library.versions.get((version.label, locale), ())
    return next((other for other in versions if _place(other) == _place(version)), None)


def _place(version: Version) -> str:
    return version.origin or version.country


def _pieces(version: Version) -> Iterator[tuple[str, str]]:
    yield "short", version.short
    for number, step in enumerate(version.steps, 1):
        yield f"steps.{number}", step
    yield from ((name, text) for name, text in (("caution", version.caution), ("offer", version.offer)) if text)


# --- out


def write(rows: Sequence[Row], locale: str, path: Path) -> None:
    """Write the rows to a .po or an .xlsx file."""
    if path.suffix == ".po":
        path.write_bytes(_to_po(rows, locale))
    elif path.suffix == ".xlsx":
        path.write_bytes(_to_xlsx(rows, locale))
    else:
        raise ExchangeError(f"{path}: the name has to end in .po or .xlsx")


def _to_po(rows: Sequence[Row], locale: str) -> bytes:
    catalog = Catalog(
        locale=locale, project="helpline answers", version="1", charset="utf-8", fuzzy=False, header_comment="",
        msgid_bugs_address="none", last_translator="none", language_team="none", revision_date=datetime.now(UTC),
    )  # fmt: skip
    for row in rows:
        comment = [row.state] if row.state else []
        catalog.add(row.source, row.translation, context=row.key, auto_comments=comment)
    out = io.BytesIO()
    write_po(out, catalog, width=100)
    return out.getvalue()


def _to_xlsx(rows: Sequence[Row], locale: str) -> bytes:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = locale
    sheet.append(list(_HEADINGS))
    for row in rows:
        # Text, whatever it begins with: a spreadsheet would take "=..." for a formula.
        sheet.append([row.key, row.source, row.translation, row.state])
        for cell in sheet[sheet.max_row]:
            cell.data_type, cell.alignment = "s", Alignment(wrap_text=True, vertical="top")
    for column, width in zip("ABCD", (40, 60, 60, 16), strict=True):
        sheet.column_dimensions[column].width = width
    for cell in sheet[1]:
        cell.font = Font(bold=True)
    sheet.freeze_panes = "C2"
    sheet.sheet_view.rightToLeft = _SCRIPTS.get(locale) == "ARABIC"
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


# --- in


def read(content: bytes, name: str) -> list[Row]:
    """Read rows from a .po or .xlsx file; raise ExchangeError if it is neither, too large, or a bomb."""
    if len(content) > MAX_FILE:
        raise ExchangeError(f"{name}: {len(content):,} bytes; at most {MAX_FILE:,} are taken")
    try:
        rows = _from_po(content) if name.endswith(".po") else _from_xlsx(content, name)
    except ExchangeError:
        raise
    except (PoFileError, UnicodeDecodeError, ValueError, KeyError, zipfile.BadZipFile, OSError) as error:
        raise ExchangeError(f"{name}: not a readable .po or .xlsx file: {error}") from error
    if len(rows) > MAX_ROWS:
        raise ExchangeError(f"{name}: {len(rows):,} rows; at most {MAX_ROWS:,} are taken")
    return rows


def _from_po(content: bytes) -> list[Row]:
    catalog = read_po(io.BytesIO(content), abort_invalid=True)
    return [Row(str(m.context), str(m.id), str(m.string)) for m in catalog if m.id and m.context]


def _from_xlsx(content: bytes, name: str) -> list[Row]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        unpacked = sum(part.file_size for part in archive.infolist())
        if unpacked > MAX_UNPACKED:
            raise ExchangeError(f"{name}: unpacks to {unpacked:,} bytes; at most {MAX_UNPACKED:,} are opened")
    book = load_workbook(io.BytesIO(content), read_only=True, data_only=True)
    sheet = book.worksheets[0]
    lines: Iterable[tuple[Any, ...]] = sheet.iter_rows(values_only=True, max_col=3, max_row=MAX_ROWS + 2)
    heading, *rest = list(lines) or [()]
    if tuple(heading[:3]) != _HEADINGS[:3]:
        raise ExchangeError(f"{name}: the first row has to be: {', '.join(_HEADINGS[:3])}")
    return [Row(*("" if value is None else str(value) for value in line)) for line in rest if line and line[0]]


def to_entries(rows: Sequence[Row], locale: str, library: Library) -> list[Entry]:
    """Return the answers whose text differs from what there is; raise ExchangeError with every row that is wrong.

    A row without a translation is left as it is. An answer is taken only whole.
    """
    known = {row.key: row for row in list_rows(library, locale)}
    problems = [problem for row in rows for problem in _find_problems(row, known, locale)]
    by_answer: dict[str, dict[str, str]] = {}
    for row in rows:
        if row.key in known and row.translation.strip():
            answer, _, piece = row.key.partition(":")
            by_answer.setdefault(answer, {})[piece] = row.translation.strip()
    entries = []
    for answer, pieces in by_answer.items():
        label, _, place = answer.partition("/")
        entry, missing = _make_entry(label, place, locale, pieces, library)
        problems += [f"{answer}:{piece}: has no translation, and the answer is taken only whole" for piece in missing]
        if not missing:
            problems += [f"{answer}: {fault}" for fault in find_faults(entry, library)]
            entries.append(entry)
    if problems:
        raise ExchangeError("\n".join(problems))
    return [entry for entry in entries if _differs(entry, library)]


def _find_problems(row: Row, known: dict[str, Row], locale: str) -> Iterator[str]:
    if row.key not in known:
        yield f"{row.key}: there is no such text"
        return
    if row.source != known[row.key].source:
        yield f"{row.key}: the English text has changed since; export again"
    text = row.translation.strip()
    if not text:
        return
    if found := _CONTROL.search(text):
        yield f"{row.key}: has the control character U+{ord(found.group()):04X}"
    if wrong := _find_wrong_script(text, row.source, locale):
        yield f"{row.key}: {wrong}"
    if find_variables(text) != find_variables(row.source):
        yield f"{row.key}: the words in {{braces}} have to be those of the English text"


def _find_wrong_script(text: str, source: str, locale: str) -> str:
    """Say if a text is hardly in its language's letters: a column pasted into the wrong place.

    Names that stand in the English text too (Caritas, Musaned) may stay as they are.
    """
    names = {word for word in _NAMES.findall(source) if word != word.lower()}
    letters = [char for char in _NAMES.sub(lambda found: "" if found[0] in names else found[0], text) if char.isalpha()]
    script = _SCRIPTS.get(locale, "LATIN")
    own = sum(unicodedata.name(char, "").startswith(script) for char in letters)
    if letters and own < len(letters) / 2:
        return f"is not mostly in {script.capitalize()} letters, as {locale} is written"
    return ""


def _make_entry(
    label: str, place: str, locale: str, pieces: dict[str, str], library: Library
) -> tuple[Entry, list[str]]:
    """Return the answer made of its pieces, and the pieces that English has and it has not."""
    source = next(v for v in library.versions[label, SOURCE] if _place(v) == place)
    wanted = dict(_pieces(source))
    steps = [pieces.get(f"steps.{number}", "") for number in range(1, len(source.steps) + 1)]
    where = {"origin": source.origin} if source.origin else {"country": source.country}
    body: Body = {
        "label": label, "locale": locale, **where, "short": pieces.get("short", ""), "steps": steps,
        "caution": pieces.get("caution", ""), "offer": pieces.get("offer", ""), "facts": list(source.facts),
        "cards": list(source.cards), "drafted": "person", "reviewed_by": None, "reviewed_on": None,
    }  # fmt: skip
    return Entry("answer", f"{label}/{locale}/{place}", body), [name for name in wanted if name not in pieces]


def _differs(entry: Entry, library: Library) -> bool:
    label, locale, place = entry.name.split("/")
    there = next((v for v in library.versions.get((label, locale), ()) if _place(v) == place), None)
    body = entry.body
    return there is None or (there.short, there.steps, there.caution, there.offer) != (
        body["short"], tuple(body["steps"]), body["caution"], body["offer"],
    )  # fmt: skip
