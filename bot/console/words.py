"""The words of the console: one PO catalogue per locale, the English text being the msgid. Dates and names by CLDR."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path

from babel import Locale
from babel.dates import format_date, format_datetime, format_timedelta
from babel.messages.pofile import read_po

from bot.language.choose import is_right_to_left

LOCALES_DIR = Path(__file__).resolve().parent.parent / "locales"
SOURCE = "en"


def N_(text: str) -> str:
    """Mark a text for the catalogues; it is translated where it is shown."""
    return text


class Words:
    """Everything the console says in one locale. Calling it translates: _("Case %(number)s", number=3)."""

    def __init__(self, locale: str, texts: Mapping[str, str]) -> None:
        self.locale = locale
        self.direction = "rtl" if is_right_to_left(locale) else "ltr"
        self._texts = texts
        self._cldr = Locale.parse(locale)

    def __call__(self, text: str, /, **variables: object) -> str:
        found = self._texts.get(text) or text
        return found % variables if variables else found

    @property
    def tag(self) -> str:
        return self.locale.replace("_", "-")

    def span(self, length: timedelta) -> str:
        """Say how long: "3 min", "2 days". Less than a minute is nothing to worry about."""
        if length < timedelta(minutes=1):
            return self(N_("now"))
        return format_timedelta(length, granularity="minute", threshold=1.5, format="short", locale=self.locale)

    def moment(self, at: datetime) -> str:
        """Say when, in UTC: the page's script puts it into the reader's own time."""
        return f"{format_datetime(at, 'd MMM HH:mm', locale=self.locale)} UTC"

    def day(self, at: datetime) -> str:
        return format_date(at, "medium", locale=self.locale)

    def country(self, code: str) -> str:
        return str(self._cldr.territories.get(code, code))

    def language(self, locale: str) -> str:
        """Name a language as the reader calls it, with the script where it is not the usual one."""
        language, _, script = locale.partition("_")
        name = str(self._cldr.languages.get(language, locale))
        return f"{name} ({self._cldr.scripts.get(script, script)})" if script else name


class Wordbook:
    """The words in all locales that have a catalogue."""

    def __init__(self, folder: Path = LOCALES_DIR) -> None:
        found = {path.parent.name: Words(path.parent.name, _read(path)) for path in folder.glob("*/console.po")}
        self._words = {SOURCE: Words(SOURCE, {}), **dict(sorted(found.items()))}
        self.locales = tuple(self._words)

    def get(self, locale: str) -> Words:
        return self._words.get(locale) or self._words[SOURCE]

    def choose(self, accepted: str) -> Words:
        """Pick by an Accept-Language header; its order is good enough, browsers send the best first."""
        for part in accepted.split(","):
            language = part.split(";")[0].strip().split("-")[0].lower()
            if language in self._words:
                return self._words[language]
        return self._words[SOURCE]


@cache
def load_wordbook() -> Wordbook:
    return Wordbook()


def _read(path: Path) -> dict[str, str]:
    with path.open("rb") as file:
        catalogue = read_po(file, locale=path.parent.name)
    return {str(message.id): str(message.string) for message in catalogue if message.id and message.string}
