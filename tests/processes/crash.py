"""`helpline` in a process that kills itself (SIGKILL) at a named step; with no step, as ever but less patient.

Arguments: the step (or an empty one), then those of `helpline`. The product knows nothing of this: functions are
wrapped from outside before it starts.
"""

import os
import signal
import sys
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import bot.conversation.conduct as conduct
import bot.outbox.send as send
from bot import inbox
from bot.cli import main as helpline
from bot.nlu.understand import Understander
from bot.outbox.send import Sender
from bot.privacy import erasure
from bot.store.queries import contacts, messages


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def before(owner: Any, name: str) -> Callable[[], None]:
    async def dies(*_: Any, **__: Any) -> None:
        die()

    return lambda: setattr(owner, name, dies)


def after(owner: Any, name: str, when: Callable[[Any], bool] = lambda result: True) -> Callable[[], None]:
    real = getattr(owner, name)

    async def works_and_dies(*args: Any, **more: Any) -> Any:
        result = await real(*args, **more)
        if when(result):
            die()
        return result

    return lambda: setattr(owner, name, works_and_dies)


def at_note() -> Callable[[], None]:
    """Die right after the transaction that notes what the provider said (and claims the next row)."""
    real = Sender._insist

    async def notes_and_dies(self: Sender, work: Any, *, noting: bool) -> Any:
        result = await real(self, work, noting=noting)
        if noting:
            die()
        return result

    return lambda: setattr(Sender, "_insist", notes_and_dies)


def at_receipt() -> Callable[[], None]:
    """Die where the receipt of an erasure is about to be handed over, and at no other message."""
    real = Sender._hand_over

    async def hands_over_or_dies(self: Sender, contact: Any, row: Any) -> Any:
        if contact.erase_at is not None:
            die()
        return await real(self, contact, row)

    return lambda: setattr(Sender, "_hand_over", hands_over_or_dies)


STEPS = {
    "received, not yet recorded": before(inbox, "record"),
    "recorded, not yet committed": after(inbox, "_record_inbounds"),
    "committed, not yet acknowledged": after(inbox, "record"),
    "before NLU": before(Understander, "understand"),
    "after NLU": after(Understander, "understand"),
    "applied, not yet committed": after(conduct, "apply"),
    "handled, not yet sent": after(conduct.Conductor, "_handle", lambda result: bool(result[0])),
    "claimed, not yet with the provider": before(Sender, "_hand_over"),
    "with the provider, not yet noted": after(Sender, "_hand_over"),
    "noted, more to send": at_note(),
    "inside a sweep": after(messages, "list_waiting_contacts", bool),
}
ERASING = {
    "words gone, not yet committed": after(erasure, "erase_words"),
    "words gone, receipt not yet sent": at_receipt(),
    "address gone, not yet committed": after(contacts, "delete_contact"),
}


def main() -> None:
    conduct.LEASE = timedelta(seconds=2)
    send.CLAIM = timedelta(seconds=3)
    step = sys.argv[1]
    if step:
        (STEPS | ERASING)[step]()
    sys.argv = ["helpline", *sys.argv[2:]]
    helpline()
