"""Small arithmetic and looks at processes, shared by the benches."""

import os
import statistics
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rich.progress import Progress

from bot.config import Settings

TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Options:
    """What every part of the table is given."""

    settings: Settings
    quick: bool
    postgres: str  # an address with which databases can be made and dropped
    redis: str
    progress: Progress


@dataclass(frozen=True, slots=True)
class Aim:
    """A figure that we promised to reach, and whether it was."""

    what: str
    figure: float
    wanted: str
    met: bool


@dataclass(slots=True)
class Part:
    """One part of the table. `faults` are what must never happen (lost, doubled, out of order)."""

    name: str
    title: str
    columns: tuple[str, ...]
    rows: list[tuple[Any, ...]] = field(default_factory=list)
    aims: list[Aim] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)

    def add(self, *cells: Any) -> None:
        assert len(cells) == len(self.columns), "a cell for each column"
        self.rows.append(cells)

    def at_least(self, what: str, figure: float, wanted: float) -> None:
        self.aims.append(Aim(what, round(figure, 3), f">= {wanted:g}", figure >= wanted))

    def at_most(self, what: str, figure: float, wanted: float) -> None:
        self.aims.append(Aim(what, round(figure, 3), f"<= {wanted:g}", figure <= wanted))


def percentile(values: Iterable[float], share: float) -> float:
    """Return the nearest-rank percentile; `share` is 0 to 1."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else 0.0


def median(values: Iterable[float]) -> float:
    known = list(values)
    return statistics.median(known) if known else 0.0


def ms(seconds: float) -> float:
    return round(1000 * seconds, 2)


def memory_of(pid: int) -> dict[str, float]:
    """Return resident memory in MiB of a process and its descendants, by a short name (Linux only)."""
    found: dict[str, float] = {}
    for each, name in _family(pid):
        if resident := _resident(each):
            unique = name if name not in found else f"{name} {each}"
            found[unique] = round(resident, 1)
    return found


def cpu_of(pid: int) -> dict[str, float]:
    """Return the seconds of processor time that a process and its descendants used so far, by a short name."""
    used: dict[str, float] = {}
    for each, name in _family(pid):
        used[name] = used.get(name, 0.0) + _processor_seconds(each)
    return used


def find_in_family(pid: int, name: str) -> list[str]:
    """Return the command line of the descendant with that short name, or an empty list."""
    return next((_command_line(each) for each, found in _family(pid) if found == name), [])


def _family(pid: int) -> list[tuple[int, str]]:
    """Return the process and its descendants with names: "app" for the first, then what each was started to run."""
    return [(pid, "app"), *((each, _name(each)) for child in _children(pid) for each in (child, *_below(child)))]


def _below(pid: int) -> list[int]:
    return [each for child in _children(pid) for each in (child, *_below(child))]


def _children(pid: int) -> list[int]:
    """Return the children of all threads: whichever thread started one is its parent here."""
    found: list[int] = []
    for path in Path(f"/proc/{pid}/task").glob("*/children"):
        with suppress(OSError):
            found += [int(child) for child in path.read_text().split()]
    return found


def _name(pid: int) -> str:
    """Name a process after its module: "nlu" is the NLU server, others go by the module's own name."""
    words = _command_line(pid)
    module = words[words.index("-m") + 1] if "-m" in words[:-1] else ""
    name = module.rpartition(".")[2] or (Path(words[0]).name if words else "gone")
    return "nlu" if module == "bot.nlu.runtime.serve" else name


def _command_line(pid: int) -> list[str]:
    try:
        return [word for word in Path(f"/proc/{pid}/cmdline").read_text("utf-8", "replace").split("\0") if word]
    except OSError:
        return []


def _resident(pid: int) -> float:
    try:
        pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    except OSError:
        return 0.0
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


def _processor_seconds(pid: int) -> float:
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / TICKS  # user and system time
