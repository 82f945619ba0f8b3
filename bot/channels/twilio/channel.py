"""The Twilio channel: signed webhooks in, messages out, media fetched with our credentials from Twilio only."""

from datetime import timedelta
from urllib.parse import parse_qsl

import httpx
from starlette.datastructures import ImmutableMultiDict
from twilio.base.exceptions import TwilioRestException, TwilioServiceException  # type: ignore[import-untyped]
from twilio.request_validator import RequestValidator  # type: ignore[import-untyped]
from twilio.rest import Client  # type: ignore[import-untyped]

from bot.channels.base import Forged, Junk, WebhookRequest
from bot.channels.twilio.http import AsyncHttpClient, to_network_error
from bot.channels.twilio.media import MediaFetcher
from bot.channels.twilio.parse import list_messages, list_reports
from bot.config import Settings
from bot.messages import RATE_LIMITED, Address, Attachment, Event, Limits, Media, Outbound, SendError, SendResult

FORM = "application/x-www-form-urlencoded"
STATUS_PATH = "/webhooks/twilio/status"
MOST_FIELDS = 500
# WhatsApp takes free text for 24 hours after her last message. A minute less, for the way there.
WINDOW = timedelta(hours=24) - timedelta(minutes=1)

# https://www.twilio.com/docs/api/errors
_REFUSALS = {
    21610: SendError("opted_out", contact_stopped=True),
    63016: SendError("window_closed"),
    21211: SendError("bad_address"),
    21614: SendError("bad_address"),
    63003: SendError("bad_address"),
    63024: SendError("bad_address"),
    20429: SendError(RATE_LIMITED, retryable=True),
}


class TwilioChannel:
    names: tuple[str, ...] = ("whatsapp", "sms")
    webhooks: tuple[str, ...] = ("twilio", "twilio/status")

    def __init__(self, settings: Settings) -> None:
        self._sid = settings.twilio_account_sid
        self._token = settings.twilio_auth_token.get_secret_value()
        self._base = settings.twilio_api_base
        self._public_url = settings.public_url
        self._senders = {"whatsapp": settings.twilio_whatsapp_from, "sms": settings.twilio_sms_from}
        self._validator = RequestValidator(self._token)
        self._build_clients()

    def limits(self, channel: str) -> Limits:
        return Limits(text=1600, buttons=False, window=WINDOW if channel == "whatsapp" else None)

    def secrets(self) -> tuple[str, ...]:
        return (self._token,)

    async def parse(self, request: WebhookRequest) -> list[Event]:
        params = self._read_signed(request)
        return list_reports(params) if request.path.endswith("/status") else list_messages(params)

    def _read_signed(self, request: WebhookRequest) -> ImmutableMultiDict[str, str]:
        """Return the form once its signature holds. Twilio signs the address it was given, not the proxy's."""
        signature = request.headers.get("x-twilio-signature", "")
        if not signature:
            raise Forged
        params = _read_form(request)
        query = f"?{request.query}" if request.query else ""
        if not self._validator.validate(self._public_url + request.path + query, params, signature):
            raise Forged
        return params

    async def send(self, message: Outbound) -> SendResult:
        try:
            sent = await self._client.messages.create_async(
                to=_prefix(message.address.channel, message.address.identifier), **_content(message),
                status_callback=self._public_url + STATUS_PATH, **self._find_sender(message.address.channel),
            )  # fmt: skip
        except (TwilioRestException, TwilioServiceException) as error:
            raise _to_send_error(error) from None  # their texts quote her number
        except httpx.HTTPError as error:
            raise to_network_error(error) from None
        except ValueError:  # taken, but the answer was cut off
            raise SendError("bad_response", ambiguous=True) from None
        return SendResult(str(sent.sid))

    def _find_sender(self, channel: str) -> dict[str, str]:
        sender = self._senders[channel]
        if not sender:
            raise SendError("no_sender")
        if sender.startswith("MG"):
            return {"messaging_service_sid": sender}
        return {"from_": _prefix(channel, sender)}

    async def fetch(self, media: Media) -> Attachment:
        return await self._fetcher.fetch(media, self.limits("whatsapp").media_bytes)

    async def delete(self, address: Address, external_id: str) -> bool:
        return False  # nothing can be taken back here: she is told how to do it herself

    async def open(self) -> None:
        if self._http.client.is_closed:
            self._build_clients()

    async def close(self) -> None:
        await self._http.client.aclose()

    def _build_clients(self) -> None:
        self._http = AsyncHttpClient(self._base)
        self._client = Client(self._sid, self._token, http_client=self._http)
        self._fetcher = MediaFetcher(self._http.client, self._base, (self._sid, self._token))


def _read_form(request: WebhookRequest) -> ImmutableMultiDict[str, str]:
    if not request.headers.get("content-type", "").lower().startswith(FORM):
        raise Junk(f"expected a Twilio webhook: the content type is not {FORM}")
    try:
        fields = parse_qsl(
            request.body.decode("ascii"), keep_blank_values=True, encoding="utf-8", max_num_fields=MOST_FIELDS
        )
    except ValueError:
        raise Junk("expected a Twilio webhook: the body is not a form") from None
    return ImmutableMultiDict(fields)


def _content(message: Outbound) -> dict[str, str]:
    return {"content_sid": message.content_sid} if message.content_sid else {"body": message.text}


def _prefix(channel: str, number: str) -> str:
    return f"whatsapp:{number.removeprefix('whatsapp:')}" if channel == "whatsapp" else number


def _to_send_error(error: TwilioRestException | TwilioServiceException) -> SendError:
    known = _REFUSALS.get(error.code or 0)
    if known:
        return SendError(known.code, known.retryable, known.contact_stopped)
    if error.status in (401, 403):
        return SendError("bad_credentials")
    if error.status >= 500:
        return SendError(f"http_{error.status}", retryable=True)
    return SendError(f"twilio_{error.code or error.status}")
