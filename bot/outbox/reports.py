"""Delivery statuses: they only move forward, whatever order the provider's reports come in."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from bot.messages import Status, StatusReport
from bot.store.models import OutboxMessage, ParkedReport
from bot.store.queries import outbox

# A status moves only to a higher rank. FAILED stands below DELIVERED: a message she read did not fail.
RANK = {
    Status.QUEUED: 0, Status.ERRORED: 1, Status.SENDING: 2, Status.AMBIGUOUS: 3,
    Status.SENT: 4, Status.FAILED: 5, Status.DELIVERED: 6, Status.READ: 7,
}  # fmt: skip


async def apply_report(session: AsyncSession, report: StatusReport, now: datetime) -> None:
    """Move the message's status forward; park the report if its message is not known yet."""
    row = await outbox.find_by_external_id(session, report.channel, report.external_id)
    if row is None:
        parked = ParkedReport(
            channel=report.channel, external_id=report.external_id, status=report.status,
            error=report.error_code, received_at=now,
        )  # fmt: skip
        session.add(parked)
        return
    advance(row, report.status, report.error_code, now)


async def apply_parked(session: AsyncSession, row_id: int, channel: str, external_id: str, now: datetime) -> None:
    """Apply what was reported about a message before its id was known here."""
    reports = await outbox.take_parked_reports(session, channel, external_id)
    if not reports:
        return
    row = await session.get_one(OutboxMessage, row_id, populate_existing=True)
    for report in reports:
        advance(row, Status(report.status), report.error, now)


def advance(row: OutboxMessage, status: Status, error: str, now: datetime) -> bool:
    """Move a status forward; return whether it moved."""
    if RANK[status] <= RANK[Status(row.status)]:
        return False
    row.status, row.error, row.changed_at = status, error[:64], now
    return True
