"""Telegram's Bot API on this machine: remembers what it was asked to send, delivers updates by poll or webhook."""

import asyncio
import json
import time
from collections.abc import Awaitable, Callable
from itertools import count
from typing import Any

import httpx
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from tests.standins.server import Call, Fault, Standin, hang, serve_forever

TOKEN = "123456789:AAE-stand-in-token-stand-in-token-00"
BOT = {"id": 123456789, "is_bot": True, "first_name": "Helpline", "username": "helpline_bot"}

# kind of fault -> HTTP status and the words Telegram uses
FAULTS = {
    "blocked": (403, "Forbidden: bot was blocked by the user"),
    "rate_limited": (429, "Too Many Requests: retry after {value}"),
    "server_error": (500, "Internal Server Error"),
    "bad_gateway": (502, "Bad Gateway"),
    "no_such_chat": (400, "Bad Request: chat not found"),
    "bad_request": (400, "Bad Request: message text is empty"),
    "too_big": (400, "Bad Request: file is too big"),
    "bad_token": (401, "Unauthorized"),
}


class TelegramStandin(Standin):
    """`push` queues an update for polling; `deliver` posts it to the webhook that was set.

    Faults (see `fail_next`) are those of FAULTS, "hang" for `value` seconds and "garbled", a cut-off 200.
    """

    def __init__(self, port: int = 0, token: str = TOKEN) -> None:
        self.token = token
        self.files: dict[str, bytes] = {}  # file id -> content
        self.webhook: dict[str, Any] = {}  # parameters of setWebhook
        self._updates: list[dict[str, Any]] = []
        self._ids = count(1)
        self._update_ids = count(900_000_001)
        routes = [
            Route("/bot{token}/{method}", self._answer_call, methods=["GET", "POST"]),
            Route("/file/bot{token}/{file_id:path}", self._download),
            Route("/_standin/calls", lambda request: self.show_calls()),
            Route("/_standin/updates", self._take_update, methods=["POST"]),
        ]
        super().__init__(Starlette(routes=routes), port)

    @property
    def sent(self) -> list[dict[str, Any]]:
        return self.list_calls("sendMessage")

    def forget(self) -> None:
        super().forget()
        self.files, self.webhook, self._updates = {}, {}, []

    def push(self, update: dict[str, Any]) -> int:
        """Queue an update for getUpdates under a fresh update id; return the id."""
        update_id = next(self._update_ids)
        self._updates.append({**update, "update_id": update_id})
        return update_id

    def deliver(self, update: dict[str, Any]) -> httpx.Response:
        """Post an update to the webhook, as Telegram would."""
        secret = {"x-telegram-bot-api-secret-token": self.webhook.get("secret_token", "")}
        return httpx.post(self.webhook["url"], json=update, headers=secret, timeout=30)

    async def _answer_call(self, request: Request) -> Response:
        if request.path_params["token"] != self.token:
            return _refuse(401, "Unauthorized")
        method = request.path_params["method"]
        params = await _read_params(request)
        self.calls.append(Call(method, params, dict(request.headers)))
        fault = self.take_fault(method)
        if fault:
            return await _answer_fault(fault)
        answer = self._methods().get(method)
        return await answer(params) if answer else _refuse(404, "Not Found")

    def _methods(self) -> dict[str, Callable[[dict[str, Any]], Awaitable[Response]]]:
        return {
            "sendMessage": self._send_message,
            "getUpdates": self._get_updates,
            "setWebhook": self._set_webhook,
            "deleteWebhook": self._delete_webhook,
            "getFile": self._get_file,
            "getMe": _get_me,
            "answerCallbackQuery": _agree,
        }

    async def _send_message(self, params: dict[str, Any]) -> Response:
        if not str(params.get("text", "")).strip():
            return _refuse(400, "Bad Request: message text is empty")
        chat = {"id": int(params["chat_id"]), "first_name": "Amina", "type": "private"}
        message = {
            "message_id": next(self._ids), "from": BOT, "chat": chat, "date": int(time.time()), "text": params["text"],
        }  # fmt: skip
        if "reply_markup" in params:
            message["reply_markup"] = params["reply_markup"]
        return _accept(message)

    async def _get_updates(self, params: dict[str, Any]) -> Response:
        if self.webhook:
            return _refuse(409, "Conflict: can't use getUpdates method while webhook is active")
        offset = int(params.get("offset", 0))
        self._updates = [update for update in self._updates if update["update_id"] >= offset]
        deadline = time.monotonic() + float(params.get("timeout", 0))
        while not self._updates and time.monotonic() < deadline:  # noqa: ASYNC110 (push is another thread)
            await asyncio.sleep(0.01)
        return _accept(self._updates[:100])

    async def _set_webhook(self, params: dict[str, Any]) -> Response:
        self.webhook = params
        return _accept(True)

    async def _delete_webhook(self, params: dict[str, Any]) -> Response:
        self.webhook = {}
        return _accept(True)

    async def _get_file(self, params: dict[str, Any]) -> Response:
        file_id = params["file_id"]
        content = self.files.get(file_id)
        if content is None:
            return _refuse(400, "Bad Request: invalid file_id")
        file = {"file_id": file_id, "file_unique_id": f"u{file_id}", "file_size": len(content), "file_path": file_id}
        return _accept(file)

    async def _download(self, request: Request) -> Response:
        content = self.files.get(request.path_params["file_id"])
        return Response(content) if content is not None else _refuse(404, "Not Found")

    async def _take_update(self, request: Request) -> Response:
        """For other processes (bench, a person with curl): queue the posted update."""
        return JSONResponse({"update_id": self.push(await request.json())})


async def _read_params(request: Request) -> dict[str, Any]:
    """Read query and form; what a client encodes as JSON inside a field is decoded."""
    form = await request.form()
    fields = {**request.query_params, **{name: str(value) for name, value in form.items()}}
    return {name: _decode(value) if value[:1] in ("{", "[") else value for name, value in fields.items()}


def _decode(value: str) -> Any:
    try:
        return json.loads(value)
    except ValueError:
        return value


async def _answer_fault(fault: Fault) -> Response:
    if fault.kind == "hang":
        await hang(fault)
        return _accept(True)
    if fault.kind == "garbled":
        return Response(b'{"ok":true,"result":{"mess', media_type="application/json")
    status, words = FAULTS[fault.kind]
    extra = {"parameters": {"retry_after": int(fault.value)}} if fault.kind == "rate_limited" else {}
    return _refuse(status, words.format(value=int(fault.value)), **extra)


async def _agree(params: dict[str, Any]) -> Response:
    return _accept(True)


async def _get_me(params: dict[str, Any]) -> Response:
    return _accept({**BOT, "can_join_groups": True, "can_read_all_group_messages": False})


def _accept(result: object) -> Response:
    return JSONResponse({"ok": True, "result": result})


def _refuse(status: int, description: str, **extra: object) -> Response:
    return JSONResponse({"ok": False, "error_code": status, "description": description, **extra}, status)


if __name__ == "__main__":
    serve_forever(TelegramStandin, "telegram")
