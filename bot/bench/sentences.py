"""What the bench's contacts write: development sentences, of real lengths and scripts, that no model learnt from."""

from bot.nlu.examples import list_dev

# A contact who said stop gets no second answer; one who asked to be forgotten is another contact afterwards.
LEFT_OUT = frozenset({"stop_messages", "delete_data"})
MOST = 997


def list_sentences(variant: str = "") -> list[str]:
    """Return sentences of one variant, or evenly of all."""
    texts = [
        example.text for example in list_dev()
        if example.label not in LEFT_OUT and variant in ("", example.variant)
    ]  # fmt: skip
    return texts[:: max(1, len(texts) // MOST)]
