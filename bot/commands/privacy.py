"""helpline retention, helpline audit verify and helpline seal rotate."""

import asyncio
from collections.abc import Awaitable, Callable

from rich.console import Console
from rich.table import Table

from bot import audit
from bot.app import build_retention
from bot.clock import now
from bot.config import Settings
from bot.privacy import rotation
from bot.privacy.retention import Report
from bot.privacy.seal import Vault
from bot.store.engine import Store
from bot.store.migrate import migrate


def retain(settings: Settings, console: Console, *, run: bool) -> int:
    """Print what is due, or do it and print what was done."""

    async def work(store: Store) -> Report:
        retention = build_retention(settings, store, now)
        return await (retention.run() if run else retention.find())

    report = _with_store(settings, work)
    table = Table(title="Retention: done" if run else "Retention: due (nothing was changed; add --run)")
    table.add_column("organisation")
    table.add_column("kind")
    table.add_column("kept", justify="right")
    table.add_column("count", justify="right")
    for line in report.lines:
        kept = f"{line.kept.days} days" if line.kept else "until they expire"
        table.add_row(line.organisation, line.kind, kept, str(line.count))
    console.print(table)
    return 0


def verify_audit(settings: Settings, console: Console) -> int:
    """Walk the chain of the audit; 1 where it is broken."""

    async def work(store: Store) -> audit.Verdict:
        async with store.read() as session:
            return await audit.verify(session)

    verdict = _with_store(settings, work)
    console.print(f"{verdict.count} entries, last link {verdict.link or '-'}", highlight=False)
    if verdict.broken_at is not None:
        console.print(f"BROKEN at entry {verdict.broken_at}: it was changed, or one before it is gone.", style="red")
    if verdict.missing:
        console.print(f"BROKEN at the end: {verdict.missing} entries are gone.", style="red")
    return 0 if verdict.holds else 1


def rotate(settings: Settings, console: Console) -> int:
    """Seal every data key and staff secret anew with the first of SEAL_KEYS; the helpline may run meanwhile."""
    vault = Vault(settings.seal_keys.get_secret_value())

    async def work(store: Store) -> tuple[int, int]:
        return await rotation.rotate(store, vault)

    done, lost = _with_store(settings, work)
    console.print(f"{done} keys sealed anew, {lost} could not be opened.", highlight=False)
    console.print("Keep the oldest key in the list: addresses are found by it.", highlight=False)
    return 1 if lost else 0


def _with_store[Result](settings: Settings, work: Callable[[Store], Awaitable[Result]]) -> Result:
    async def run() -> Result:
        settings.var_dir.mkdir(parents=True, exist_ok=True)
        store = Store(settings.database)
        try:
            await migrate(store.engine)
            return await work(store)
        finally:
            await store.close()

    return asyncio.run(run())
