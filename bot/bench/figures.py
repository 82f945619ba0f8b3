"""Small arithmetic and looks at processes, shared by the benches."""

import os
from pathlib import Path


def percentile(values: list[float], share: float) -> float:
    """Return the nearest-rank percentile; `share` is 0 to 1."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else 0.0


def memory_of(pid: int) -> dict[str, float]:
    """Return resident memory in MiB of a process and its descendants, by a short name (Linux only)."""
    return {name: round(_resident(each), 1) for each, name in _family(pid) if _resident(each)}


def _family(pid: int) -> list[tuple[int, str]]:
    family = [(pid, "app")]
    for child in _children(pid):
        family += [(each, f"nlu-{child}" if each == child else f"nlu-{child}-{each}") for each, _ in _family(child)]
    return family


def _children(pid: int) -> list[int]:
    try:
        text = Path(f"/proc/{pid}/task/{pid}/children").read_text()
    except OSError:
        return []
    return [int(child) for child in text.split()]


def _resident(pid: int) -> float:
    try:
        pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    except OSError:
        return 0.0
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20
