"""What an operator is given in deploy/ agrees with the program: metrics, settings, commands."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from prometheus_client.metrics import MetricWrapperBase
from pydantic import SecretStr
from typer.main import get_group

from bot import metrics
from bot.cli import app
from bot.config import ROOT, Settings

DEPLOY = ROOT / "deploy"
FILES = sorted(path for path in DEPLOY.rglob("*") if path.is_file() and not {".env", "backups"} & {*path.parts})
TEXTS = [*FILES, ROOT / "docs" / "operations.md"]
DASHBOARD, ALERTS = DEPLOY / "grafana" / "dashboard.json", DEPLOY / "prometheus" / "alerts.yml"
SUFFIXES = {"counter": ("_total",), "gauge": ("",), "histogram": ("_bucket", "_sum", "_count")}
KNOWN = {f"HELPLINE_{name.upper()}" for name in Settings.model_fields} | {"HELPLINE_NLU_PYTHON"}
# In a shell, after a path, in `a text`, or as a list of compose and Kubernetes.
COMMAND = re.compile(r"(?:(?:^|[`/]|\$ |exec |web-1 )helpline|\[helpline,) (?P<words>[a-z]+(?: [a-z]+)?)", re.MULTILINE)
ENTRY = re.compile(r"^(?P<comment>#?)(?P<name>[A-Z][A-Z0-9_]+)=(?P<value>.*)$", re.MULTILINE)


def list_series() -> dict[str, set[str]]:
    """Return the names that /metrics shows, by metric of bot.metrics."""
    found = {}
    for metric in vars(metrics).values():
        if isinstance(metric, MetricWrapperBase):
            (family,) = metric.describe()
            found[family.name] = {family.name + suffix for suffix in SUFFIXES[family.type]}
    return found


def find_series(path: Path) -> set[str]:
    """Return the names of ours in all expressions of a file."""
    return set(re.findall(r"\bhelpline_\w+", " ".join(find_values(yaml.safe_load(path.read_text()), "expr"))))


def find_values(document: Any, name: str) -> Iterator[str]:
    if isinstance(document, dict):
        yield from (value for key, value in document.items() if key == name and isinstance(value, str))
    for child in document.values() if isinstance(document, dict) else document if isinstance(document, list) else ():
        yield from find_values(child, name)


def read_example() -> dict[str, tuple[bool, str]]:
    """Return each name of example.env with whether it is commented out, and its value."""
    text = (DEPLOY / "example.env").read_text()
    return {match["name"]: (bool(match["comment"]), match["value"]) for match in ENTRY.finditer(text)}


@pytest.mark.parametrize("path", [DASHBOARD, ALERTS], ids=lambda path: path.name)
def test_every_series_that_is_asked_for_exists(path: Path) -> None:
    asked = find_series(path)
    assert asked
    assert asked <= set().union(*list_series().values())


def test_every_metric_has_a_panel() -> None:
    shown = find_series(DASHBOARD)
    assert [name for name, series in list_series().items() if not series & shown] == []


def test_the_headline_is_the_first_panel() -> None:
    first = json.loads(DASHBOARD.read_text())["panels"][0]
    assert first["gridPos"]["y"] == 0
    assert "helpline_oldest_unhandled_seconds" in first["targets"][0]["expr"]


def test_every_alert_is_explained() -> None:
    explained = (ROOT / "docs" / "operations.md").read_text()
    alerts = list(find_values(yaml.safe_load(ALERTS.read_text()), "alert"))
    assert alerts
    assert [name for name in alerts if f"| {name} |" not in explained] == []


@pytest.mark.parametrize("path", TEXTS, ids=lambda path: path.name)
def test_every_setting_that_is_named_is_known(path: Path) -> None:
    assert set(re.findall(r"\bHELPLINE_[A-Z0-9_]*[A-Z0-9]", path.read_text())) <= KNOWN


def test_the_example_names_every_setting_and_no_other() -> None:
    assert {name for name in read_example() if name.startswith("HELPLINE_")} == KNOWN


def test_the_example_holds_no_secret_and_shows_the_real_defaults() -> None:
    example = read_example()
    for name, field in Settings.model_fields.items():
        commented, value = example[f"HELPLINE_{name.upper()}"]
        if field.annotation is SecretStr:
            assert value == "", name
        elif commented:
            assert value == ("" if field.default is None else str(field.default)), name


def test_what_compose_takes_from_the_environment_is_in_the_example() -> None:
    taken = set(re.findall(r"(?<!\$)\$\{(\w+)", (DEPLOY / "compose.yaml").read_text()))
    assert taken
    assert taken <= set(read_example())


def test_nlu_knows_its_token_and_no_other_setting() -> None:
    services = yaml.safe_load((DEPLOY / "compose.yaml").read_text())["services"]
    for name in ("nlu-1", "nlu-2"):
        assert list(services[name]["environment"]) == ["HELPLINE_NLU_TOKEN"]
        assert "env_file" not in services[name]
        assert services[name]["networks"] == ["nlu"]


def test_every_command_that_is_named_exists() -> None:
    known = get_group(app).commands
    named = {match["words"] for path in TEXTS for match in COMMAND.finditer(path.read_text())}
    assert {"web", "serve", "retention"} <= named
    for words in named:
        first, _, second = words.partition(" ")
        assert first in known, words
        group = getattr(known[first], "commands", None)
        alone = not second and getattr(known[first], "invoke_without_command", False)  # `helpline bench`
        assert group is None or alone or second in group, words


@pytest.mark.parametrize("path", [path for path in FILES if path.suffix in {".yml", ".yaml", ".json"}], ids=str)
def test_every_file_of_data_can_be_read(path: Path) -> None:
    assert json.loads(path.read_text()) if path.suffix == ".json" else list(yaml.safe_load_all(path.read_text()))


def test_every_manifest_in_the_notes_can_be_read() -> None:
    blocks = re.findall(r"```yaml\n(.*?)```", (DEPLOY / "kubernetes.md").read_text(), re.DOTALL)
    kinds = {document["kind"] for block in blocks for document in yaml.safe_load_all(block)}
    assert {"Deployment", "Job", "NetworkPolicy", "PodDisruptionBudget", "Secret"} <= kinds
