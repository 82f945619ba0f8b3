"""helpline serve, web, worker: start the parts, wait for a signal, stop cleanly."""

import asyncio
import contextlib
import signal
from collections.abc import Iterator

import structlog
import uvicorn
from rich.console import Console
from starlette.applications import Starlette
from uvicorn.loops.auto import auto_loop_factory

from bot.app import Helpline, build
from bot.config import Settings
from bot.console.accounts import first_admin_link
from bot.nlu.training import train_if_stale
from bot.store.engine import create_engine
from bot.store.migrate import migrate
from bot.web import build_health, build_web

log = structlog.get_logger()
console = Console(stderr=True)

GRACE = 5  # seconds for open connections (live pages) after Ctrl-C


class _Server(uvicorn.Server):
    """Leaves signals to us: uvicorn would raise them again after its own shutdown and cut ours short."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def run(settings: Settings, *, web: bool, work: bool) -> None:
    """Prepare what is missing, then run until SIGINT or SIGTERM."""
    if work and not settings.nlu_url:
        train_if_stale(settings)
    asyncio.run(_run(settings, web, work), loop_factory=auto_loop_factory())  # uvloop, where there is one


def prepare(settings: Settings) -> None:
    """Bring the database up to this code and take over the content of responses/, then end."""

    async def do() -> None:
        await _migrate(settings)
        async with build(settings, start_nlu=False).running(work=False):
            pass

    asyncio.run(do())
    console.print("The database is up to date.")


async def _migrate(settings: Settings) -> None:
    settings.var_dir.mkdir(parents=True, exist_ok=True)
    engine = create_engine(settings.database)
    await migrate(engine)
    await engine.dispose()


async def _run(settings: Settings, web: bool, work: bool) -> None:
    await _migrate(settings)
    helpline = build(settings, start_nlu=work)
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for sign in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(sign, stop.set)
    async with helpline.running(work=work):
        if web:
            await _serve_until(helpline, build_web(helpline), settings.bind, stop)
        elif settings.worker_bind:
            await _serve_until(helpline, build_health(helpline), settings.worker_bind, stop, greet=False)
        else:
            await stop.wait()
    console.print("Stopped.")


async def _serve_until(
    helpline: Helpline, app: Starlette, bind: str, stop: asyncio.Event, *, greet: bool = True
) -> None:
    host, _, port = bind.rpartition(":")
    config = uvicorn.Config(
        app, host=host, port=int(port), log_config=None, access_log=False,
        timeout_graceful_shutdown=GRACE, server_header=False,
    )  # fmt: skip
    server = _Server(config)
    serving = asyncio.create_task(server.serve())
    while not server.started and not serving.done():  # noqa: ASYNC110  uvicorn has no event for it
        await asyncio.sleep(0.02)
    if server.started and greet:
        await _greet(helpline)
    stopping = asyncio.create_task(stop.wait())
    await asyncio.wait({serving, stopping}, return_when=asyncio.FIRST_COMPLETED)
    stopping.cancel()
    server.should_exit = True
    await serving


async def _greet(helpline: Helpline) -> None:
    base = helpline.settings.public_url or f"http://{helpline.settings.bind}"
    console.print(f"[bold green]The helpline runs.[/] Console: {base}/console/", highlight=False)
    if helpline.settings.demo:
        console.print(f"Simulator (demo mode): {base}/simulator/", highlight=False)
    link = await first_admin_link(helpline)
    if link:
        console.print(f"Make the first admin account, this link works once: [bold]{link}[/]", highlight=False)
    console.print("Ctrl-C stops it.")
