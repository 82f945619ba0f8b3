"""helpline content check, export and import."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

from rich.console import Console
from rich.table import Table
from sqlalchemy.ext.asyncio import AsyncSession

from bot.clock import now
from bot.config import Settings
from bot.content import translate
from bot.content.check import find_faults, find_hints, list_coverage
from bot.content.entries import Entry
from bot.content.files import export as export_files
from bot.content.keeper import new_version, take_over
from bot.content.load import RESPONSES, check_entries, load_library, read_entries
from bot.content.model import ContentError
from bot.content.phrases import PhraseError, load_catalogue
from bot.content.translate import ExchangeError
from bot.dialogue import policy
from bot.store.engine import Store
from bot.store.migrate import migrate
from bot.store.queries import content


def check(console: Console, *, details: bool = False) -> int:
    """Print every fault and the coverage; return 1 if anything must not be published as it is."""
    try:
        library, phrases = load_library(RESPONSES), load_catalogue()
    except (ContentError, PhraseError) as error:
        console.print(str(error), markup=False, highlight=False)
        return 1
    faults = list(find_faults(library, now().date(), policy.DESTINATIONS, policy.ORIGINS))
    hints = list(find_hints(library))
    for line in faults if not details else [*faults, *hints]:
        console.print(line, markup=False, highlight=False, soft_wrap=True)
    table = Table(title="Answers", caption=f"{len(library.facts)} facts, {len(library.cards)} contact cards")
    table.add_column("locale")
    for heading in ("labels", "general", *policy.DESTINATIONS, "by origin", "reviewed", "else"):
        table.add_column(heading, justify="right", no_wrap=True)
    for cells in list_coverage(library, phrases.locales, policy.DESTINATIONS):
        table.add_row(*cells)
    wide = Console(width=max(console.width, 120))
    wide.print(table)
    if hints and not details:
        wide.print(f"{len(hints)} hints about reading level: helpline content check --details")
    return 1 if faults else 0


def export(settings: Settings, console: Console, locale: str, to: Path) -> int:
    """Write all content to the files of responses/, or one language's answers to a .po or .xlsx file."""
    entries = _with_store(settings, _list_entries)
    if not locale:
        changed = export_files(entries, to)
        for path in changed:
            console.print(str(path), highlight=False)
        console.print(f"{len(changed)} files changed", highlight=False)
        return 0
    rows = translate.list_rows(check_entries(entries), locale)
    try:
        translate.write(rows, locale, to)
    except ExchangeError as error:
        console.print(str(error), markup=False, highlight=False)
        return 1
    console.print(f"{len(rows)} texts written to {to}", highlight=False)
    return 0


def take_in(settings: Settings, console: Console, locale: str, path: Path) -> int:
    """Take in translations (as versions in review) or a folder of files, all of it or nothing."""
    try:
        if path.is_dir():
            entries = read_entries(path)
            check_entries(entries)
            _with_store(settings, lambda session: take_over(session, entries, now()))
            console.print("The files were taken over.")
            return 0
        library = check_entries(_with_store(settings, _list_entries))
        found = translate.to_entries(translate.read(path.read_bytes(), path.name), locale or path.stem, library)
        _with_store(settings, lambda session: _save_all(session, found))
    except (ContentError, ExchangeError, OSError) as error:
        console.print(f"Nothing was changed:\n{error}", markup=False, highlight=False)
        return 1
    console.print(f"{len(found)} answers wait in the studio for a second person's review.", highlight=False)
    return 0


async def _list_entries(session: AsyncSession) -> list[Entry]:
    """Return what is live in the database; the files' content if nothing is there yet."""
    live = await content.list_live(session, now())
    return [Entry(row.kind, row.name, row.body, row.number) for row in live] or read_entries()


async def _save_all(session: AsyncSession, entries: list[Entry]) -> None:
    for entry in entries:
        number = await content.find_number(session, entry.kind, entry.name)
        session.add(new_version(entry, number + 1, "review", "import", now()))


def _with_store[Result](settings: Settings, work: Callable[[AsyncSession], Awaitable[Result]]) -> Result:
    async def run() -> Result:
        settings.var_dir.mkdir(parents=True, exist_ok=True)
        store = Store(settings.database)
        try:
            await migrate(store.engine)
            async with store.write() as session:
                return await work(session)
        finally:
            await store.close()

    return asyncio.run(run())
