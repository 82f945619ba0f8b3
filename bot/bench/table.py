"""helpline bench: the whole table in one run, printed and as JSON."""

import asyncio
import json
import logging
import os
import platform
import signal
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

import structlog
from rich.console import Console
from rich.progress import MofNCompleteColumn, Progress, TimeElapsedColumn
from rich.table import Table

from bot.bench import accept, burst, growth, memory, scale, stock
from bot.bench.figures import Options, Part
from bot.config import Settings, SettingsError

PARTS: dict[str, Callable[[Options], Awaitable[Part]]] = {
    "accept": accept.measure, "stock": stock.measure, "scale": scale.measure, "growth": growth.measure,
    "memory": memory.measure, "burst": burst.measure,
}  # fmt: skip
WIDTH = 150  # characters a table needs where there is no terminal to ask

console = Console(stderr=True)


def bench(settings: Settings, parts: str, quick: bool, postgres: str, redis: str, output: Path | None) -> int:
    """Measure the parts, print them as they come; return 1 if anything was lost, doubled or out of order."""
    names = [name.strip() for name in parts.split(",") if name.strip()]
    unknown = set(names) - set(PARTS)
    if unknown or not names:
        raise SettingsError(f"--parts {parts!r}: the parts are {', '.join(PARTS)}")
    columns = (*Progress.get_default_columns(), MofNCompleteColumn(), TimeElapsedColumn())
    with _silence(), Progress(*columns, console=console, transient=True) as progress:
        try:
            done = asyncio.run(_measure(Options(settings, quick, postgres, redis, progress), names))
        except asyncio.CancelledError:
            return 143
    if output:
        output.write_text(json.dumps(describe(done, quick), indent=1, default=str))
    faults = [fault for part in done for fault in part.faults]
    for fault in faults:
        console.print(f"[bold red]{fault}[/]", highlight=False)
    return 1 if faults else 0


@contextmanager
def _silence() -> Iterator[None]:
    """What runs inside this process (growth) would log a line for each message."""
    before = structlog.get_config()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    try:
        yield
    finally:
        structlog.configure(**before)


async def _measure(options: Options, names: list[str]) -> list[Part]:
    task = asyncio.current_task()
    assert task is not None
    # Ended from outside, it must not leave the processes behind that it started.
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    done = []
    for name in names:
        started = time.perf_counter()
        console.print(f"{name} …", highlight=False)
        part = await PARTS[name](options)
        for shown in options.progress.task_ids:
            options.progress.remove_task(shown)
        part.notes.append(f"measured in {time.perf_counter() - started:.0f} s")
        print_part(part, options.quick)
        done.append(part)
    return done


def print_part(part: Part, quick: bool = False) -> None:
    """Print the part's table, its notes, and each aim with whether it is met."""
    out = Console()
    out = Console(width=max(out.width, WIDTH))
    out.print(f"[bold]{part.title}[/]{' (quick: too short to be quoted)' if quick else ''}", highlight=False)
    table = Table()
    for position, heading in enumerate(part.columns):
        numbers = all(isinstance(row[position], int | float) for row in part.rows)
        table.add_column(heading, justify="right" if numbers else "left", overflow="fold")
    for row in part.rows:
        table.add_row(*(str(cell) for cell in row))
    if part.rows:
        out.print(table)
    for aim in part.aims:
        met = "[green]met[/]" if aim.met else "[red]not met[/]"
        out.print(f"  {aim.what}: {aim.figure:g}, aim {aim.wanted}: {met}", highlight=False)
    for note in part.notes:
        out.print(f"  {note}", highlight=False, markup=False, style="dim")


def describe(parts: list[Part], quick: bool) -> dict[str, Any]:
    """Return the JSON form: the machine, and each part with its rows as objects."""
    machine = {"system": platform.platform(), "processors": os.cpu_count(), "python": platform.python_version()}
    return {"quick": quick, "machine": machine, "parts": [_describe(part) for part in parts]}


def _describe(part: Part) -> dict[str, Any]:
    return {**asdict(part), "rows": [dict(zip(part.columns, row, strict=True)) for row in part.rows]}
