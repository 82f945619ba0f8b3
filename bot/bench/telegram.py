"""The Telegram Bot API's side of the bench: takes sendMessage and notes when each chat got its reply."""

import asyncio
import time

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route


class ReplyClock:
    """An ASGI app at `.app`; `wait_for_reply(chat)` returns the time at which the chat's next message arrived."""

    def __init__(self) -> None:
        self.app = Starlette(routes=[Route("/bot{token}/{method}", self._take, methods=["GET", "POST"])])
        self.taken = 0
        self._waiting: dict[int, asyncio.Future[float]] = {}

    def expect(self, chat: int) -> "asyncio.Future[float]":
        self._waiting[chat] = asyncio.get_running_loop().create_future()
        return self._waiting[chat]

    async def _take(self, request: Request) -> JSONResponse:
        if request.path_params["method"] != "sendMessage":
            return JSONResponse({"ok": True, "result": True})
        form = await request.form()
        chat = int(str(form["chat_id"]))
        self.taken += 1
        waiting = self._waiting.pop(chat, None)
        if waiting is not None and not waiting.done():
            waiting.set_result(time.perf_counter())
        message = {"message_id": self.taken, "date": int(time.time()), "chat": {"id": chat, "type": "private"}}
        return JSONResponse({"ok": True, "result": {**message, "text": "taken"}})
