"""helpline content check."""

from rich.console import Console
from rich.table import Table

from bot.content.load import RESPONSES, load_library
from bot.content.model import ContentError, Library
from bot.content.phrases import PhraseError, load_catalogue
from bot.dialogue import policy
from bot.taxonomy import list_content_labels


def check(console: Console) -> int:
    try:
        library, phrases = load_library(RESPONSES), load_catalogue()
    except (ContentError, PhraseError) as error:
        console.print(str(error), markup=False, highlight=False)
        return 1
    missing = [label for label in list_content_labels() if (label, "en") not in library.versions]
    for label in missing:
        console.print(f"no English answer for {label}: responses/answers/en/{label}.yml", highlight=False)
    console.print(_coverage(library, phrases.locales))
    return 1 if missing else 0


def _coverage(library: Library, locales: tuple[str, ...]) -> Table:
    table = Table(title="Answers", caption=f"{len(library.facts)} facts, {len(library.cards)} contact cards")
    table.add_column("locale")
    for heading in ("labels", "general", *policy.DESTINATIONS, "by origin", "reviewed"):
        table.add_column(heading, justify="right")
    for locale in locales:
        versions = [v for (_, where), found in library.versions.items() if where == locale for v in found]
        by_country = [str(sum(v.country == code for v in versions)) for code in policy.DESTINATIONS]
        labels = len({v.label for v in versions})
        general = sum(v.country == "*" for v in versions)
        by_origin = sum(bool(v.origin) for v in versions)
        reviewed = sum(bool(v.reviewed_by) for v in versions)
        table.add_row(locale, str(labels), str(general), *by_country, str(by_origin), str(reviewed))
    return table
