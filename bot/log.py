"""Logs: past-tense events with ids, never words, names or numbers. Secrets are cut out as a second lock."""

import logging
import sys
from collections.abc import Iterable
from typing import Any

import structlog

# These say at INFO whom they called, with the token in the URL, or print request bodies.
_TALKATIVE = ("aiohttp", "httpx", "httpcore", "telegram", "twilio", "taskiq", "alembic", "uvicorn.error", "asyncio")


class _Stderr:
    """Standard error as it is when a line is written, not as it was when logging was set up."""

    def write(self, text: str) -> int:
        return sys.stderr.write(text)

    def flush(self) -> None:
        sys.stderr.flush()


def configure_logging(secrets: Iterable[str] = (), *, pretty: bool | None = None) -> None:
    """Send structlog and the standard library's loggers to standard error, one event a line."""
    hidden = tuple(secret for secret in secrets if len(secret) >= 8)

    def cut_secrets(_logger: Any, _method: str, event: dict[str, Any]) -> dict[str, Any]:
        return {name: _without(value, hidden) for name, value in event.items()}

    tty = sys.stderr.isatty() if pretty is None else pretty
    renderer: Any = structlog.dev.ConsoleRenderer() if tty else structlog.processors.JSONRenderer()
    shared: list[Any] = [
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        cut_secrets,
    ]
    structlog.configure(
        processors=[*shared, renderer],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.PrintLoggerFactory(_Stderr()),  # type: ignore[arg-type]
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(_Stderr())
    formatter = structlog.stdlib.ProcessorFormatter(foreign_pre_chain=shared, processor=renderer)
    handler.setFormatter(formatter)
    root = logging.getLogger()
    root.handlers, root.level = [handler], logging.WARNING
    for name in _TALKATIVE:
        logging.getLogger(name).setLevel(logging.ERROR)


def _without(value: Any, hidden: tuple[str, ...]) -> Any:
    if not isinstance(value, str):
        return value
    for secret in hidden:
        value = value.replace(secret, "***")
    return value
