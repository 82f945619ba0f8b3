"""helpline user add."""

import asyncio
import getpass
import sys

from rich.console import Console

from bot.clock import now
from bot.config import Settings
from bot.console.accounts import AccountError, create_user
from bot.store.engine import Store
from bot.store.migrate import migrate

console = Console(stderr=True)


def add_user(settings: Settings, name: str, display_name: str, role: str) -> int:
    password = getpass.getpass("Password: ") if sys.stdin.isatty() else sys.stdin.readline().rstrip("\n")
    return asyncio.run(_add(settings, name, display_name, role, password))


async def _add(settings: Settings, name: str, display_name: str, role: str, password: str) -> int:
    settings.var_dir.mkdir(parents=True, exist_ok=True)
    store = Store(settings.database)
    try:
        await migrate(store.engine)
        async with store.write() as session:
            await create_user(session, name, display_name, role, password, now())
    except AccountError as error:
        console.print(f"[red]No account was made:[/] {error}")
        return 1
    finally:
        await store.close()
    console.print(f"Account {name} ({role}) is made.")
    return 0
