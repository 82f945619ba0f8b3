"""Schemathesis against what faces the internet, as docs/openapi.yaml describes it: every answer is one it names."""

import json
from typing import Any
from urllib.parse import quote_plus

import pytest
import schemathesis
import yaml
from hypothesis import HealthCheck, settings
from schemathesis import Case
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)  # fmt: skip

from bot.config import ROOT
from tests.channels.kit import PUBLIC_URL, SECRET
from tests.test_fuzz import Service, service

__all__ = ["service"]  # the fixture

schema = schemathesis.openapi.from_dict(yaml.safe_load((ROOT / "docs" / "openapi.yaml").read_text()))
MANY = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
DESCRIBED = [status_code_conformance, content_type_conformance, response_schema_conformance]


@pytest.mark.filterwarnings("ignore")
@schema.parametrize()
@MANY
def test_every_answer_is_one_that_is_described(case: Case, service: Service) -> None:
    """As a stranger sends it, and as the provider would sign it: what lies behind the check is reached too."""
    for signed in (False, True):
        answer = service.request(**_build(case, service, signed=signed))
        if case.path == "/readyz" and answer.status_code == 503:
            case.validate_response(answer, checks=DESCRIBED)  # it names the part that is away
        elif answer.status_code == 405:
            assert case.method.upper() not in {method.upper() for method in case.operation.schema[case.path]}
        else:
            case.validate_response(answer, checks=[not_a_server_error, *DESCRIBED])


def _build(case: Case, service: Service, *, signed: bool) -> dict[str, Any]:
    given = case.as_transport_kwargs(base_url=PUBLIC_URL)
    content: Any = given.get("data") or b""
    if "json" in given:
        content = json.dumps(given["json"]).encode()
    if isinstance(content, dict | list):
        form = {str(name): str(value) for name, value in dict(content).items()}
        content = "&".join(f"{_quote(name)}={_quote(value)}" for name, value in form.items()).encode()
    else:
        form = {}
    headers = {name: value for name, value in given["headers"].items() if value.isascii() and value.isprintable()}
    if signed and case.path.startswith("/webhooks/telegram"):
        headers["X-Telegram-Bot-Api-Secret-Token"] = SECRET
    elif signed and form:
        headers.update(service.twilio.build_headers(PUBLIC_URL + case.path, form))
    return {"method": given["method"], "path": given["url"], "content": content, "headers": headers}


def _quote(text: str) -> str:
    return quote_plus(text, errors="replace")
