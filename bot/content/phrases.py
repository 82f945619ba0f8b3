"""The bot's own short texts: one PO catalogue per locale under bot/locales, English being the source."""

import re
from functools import cache
from pathlib import Path

from babel import Locale
from babel.messages.pofile import read_po

LOCALES_DIR = Path(__file__).resolve().parent.parent / "locales"
SOURCE = "en"


class PhraseError(Exception):
    """A catalogue lacks a text, or a text names a variable that its English source does not have."""


class Catalogue:
    """All phrases in all locales. Immutable after loading; safe to share."""

    def __init__(self, texts: dict[str, dict[str, str]]) -> None:
        self._texts = texts
        self.locales = tuple(sorted(texts, key=lambda locale: (locale != SOURCE, locale)))
        self._commands = _read_commands(texts)

    def say(self, name: str, locale: str, **variables: str) -> str:
        """Return a phrase in a locale, else in English, with {variables} filled in."""
        text = self._texts.get(locale, {}).get(name) or self._texts[SOURCE].get(name)
        if text is None:
            raise PhraseError(f"no phrase {name!r} in {SOURCE}/bot.po")
        for variable, value in variables.items():
            text = text.replace("{" + variable + "}", value)
        return text

    def country(self, code: str, locale: str) -> str:
        """Return the CLDR name of a country (ISO 3166-1 alpha-2) in a locale."""
        return _locale(locale).territories.get(code) or _locale(SOURCE).territories.get(code) or code

    def language(self, locale: str) -> str:
        """Return a locale's own name for itself."""
        if locale == "hi_Latn":
            return "Hindi"  # CLDR says "Hindi (Latin)": true, and no help to a person who picks her language
        return (_locale(locale).language_name or locale).capitalize()

    def find_command(self, text: str) -> str:
        """Return the command ("person", "delete" ...) that is all a text says, in any language."""
        return self._commands.get(_plain(text), "")


def load_catalogue(folder: Path = LOCALES_DIR) -> Catalogue:
    """Read every <locale>/bot.po; raise PhraseError where variables differ from the source."""
    texts = {path.parent.name: _read(path) for path in sorted(folder.glob("*/bot.po"))}
    for locale, phrases in texts.items():
        for name, text in phrases.items():
            if _variables(text) != _variables(texts[SOURCE].get(name, "")):
                raise PhraseError(f"{locale}/bot.po: {name!r} must have the variables of {SOURCE}/bot.po")
    return Catalogue(texts)


def _read(path: Path) -> dict[str, str]:
    with path.open("rb") as file:
        catalogue = read_po(file, locale=path.parent.name)
    return {str(message.id): str(message.string) for message in catalogue if message.id and message.string}


def _read_commands(texts: dict[str, dict[str, str]]) -> dict[str, str]:
    commands: dict[str, str] = {}
    for phrases in texts.values():
        for name, words in phrases.items():
            if name.startswith("word."):
                commands |= {_plain(word): name.removeprefix("word.") for word in words.split("|")}
    return commands


def _variables(text: str) -> set[str]:
    return set(re.findall(r"{(\w+)}", text))


def _plain(text: str) -> str:
    return re.sub(r"[\W_]+", " ", text).strip().casefold()


@cache
def _locale(identifier: str) -> Locale:
    return Locale.parse(identifier)
