"""The measurement as one self-contained HTML page: tables, and the confusion matrix as a picture (SVG)."""

from collections import Counter
from collections.abc import Sequence
from html import escape
from pathlib import Path
from typing import Any

from bot.nlu.metrics import Prediction
from bot.taxonomy import list_labels

_CELL, _MARGIN = 11, 150  # pixels
_STYLE = """body{font:15px/1.5 system-ui,sans-serif;margin:2rem;max-width:1100px}table{border-collapse:collapse}
td,th{padding:.15rem .6rem;text-align:right;border-bottom:1px solid #ddd}td:first-child{text-align:left}
svg text{font:9px system-ui,sans-serif}.wide{overflow-x:auto}"""


def write_page(path: Path, model: str, figures: dict[str, Any], predictions: Sequence[Prediction]) -> None:
    """Write the page. It holds figures and label names only, none of the sentences."""
    parts = [
        f"<h1>{escape(model)}</h1>",
        "<h2>Variants</h2>", _table({**figures["variants"], "all": figures["overall"]}),
        "<h2>Topics</h2>", _table(figures["topics"]),
        "<h2>Confusions</h2><p>Each row is a right label, each column what the model said. Darker: a larger share of"
        " the row. Point at a cell to read it.</p>", f'<div class="wide">{_matrix(predictions)}</div>',
    ]  # fmt: skip
    head = f'<!doctype html><html lang="en"><meta charset="utf-8"><title>NLU test</title><style>{_STYLE}</style>'
    path.write_text(head + "\n".join(parts) + "</html>", "utf-8")


def _table(groups: dict[str, dict[str, float]]) -> str:
    names = list(next(iter(groups.values())))
    head = "".join(f"<th>{escape(name.replace('_', ' '))}</th>" for name in names)
    rows = "".join(
        f"<tr><td>{escape(group)}</td>"
        + "".join(
            f"<td>{each[name]:.0f}</td>" if name == "messages" else f"<td>{each[name]:.3f}</td>" for name in names
        )
        + "</tr>"
        for group, each in groups.items()
    )
    return f'<div class="wide"><table><tr><th></th>{head}</tr>{rows}</table></div>'


def _matrix(predictions: Sequence[Prediction]) -> str:
    labels = list_labels()
    place = {label: index for index, label in enumerate(labels)}
    pairs = Counter((p.label, p.said) for p in predictions if p.said in place)
    totals = Counter(p.label for p in predictions)
    size = _MARGIN + _CELL * len(labels)
    cells = [
        f'<rect x="{_MARGIN + place[said] * _CELL}" y="{_MARGIN + place[label] * _CELL}" width="{_CELL}"'
        f' height="{_CELL}" fill="{"#0b5d52" if said == label else "#b3261e"}"'
        f' fill-opacity="{max(0.08, times / totals[label]):.2f}">'
        f"<title>{label} taken for {said}: {times} of {totals[label]}</title></rect>"
        for (label, said), times in sorted(pairs.items())
    ]
    rows = [
        f'<text x="{_MARGIN - 4}" y="{_MARGIN + index * _CELL + 9}" text-anchor="end">{label}</text>'
        f'<text transform="translate({_MARGIN + index * _CELL + 8},{_MARGIN - 4}) rotate(-90)">{label}</text>'
        for label, index in place.items()
    ]
    return f'<svg width="{size}" height="{size}" role="img" aria-label="Confusion matrix">{"".join(cells + rows)}</svg>'
