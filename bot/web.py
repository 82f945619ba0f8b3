"""The web process: webhooks, health, metrics, and the staff's and the simulator's pages."""

import time

import structlog
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from sqlalchemy import text
from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.types import Receive, Scope, Send

from bot import broker
from bot.app import Helpline
from bot.channels.base import Forged, Junk, WebhookRequest
from bot.console.pages import build_console
from bot.console.simulator import build_simulator
from bot.messages import StatusReport
from bot.metrics import RECEIVED, REFUSED, WEBHOOK_SECONDS
from bot.store.migrate import is_current

log = structlog.get_logger()

MAX_BODY = 1024 * 1024  # bytes; providers send a few kilobytes


def build_web(helpline: Helpline) -> Starlette:
    """Return the ASGI app. The helpline's background parts are run by whoever serves it."""
    routes: list[BaseRoute] = [
        Route("/webhooks/{path:path}", Webhook(), methods=["POST"]),
        *_list_probes(),
        Mount("/console", build_console(helpline)),
        Route("/", go_home),
    ]
    if helpline.settings.demo:
        routes.insert(-1, Mount("/simulator", build_simulator(helpline)))
    app = Starlette(routes=routes)
    app.state.helpline = helpline
    return app


def build_health(helpline: Helpline) -> Starlette:
    """Return what a worker shows of itself: no pages, no webhooks."""
    app = Starlette(routes=_list_probes())
    app.state.helpline = helpline
    return app


def _list_probes() -> list[Route]:
    return [Route("/healthz", show_health), Route("/readyz", show_readiness), Route("/metrics", show_metrics)]


class Webhook:
    """An ASGI app of its own: what a burst comes through has nothing around it that it does not need."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        response = await _receive_webhook(scope, receive)
        await response(scope, receive, send)


async def _receive_webhook(scope: Scope, receive: Receive) -> Response:
    """403 forged, 400 junk, 200 recorded or uninteresting; 503 and our own fault, 500, make the provider retry."""
    helpline: Helpline = scope["app"].state.helpline
    channel = helpline.registry.find_by_webhook(scope["path_params"]["path"])
    if channel is None:
        return PlainTextResponse("no such webhook: that channel is not configured\n", 404)
    started = time.perf_counter()
    body = await _read_body(receive)
    if body is None:
        return _refuse(channel.names[0], 413, f"a webhook body is at most {MAX_BODY} bytes")
    headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}  # in small letters
    try:
        query = scope["query_string"].decode("latin-1")
        events = await channel.parse(WebhookRequest(scope["path"], headers, body, query))
    except Forged:
        return _refuse(channel.names[0], 403, "the request is not signed by the provider")
    except Junk as error:
        return _refuse(channel.names[0], 400, str(error))
    try:
        await helpline.accept(events)
    except OSError:
        return _refuse(channel.names[0], 503, "neither database nor disk takes this now: send it again later")
    RECEIVED.labels(channel.names[0]).inc(sum(not isinstance(event, StatusReport) for event in events))
    WEBHOOK_SECONDS.observe(time.perf_counter() - started)
    return Response(status_code=200)


async def _read_body(receive: Receive) -> bytes | None:
    """Return the whole body; None where it is too long. Raise ClientDisconnect where it does not come to its end."""
    body, more = b"", True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        body += message.get("body", b"")
        if len(body) > MAX_BODY:
            return None
        more = message.get("more_body", False)
    return body


def _refuse(channel: str, status: int, reason: str) -> Response:
    REFUSED.labels(channel, str(status)).inc()
    log.warning("webhook_refused", channel=channel, status=status)
    return PlainTextResponse(f"{reason}\n", status)


async def show_health(request: Request) -> Response:
    return PlainTextResponse("alive\n")


async def show_readiness(request: Request) -> Response:
    """200 if all parts answer; 503 names the part that does not. Without NLU the helpline still works, degraded."""
    helpline: Helpline = request.app.state.helpline
    parts = {
        "database": await _check_database(helpline),
        "broker": await broker.check(helpline.worker.broker),
        "nlu": "ok" if await helpline.nlu.is_ready() else "not answering: danger words and menus still work",
    }
    return JSONResponse(parts, 200 if set(parts.values()) == {"ok"} else 503)


async def _check_database(helpline: Helpline) -> str:
    try:
        async with helpline.store.read() as session:
            await session.execute(text("SELECT 1"))
        return "ok" if await is_current(helpline.store.engine) else "migrations are missing: run `helpline serve`"
    except Exception as error:
        return f"not answering: {type(error).__name__}"


async def show_metrics(request: Request) -> Response:
    return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)


async def go_home(request: Request) -> Response:
    helpline: Helpline = request.app.state.helpline
    return RedirectResponse("/simulator/" if helpline.settings.demo else "/console/")
