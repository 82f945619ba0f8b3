"""Whatever anybody sends to the webhooks or the console: no 5xx, no exception, nothing forged gets in."""

import asyncio
import json
import re
from collections.abc import Callable, Coroutine, Iterator
from typing import Any
from urllib.parse import quote, urlencode

import httpx
import pytest
from argon2 import PasswordHasher
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select
from starlette.routing import Route

from bot.app import Helpline, build
from bot.config import Settings
from bot.console import accounts, sessions
from bot.console.accounts import create_user
from bot.console.pages import ROUTES
from bot.store.migrate import migrate
from bot.store.models import Message
from bot.web import build_web
from tests.channels.kit import FIXTURES, PUBLIC_URL, SECRET, build_settings, load_form, load_update
from tests.standins.telegram import TelegramStandin
from tests.standins.twilio import TwilioStandin

MANY = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
FINE = {200, 204, 400, 403, 404, 413}  # what a webhook may answer
SECRET_HEADER = {"content-type": "application/json", "x-telegram-bot-api-secret-token": SECRET}

scalars = st.one_of(
    st.none(), st.booleans(), st.integers(), st.integers(min_value=2**40),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(st.characters(exclude_categories=("Cs",)), max_size=60),
)  # fmt: skip
anything = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
    max_leaves=12,
)  # fmt: skip
updates = st.sampled_from(sorted(path.stem for path in (FIXTURES / "telegram").glob("*.json")))
forms = st.sampled_from(sorted(path.stem for path in (FIXTURES / "twilio").glob("*.txt")))
texts = st.text(st.characters(exclude_categories=("Cs",)), max_size=200)


class Service:
    """The whole web application on a fresh database, with both providers configured and an admin logged in."""

    def __init__(
        self, helpline: Helpline, twilio: TwilioStandin, run: Callable[[Coroutine[Any, Any, Any]], Any]
    ) -> None:
        self.helpline, self.twilio, self._run = helpline, twilio, run
        transport = httpx.ASGITransport(build_web(helpline))  # an exception in the app fails the test
        self.client = httpx.AsyncClient(transport=transport, base_url=PUBLIC_URL)

    def request(self, method: str, path: str, **more: Any) -> httpx.Response:
        answer: httpx.Response = self._run(self.client.request(method, path, **more))
        return answer

    def count_messages(self) -> int:
        async def count() -> int:
            async with self.helpline.store.read() as session:
                return int((await session.execute(select(func.count(Message.id)))).scalar_one())

        found: int = self._run(count())
        return found

    def log_in(self) -> str:
        """Return the mark of the admin's forms."""

        async def make() -> None:
            async with self.helpline.store.write() as session:
                await create_user(session, "ada", "Ada", "admin", "three long words", self.helpline.clock())

        self._run(make())
        form = {"name": "ada", "password": "three long words"}
        self.request("POST", "/console/login", data=form, headers={"sec-fetch-site": "same-origin"})
        found = re.search(r'name="csrf" value="([^"]+)"', self.request("GET", "/console/account").text)
        assert found
        return found[1]


@pytest.fixture
def service(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[Service]:
    cheap = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)
    monkeypatch.setattr(sessions, "hasher", lambda: cheap)
    monkeypatch.setattr(accounts, "hasher", lambda: cheap)
    loop = asyncio.new_event_loop()
    with TelegramStandin() as telegram, TwilioStandin() as twilio:
        given = build_settings(telegram, twilio, telegram_mode="webhook")
        keys = settings.model_dump(include={"var_dir", "nlu_url", "nlu_token", "secret_key", "seal_keys"})
        helpline = build(given.model_copy(update=keys), start_nlu=False)
        helpline.settings.var_dir.mkdir(parents=True, exist_ok=True)
        loop.run_until_complete(migrate(helpline.store.engine))
        helpline.worker.wake = helpline.worker.wake_urgent = _rest  # what is recorded is enough here
        yield Service(helpline, twilio, loop.run_until_complete)
        loop.run_until_complete(helpline._close())
    loop.run_until_complete(loop.shutdown_default_executor())
    loop.close()


