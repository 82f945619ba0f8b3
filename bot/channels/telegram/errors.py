"""What python-telegram-bot raises, into SendError: may it be tried again, did it perhaps arrive, did she block us?"""

from datetime import timedelta

import aiohttp
from telegram.error import BadRequest, Forbidden, InvalidToken, NetworkError, RetryAfter, TelegramError, TimedOut

from bot.channels.telegram.requests import UNREADABLE
from bot.messages import RATE_LIMITED, SendError

# Raised before the request left this machine: repeating it cannot make a message arrive twice.
_NOT_SENT = (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError)


def to_send_error(error: TelegramError) -> SendError:
    if isinstance(error, Forbidden):
        return SendError("blocked", contact_stopped=True)
    if isinstance(error, RetryAfter):
        return SendError(RATE_LIMITED, retryable=True, retry_after=_seconds(error.retry_after))
    if isinstance(error, InvalidToken):
        return SendError("bad_token")
    if isinstance(error, BadRequest):
        return SendError(_name_refusal(error))
    if isinstance(error, NetworkError):
        return _from_network(error)
    if error.message == UNREADABLE:  # 200, but the body was cut off
        return SendError("bad_response", ambiguous=True)
    return SendError("telegram_error")


def to_fetch_error(error: TelegramError) -> SendError:
    """Fetching twice does no harm, so what is ambiguous for a message is simply tried again."""
    found = to_send_error(error)
    if found.ambiguous:
        return SendError(found.code, retryable=True)
    return SendError(found.code, found.retryable, retry_after=found.retry_after)


def _from_network(error: NetworkError) -> SendError:
    cause = error.__cause__
    if isinstance(cause, _NOT_SENT):
        return SendError("unreachable", retryable=True)
    if isinstance(error, TimedOut):
        return SendError("timed_out", ambiguous=True)
    if isinstance(cause, aiohttp.ClientError):
        return SendError("connection_lost", ambiguous=True)
    return SendError("network", retryable=True)  # Telegram answered with 5xx


def _name_refusal(error: BadRequest) -> str:
    message = error.message.lower()
    if "chat not found" in message:
        return "no_such_chat"
    return "too_large" if "file is too big" in message else "bad_request"


def _seconds(value: int | timedelta) -> float:
    return value.total_seconds() if isinstance(value, timedelta) else float(value)
