"""Twilio's Messages API on this machine, and a hand that signs and posts webhooks as Twilio does."""

import base64
import hashlib
import hmac
import secrets
from collections.abc import Mapping
from email.utils import formatdate
from typing import Any
from urllib.parse import urlencode

import httpx
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from tests.standins.server import Call, Fault, Standin, hang, serve_forever

SID = "AC" + "0" * 31 + "1"
AUTH_TOKEN = "stand-in-auth-token"
FORM = "application/x-www-form-urlencoded"

# kind of fault -> HTTP status, Twilio's code and words
FAULTS = {
    "opted_out": (400, 21610, "Attempt to send to unsubscribed recipient"),
    "window_closed": (400, 63016, "Failed to send freeform message because you are outside the allowed window"),
    "bad_address": (400, 21211, "The 'To' number is not a valid phone number"),
    "rate_limited": (429, 20429, "Too Many Requests"),
    "bad_credentials": (401, 20003, "Authenticate"),
    "server_error": (500, 20500, "An internal server error has occurred"),
    "other": (400, 21617, "The concatenated message body exceeds the 1600 character limit"),
}


class TwilioStandin(Standin):
    """Faults (see `fail_next`, method "Messages") are those of FAULTS, "hang" for `value` seconds and "garbled"."""

    def __init__(self, port: int = 0, sid: str = SID, auth_token: str = AUTH_TOKEN) -> None:
        self.sid, self.auth_token = sid, auth_token
        self.media: dict[str, tuple[bytes, str]] = {}  # media sid -> content and its type
        account = "/2010-04-01/Accounts/{sid}"
        routes = [
            Route(f"{account}/Messages.json", self._create_message, methods=["POST"]),
            Route(f"{account}/Messages/{{message}}/Media/{{media}}", self._redirect_media),
            Route("/storage/{media}", self._serve_media),
            Route("/_standin/calls", lambda request: self.show_calls()),
        ]
        super().__init__(Starlette(routes=routes), port)

    @property
    def sent(self) -> list[dict[str, Any]]:
        return self.list_calls("Messages")

    def forget(self) -> None:
        super().forget()
        self.media = {}

    def media_url(self, media: str) -> str:
        return f"{self.url}/2010-04-01/Accounts/{self.sid}/Messages/MM{'0' * 32}/Media/{media}"

    def sign(self, url: str, params: Mapping[str, str]) -> str:
        """Written from Twilio's description, not with Twilio's library, so that the two check each other."""
        text = url + "".join(name + params[name] for name in sorted(params))
        digest = hmac.new(self.auth_token.encode(), text.encode(), hashlib.sha1).digest()
        return base64.b64encode(digest).decode()

    def build_headers(self, url: str, params: Mapping[str, str]) -> dict[str, str]:
        return {"content-type": f"{FORM}; charset=utf-8", "x-twilio-signature": self.sign(url, params)}

    def post(self, url: str, params: Mapping[str, str], signed_url: str = "") -> httpx.Response:
        """Post a signed webhook to `url`; `signed_url` is the public address where a proxy stands between."""
        headers = self.build_headers(signed_url or url, params)
        return httpx.post(url, content=urlencode(params), headers=headers, timeout=30)

    def post_status(self, url: str, message_sid: str, status: str, *, to: str, error_code: str = "") -> httpx.Response:
        params = {"MessageSid": message_sid, "MessageStatus": status, "To": to, "AccountSid": self.sid}
        return self.post(url, {**params, "ErrorCode": error_code} if error_code else params)

    async def _create_message(self, request: Request) -> Response:
        if not self._is_authorised(request):
            return _refuse(*FAULTS["bad_credentials"])
        params = {name: str(value) for name, value in (await request.form()).items()}
        self.calls.append(Call("Messages", params, dict(request.headers)))
        fault = self.take_fault("Messages")
        return await _answer_fault(fault) if fault else JSONResponse(self._describe(params), 201)

    def _describe(self, params: dict[str, str]) -> dict[str, Any]:
        sid = "SM" + secrets.token_hex(16)
        uri = f"/2010-04-01/Accounts/{self.sid}/Messages/{sid}"
        now = formatdate(usegmt=True).replace("GMT", "+0000")
        return {
            "account_sid": self.sid, "api_version": "2010-04-01", "body": params.get("Body"), "date_created": now,
            "date_sent": None, "date_updated": now, "direction": "outbound-api", "error_code": None,
            "error_message": None, "from": params.get("From"), "num_media": "0", "num_segments": "1", "price": None,
            "messaging_service_sid": params.get("MessagingServiceSid"), "price_unit": "USD", "sid": sid,
            "status": "queued", "subresource_uris": {"media": f"{uri}/Media.json"}, "to": params.get("To"),
            "uri": f"{uri}.json",
        }  # fmt: skip

    async def _redirect_media(self, request: Request) -> Response:
        self.calls.append(Call("Media", dict(request.path_params), dict(request.headers)))
        if not self._is_authorised(request):
            return _refuse(*FAULTS["bad_credentials"])
        return RedirectResponse(f"/storage/{request.path_params['media']}")

    async def _serve_media(self, request: Request) -> Response:
        self.calls.append(Call("Storage", dict(request.path_params), dict(request.headers)))
        content, mime = self.media.get(request.path_params["media"], (None, ""))
        return Response(content, media_type=mime) if content is not None else Response(status_code=404)

    def _is_authorised(self, request: Request) -> bool:
        expected = base64.b64encode(f"{self.sid}:{self.auth_token}".encode()).decode()
        return request.path_params["sid"] == self.sid and request.headers.get("authorization") == f"Basic {expected}"


async def _answer_fault(fault: Fault) -> Response:
    if fault.kind == "hang":
        await hang(fault)
    if fault.kind in ("hang", "garbled"):
        return Response(b'{"sid": "SM', 201, media_type="application/json")
    answer = _refuse(*FAULTS[fault.kind])
    if fault.value:
        answer.headers["retry-after"] = str(int(fault.value))
    return answer


def _refuse(status: int, code: int, message: str) -> Response:
    more = f"https://www.twilio.com/docs/errors/{code}"
    return JSONResponse({"code": code, "message": message, "more_info": more, "status": status}, status)


if __name__ == "__main__":
    serve_forever(TwilioStandin, "twilio")