@MANY
@given(body=st.binary(max_size=400) | anything.map(lambda value: json.dumps(value).encode()))
def test_any_bytes_and_any_json_to_the_telegram_webhook(service: Service, body: bytes) -> None:
    assert service.request("POST", "/webhooks/telegram", content=body, headers=SECRET_HEADER).status_code in FINE


@MANY
@given(name=updates, data=st.data())
def test_a_telegram_update_with_anything_in_any_place(service: Service, name: str, data: st.DataObject) -> None:
    update = load_update(name)
    where = data.draw(st.sampled_from(list(_places(update))))
    _put(update, where, data.draw(anything))
    answer = service.request("POST", "/webhooks/telegram", content=json.dumps(update), headers=SECRET_HEADER)
    assert answer.status_code in FINE, where


@MANY
@given(name=forms, field=texts, value=texts, path=st.sampled_from(["/webhooks/twilio", "/webhooks/twilio/status"]))
def test_a_signed_twilio_form_with_anything_in_it(
    service: Service, name: str, field: str, value: str, path: str
) -> None:
    form = load_form(name)
    form[field or "Body"] = value
    if form.get("Body") and value:
        form["Body"] = value
    headers = service.twilio.build_headers(PUBLIC_URL + path, form)
    assert service.request("POST", path, content=urlencode(form), headers=headers).status_code in FINE


@MANY
@given(body=st.binary(max_size=300), signature=texts, secret=texts)
def test_nothing_forged_gets_in(service: Service, body: bytes, signature: str, secret: str) -> None:
    headers = {"x-twilio-signature": quote(signature), "content-type": "application/x-www-form-urlencoded"}
    assert service.request("POST", "/webhooks/twilio", content=body, headers=headers).status_code in (400, 403)
    forged = json.dumps(load_update("text"))
    wrong = {**SECRET_HEADER, "x-telegram-bot-api-secret-token": quote(secret)}
    assert service.request("POST", "/webhooks/telegram", content=forged, headers=wrong).status_code == 403
    assert service.count_messages() == 0


def test_no_route_of_the_console_breaks_whatever_is_typed(service: Service) -> None:
    mark = service.log_in()
    paths = [(route.path, method) for route in ROUTES if isinstance(route, Route) for method in route.methods or ()]
    paths = [(path, method) for path, method in paths if "events" not in path and path not in ("/logout", "/login")]

    @MANY
    @given(
        target=st.sampled_from(paths), number=st.integers(0, 10**12), part=texts.filter(lambda text: text.strip("./")),
        form=st.dictionaries(st.sampled_from([
            "text", "token", "reason", "password", "rank", "url", "code", "secret", "locale", "role", "access", "id",
            "kind", "name", "steps", "short", "facts", "cards", "note", "starts_at", "number", "back", "show", "state",
            "credential", "ticket",
        ]), texts, max_size=6),
    )  # fmt: skip
    def try_it(target: tuple[str, str], number: int, part: str, form: dict[str, str]) -> None:
        path, method = target
        path = re.sub(r"{\w+:int}", str(number), path)
        path = re.sub(r"{\w+(:path)?}", quote(part, safe=""), path)
        data = {**form, "csrf": mark} if method == "POST" else None
        answer = service.request(method, "/console" + path, data=data, params=None if data else form)
        assert answer.status_code < 500, path

    try_it()


def test_a_file_of_a_hundred_megabytes_is_refused_and_costs_nothing(service: Service) -> None:
    answer = service.request("POST", "/webhooks/telegram", content=b"x" * 100_000_000, headers=SECRET_HEADER)
    assert answer.status_code == 413


async def _rest(contact_id: int) -> None:
    return


def _places(value: Any, at: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in items:
        yield (*at, key)
        yield from _places(inner, (*at, key))


def _put(value: Any, where: tuple[Any, ...], what: Any) -> None:
    for key in where[:-1]:
        value = value[key]
    value[where[-1]] = what
