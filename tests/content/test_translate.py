"""The round trip of translations: out and in changes nothing; what is wrong is named, and nothing is taken."""

import io
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

from bot.content import translate
from bot.content.files import export
from bot.content.load import RESPONSES, load_library, read_entries
from bot.content.translate import ExchangeError, Row

LIBRARY = load_library()
LOCALES = ("ar", "fr", "sw", "fil", "id", "am", "hi", "ur", "bn", "ne", "si", "ta")
# A word of each language in its letters, so that a text of them is in the right script.
WORD = {
    "ar": "جواب", "fr": "réponse", "sw": "jibu", "fil": "sagot", "id": "jawaban", "am": "መልስ", "hi": "जवाब",
    "ur": "جواب", "bn": "উত্তর", "ne": "जवाफ", "si": "පිළිතුර", "ta": "பதில்",
}  # fmt: skip


def _translated(locale: str, label: str = "shelter/*") -> list[Row]:
    rows = [row for row in translate.list_rows(LIBRARY, locale) if row.key.startswith(f"{label}:")]
    return [replace(row, translation=f"{WORD[locale]} {number}") for number, row in enumerate(rows)]


@pytest.mark.parametrize("suffix", [".po", ".xlsx"])
@pytest.mark.parametrize("locale", LOCALES)
def test_out_and_in_changes_nothing(tmp_path: Path, locale: str, suffix: str) -> None:
    path, rows = tmp_path / f"{locale}{suffix}", translate.list_rows(LIBRARY, locale)
    translate.write(rows, locale, path)
    back = translate.read(path.read_bytes(), path.name)
    assert {(row.key, row.source, row.translation) for row in back} == {
        (row.key, row.source, row.translation) for row in rows
    }
    assert translate.to_entries(back, locale, LIBRARY) == []


@pytest.mark.parametrize("suffix", [".po", ".xlsx"])
@pytest.mark.parametrize("locale", LOCALES)
def test_a_translation_comes_in_whole(tmp_path: Path, locale: str, suffix: str) -> None:
    path, rows = tmp_path / f"{locale}{suffix}", _translated(locale)
    translate.write(rows, locale, path)
    (entry,) = translate.to_entries(translate.read(path.read_bytes(), path.name), locale, LIBRARY)
    assert entry.name == f"shelter/{locale}/*"
    assert (entry.body["short"], entry.body["reviewed_by"]) == (f"{WORD[locale]} 0", None)


def test_a_po_file_is_one_that_editors_know(tmp_path: Path) -> None:
    translate.write(translate.list_rows(LIBRARY, "sw"), "sw", tmp_path / "sw.po")
    catalog = read_po(io.BytesIO((tmp_path / "sw.po").read_bytes()), abort_invalid=True)
    assert str(catalog.locale) == "sw"
    assert [list(message.check(catalog)) for message in catalog if message.id] == [[]] * (len(catalog))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"translation": "Piga 0712 345 678"}, "looks like a number"),
        ({"translation": "jibu \x07"}, "control character U+0007"),
        ({"translation": "jibu \u202e"}, "control character U+202E"),
        ({"translation": "جواب بالعربية"}, "not mostly in Latin letters"),
        ({"translation": "jibu {jina}"}, "the words in {braces}"),
        ({"translation": "neno " * 200}, "at most 900"),
        ({"source": "Another English text"}, "has changed since"),
        ({"key": "shelter/*:poem"}, "there is no such text"),
        ({"translation": ""}, "taken only whole"),
    ],
)
def test_one_bad_row_and_nothing_is_taken(change: dict[str, str], said: str) -> None:
    rows = _translated("sw")
    rows[0] = replace(rows[0], **change)
    with pytest.raises(ExchangeError, match=said.replace("{", r"\{").replace("}", r"\}").replace("+", r"\+")):
        translate.to_entries(rows, "sw", LIBRARY)


def test_a_formula_is_text(tmp_path: Path) -> None:
    path, rows = tmp_path / "fr.xlsx", _translated("fr")
    rows[0] = replace(rows[0], translation="=cmd")
    translate.write(rows, "fr", path)
    assert translate.read(path.read_bytes(), path.name)[0].translation == "=cmd"


def test_a_large_file_and_a_bomb_are_refused() -> None:
    with pytest.raises(ExchangeError, match="5,000,000 bytes; at most"):
        translate.read(b"x" * 5_000_000, "sw.xlsx")
    bomb = io.BytesIO()
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", b" " * 30_000_000)
    with pytest.raises(ExchangeError, match="unpacks to 30,000,000 bytes"):
        translate.read(bomb.getvalue(), "sw.xlsx")


@pytest.mark.parametrize("content", [b"nonsense", b'msgid "x\n', b"PK\x03\x04"])
@pytest.mark.parametrize("name", ["sw.po", "sw.xlsx"])
def test_another_file_is_named(content: bytes, name: str) -> None:
    with pytest.raises(ExchangeError, match=name):
        translate.read(content, name)


def test_unchanged_content_leaves_the_files_untouched(tmp_path: Path) -> None:
    assert export(read_entries(), RESPONSES) == []


def test_changed_content_is_written_where_it_belongs(tmp_path: Path) -> None:
    entries = read_entries()
    wanted = [entry for entry in entries if entry.name in ("shelter/en/*", "SA-law-01")]
    export(entries, tmp_path)
    changed = [replace(entry, body={**entry.body, "note": "new"}) for entry in wanted]
    paths = export(changed, tmp_path)
    assert [path.relative_to(tmp_path).as_posix() for path in paths] == ["answers/en/shelter.yml", "facts/sa.yml"]
    after = {entry.name: entry.body for entry in read_entries(tmp_path)}
    assert after["shelter/en/*"]["note"] == after["SA-law-01"]["note"] == "new"
    assert after.keys() == {entry.name for entry in entries}
