"""How far a long step has come. The training command listens; otherwise nobody does."""

from typing import Callable

Listener = Callable[[str, int, int], None]


class _Progress:
    listener: Listener = staticmethod(lambda stage, done, of: None)


def listen(listener: Listener) -> None:
    _Progress.listener = staticmethod(listener)


def report(stage: str, done: int, of: int) -> None:
    _Progress.listener(stage, done, of)
