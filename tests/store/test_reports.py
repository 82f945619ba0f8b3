"""Delivery statuses move forward only, and reports that come too early wait."""

import pytest

from bot.app import Helpline
from bot.messages import SendError, SendResult, Status, StatusReport
from bot.outbox.send import CLAIM
from bot.store.queries import outbox
from tests.people import Amina, Clock


class Provider:
    """What the simulator's channel answers next: results or errors, in order, then as always."""

    def __init__(self, helpline: Helpline, *answers: SendResult | SendError) -> None:
        self.answers = list(answers)
        self.texts: list[str] = []
        channel = helpline.registry.get("simulator")
        self._send = channel.send
        channel.send = self.send  # type: ignore[method-assign]

    async def send(self, message):  # type: ignore[no-untyped-def]
        self.texts.append(message.text)
        answer = self.answers.pop(0) if self.answers else await self._send(message)
        if isinstance(answer, SendError):
            raise answer
        return answer


async def test_a_status_never_goes_back(amina: Amina, helpline: Helpline) -> None:
    Provider(helpline, SendResult("x1"))
    await amina.says("person")
    for status in (Status.READ, Status.DELIVERED, Status.SENT, Status.FAILED):
        await helpline.receive([StatusReport(channel="simulator", external_id="x1", status=status)])
    assert (await amina.outbox())[0].status == Status.READ


async def test_a_report_before_its_message_is_parked(amina: Amina, helpline: Helpline) -> None:
    Provider(helpline, SendResult("x2"))
    await helpline.receive([StatusReport(channel="simulator", external_id="x2", status=Status.DELIVERED)])
    await amina.says("person")
    assert (await amina.outbox())[0].status == Status.DELIVERED


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (SendError("window_closed"), Status.FAILED),
        (SendError("http_500", retryable=True), Status.ERRORED),
        (SendError("timeout", ambiguous=True), Status.AMBIGUOUS),
        (SendError("blocked", contact_stopped=True), Status.FAILED),
    ],
)
async def test_an_error_has_its_outcome(amina: Amina, helpline: Helpline, error: SendError, status: Status) -> None:
    Provider(helpline, error)
    await amina.says("person")
    row = (await amina.outbox())[0]
    assert (row.status, row.error) == (status, error.code)


async def test_blocked_means_stopped_and_nothing_more_is_tried(amina: Amina, helpline: Helpline) -> None:
    provider = Provider(helpline, SendError("blocked", contact_stopped=True))
    await amina.says("language")
    assert len(provider.texts) == 1
    assert {row.error for row in await amina.outbox()} <= {"blocked", "contact_stopped"}


async def test_retry_after_is_honoured_and_order_kept(amina: Amina, helpline: Helpline, clock: Clock) -> None:
    provider = Provider(helpline, SendError("rate_limited", retryable=True, retry_after=30))
    await amina.says("person")
    tried = len(provider.texts)
    clock.pass_(seconds=29)
    await helpline.worker.run_until_idle()
    assert len(provider.texts) == tried == 1
    clock.pass_(seconds=2)
    await helpline.worker.run_until_idle()
    assert [row.status for row in await amina.outbox()] == [Status.DELIVERED] * len(await amina.outbox())
    assert provider.texts[0] == provider.texts[1]


async def test_a_sender_that_died_leaves_an_ambiguous_message_never_a_second_one(
    amina: Amina, helpline: Helpline, clock: Clock
) -> None:
    provider = Provider(helpline)
    await amina.writes("person", wake=False)
    await helpline.worker.conductor.handle_contact(1)
    async with helpline.store.write() as session:
        row, _ = await outbox.claim_next(session, 1, "dead", clock(), CLAIM)
        assert row is not None
        assert row.claim == "dead"
    clock.pass_(minutes=5)
    await helpline.worker.run_until_idle()
    first, *rest = await amina.outbox()
    assert (first.status, first.error) == (Status.AMBIGUOUS, "sender_died")
    assert all(row.status == Status.DELIVERED for row in rest)
    assert len(provider.texts) == len(rest)
