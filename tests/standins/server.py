"""What the stand-ins share: a server in a thread on a free port, a record of calls, and faults to order."""

import argparse
import asyncio
import socket
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Self

import uvicorn
from starlette.applications import Starlette
from starlette.responses import JSONResponse, Response

HANG = 600.0  # seconds: longer than any client's patience


@dataclass(frozen=True, slots=True)
class Call:
    """One request a stand-in received."""

    method: str
    params: dict[str, Any]
    headers: dict[str, str]


@dataclass(slots=True)
class Fault:
    """What the next `times` calls of `method` get instead of a proper answer."""

    kind: str
    method: str
    value: float
    times: int


class Standin:
    """Run `app` in a thread while the context is entered. `url` is its address."""

    def __init__(self, app: Starlette, port: int = 0) -> None:
        self.calls: deque[Call] = deque(maxlen=100_000)  # a bench sends many
        self._faults: list[Fault] = []
        self._socket = socket.create_server(("127.0.0.1", port))
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}"
        config = uvicorn.Config(app, log_config=None, access_log=False, lifespan="off", ws="none")
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        wait_until(lambda: self._server.started)
        return self

    def __exit__(self, *_: object) -> None:
        self._server.should_exit = self._server.force_exit = True
        self._thread.join(timeout=10)
        self._socket.close()

    def _run(self) -> None:
        asyncio.run(self._server.serve(sockets=[self._socket]))

    def list_calls(self, method: str) -> list[dict[str, Any]]:
        """Return the parameters of every call of that method, oldest first."""
        return [call.params for call in self.calls if call.method == method]

    def fail_next(self, kind: str, method: str, *, value: float = 0, times: int = 1) -> None:
        """Answer the next calls of `method` with a fault; each stand-in says which kinds it knows."""
        self._faults.append(Fault(kind, method, value, times))

    def take_fault(self, method: str) -> Fault | None:
        for fault in self._faults:
            if fault.method == method and fault.times > 0:
                fault.times -= 1
                return fault
        return None

    def forget(self) -> None:
        self.calls.clear()
        self._faults.clear()

    def show_calls(self) -> Response:
        return JSONResponse([{"method": call.method, "params": call.params} for call in self.calls])


async def hang(fault: Fault) -> None:
    await asyncio.sleep(fault.value or HANG)


def wait_until(condition: Callable[[], object], seconds: float = 10.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError("it did not happen in time")
        time.sleep(0.005)


def serve_forever(build: Callable[[int], Standin], name: str) -> None:
    """The command: python -m tests.standins.<name> --port N."""
    parser = argparse.ArgumentParser(prog=f"python -m tests.standins.{name}")
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one")
    with build(parser.parse_args().port) as standin:
        print(f"{name} stand-in on {standin.url}", flush=True)
        try:
            threading.Event().wait()
        except KeyboardInterrupt:
            print("stopped")
