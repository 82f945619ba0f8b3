"""What must never happen to a message, counted after a load: lost, doubled, out of order, told to the wrong person."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass

from bot.bench.telegram import Arrival


@dataclass(frozen=True, slots=True)
class Reply:
    """A row of the outbox: the message it answers, and the id that the provider gave it (None: it was not sent)."""

    row: int
    answers: int
    sent_as: int | None
    status: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """All zero, or something is wrong."""

    lost: int
    doubled: int
    out_of_order: int
    astray: int

    def list_faults(self) -> list[str]:
        return [f"{count} {name.replace('_', ' ')}" for name, count in asdict(self).items() if count]


def check(written: Mapping[int, int], replies: Sequence[Reply], arrivals: Sequence[Arrival]) -> Verdict:
    """Judge a load.

    `written`: number of each message to the chat that wrote it; a chat writes in the order of its numbers.
    `arrivals`: what the provider took, in order; of a 429 or 500 it took nothing.
    """
    arrived = {arrival.number for arrival in arrivals}
    by_sent = {reply.sent_as: reply for reply in replies if reply.sent_as is not None}
    return Verdict(
        lost=_count_lost(written, replies, arrived),
        doubled=_count_doubled(by_sent, replies, arrivals),
        out_of_order=_count_out_of_order(by_sent, arrivals),
        astray=sum(
            arrival.number in by_sent and written.get(by_sent[arrival.number].answers) != arrival.chat
            for arrival in arrivals
        ),
    )


def find_first_replies(replies: Iterable[Reply], arrivals: Sequence[Arrival]) -> dict[int, float]:
    """Return for each answered message when the first bubble of its reply arrived."""
    answers = {reply.sent_as: reply.answers for reply in replies if reply.sent_as is not None}
    first: dict[int, float] = {}
    for arrival in arrivals:
        if arrival.number in answers:
            first.setdefault(answers[arrival.number], arrival.at)
    return first


def _count_lost(written: Mapping[int, int], replies: Sequence[Reply], arrived: set[int]) -> int:
    """A message is lost if it has no reply, or if any part of its reply did not arrive."""
    answered = {reply.answers for reply in replies}
    unsent = {reply.answers for reply in replies if reply.sent_as not in arrived}
    return sum(number not in answered or number in unsent for number in written)


def _count_doubled(by_sent: Mapping[int, Reply], replies: Sequence[Reply], arrivals: Sequence[Arrival]) -> int:
    """What arrived once more than the outbox knows of, or says the same twice in answer to one message."""
    unknown = sum(arrival.number not in by_sent for arrival in arrivals)
    said = Counter(
        (by_sent[arrival.number].answers, arrival.text) for arrival in arrivals if arrival.number in by_sent
    )  # fmt: skip
    shared = Counter(reply.sent_as for reply in replies if reply.sent_as is not None)
    return unknown + sum(count - 1 for counts in (said, shared) for count in counts.values())


def _count_out_of_order(by_sent: Mapping[int, Reply], arrivals: Sequence[Arrival]) -> int:
    """What arrived after something of the same chat that should have come later."""
    furthest: dict[int, tuple[int, int]] = {}
    count = 0
    for arrival in arrivals:
        reply = by_sent.get(arrival.number)
        if reply is None:
            continue
        place = (reply.answers, reply.row)
        count += place < furthest.get(arrival.chat, place)
        furthest[arrival.chat] = max(place, furthest.get(arrival.chat, place))
    return count
