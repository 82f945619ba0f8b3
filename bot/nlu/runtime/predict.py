"""Classify JSON lines: `python -m bot.nlu.runtime.predict --model var/models/helpline-….tar.gz < in > out`.

Every line keeps its keys and gains intent, confidence, ranking, language (empty if unsure), language_confidence,
script, danger and entities.
"""

import argparse
import json
import os
import sys
import tempfile
from itertools import islice
from pathlib import Path
from typing import Any, Callable, Dict, Iterable, Iterator, List, Tuple

from bot.nlu.runtime.quiet import be_quiet

# Messages are cut here, as in bot.nlu.client.
LONGEST = 2000
_BATCH = 16

Parse = Callable[[List[str]], List[Dict[str, Any]]]


def main() -> None:
    parser = argparse.ArgumentParser(description="Classify JSON lines.")
    parser.add_argument("--model", type=Path, required=True)
    parser.add_argument("--own-sentences", action="store_true", help="the lines are no worker's: vectors may be kept")
    options = parser.parse_args()
    be_quiet()
    if options.own_sentences:
        from bot.nlu.components.vectors import keep_parsed

        keep_parsed()
    with tempfile.TemporaryDirectory(prefix="helpline-nlu-") as folder:
        code = _run(options.model, Path(folder))
    sys.exit(code)


def _run(archive: Path, folder: Path) -> int:
    from bot.nlu.runtime.model import Model

    sys.stdin.reconfigure(encoding="utf-8", errors="surrogateescape")
    sys.stdout.reconfigure(encoding="utf-8", errors="surrogateescape")
    try:
        return predict(sys.stdin, sys.stdout, sys.stderr, Model(archive, folder).parse)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # nobody reads on: not worth a traceback
        return 1


def predict(lines: Iterable[str], out: Any, complaints: Any, parse: Parse) -> int:
    """Answer every line in order; return 1 if any could not be used, else 0."""
    failed = 0
    for batch in _batches(_read(lines), _BATCH):
        usable = [line["text"][:LONGEST] for _, line, problem in batch if not problem]
        results = iter(parse(usable) if usable else [])
        for number, line, problem in batch:
            if problem:
                failed = 1
                print(f"line {number}: {problem}", file=complaints)
            answer = {"error": problem} if problem else {**line, **describe(next(results))}
            print(json.dumps(answer, ensure_ascii=False), file=out)
        out.flush()
    return failed


def describe(parsed: Dict[str, Any]) -> Dict[str, Any]:
    """Return the keys that a line gains."""
    ranking = [[entry["name"], round(entry["confidence"], 4)] for entry in parsed.get("intent_ranking", [])[:5]]
    return {
        "intent": ranking[0][0] if ranking else "",
        "confidence": ranking[0][1] if ranking else 0.0,
        "ranking": ranking,
        "language": parsed["language"],
        "language_confidence": round(parsed["language_confidence"], 4),
        "script": parsed["script"],
        "danger": parsed["danger"],
        "entities": [
            {key: entity[key] for key in ("entity", "value", "start", "end")} for entity in parsed.get("entities", [])
        ],
    }


def _read(lines: Iterable[str]) -> Iterator[Tuple[int, Dict[str, Any], str]]:
    """Yield number, content and what is wrong with it; empty lines are passed over."""
    for number, line in enumerate(lines, start=1):
        if line.strip():
            content, problem = _read_line(line)
            yield number, content, problem


def _read_line(line: str) -> Tuple[Dict[str, Any], str]:
    try:
        content = json.loads(line)
    except (ValueError, RecursionError):
        return {}, "not JSON"
    if not isinstance(content, dict):
        return {}, "not a JSON object"
    return content, "" if isinstance(content.get("text"), str) else 'no "text"'


def _batches(items: Iterator[Any], size: int) -> Iterator[List[Any]]:
    while batch := list(islice(items, size)):
        yield batch


if __name__ == "__main__":
    main()
