"""A wrong setting stops the command and names the variable, what is wrong and an example."""

import stat
from pathlib import Path

import pytest

from bot.config import EXAMPLES, ROOT, Settings, SettingsError, load_settings


@pytest.fixture(autouse=True)
def bare(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HELPLINE_VAR_DIR", str(tmp_path / "var"))


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("BIND", "8000", "'8000' is not host:port. Example: 127.0.0.1:8000"),
        ("MODE", "live", "Input should be 'demo' or 'production'"),
        ("PUBLIC_URL", "helpline.org", "does not begin with http:// or https://"),
        ("BROKER_URL", "amqp://x", "'amqp' is not a broker this version has"),
        ("NLU_TIMEOUT", "soon", "valid number"),
        ("TWILIO_ACCOUNT_SID", "AC1", "HELPLINE_TWILIO_AUTH_TOKEN"),
        ("MODE", "production", "HELPLINE_SEAL_KEYS: SEAL_KEYS is empty, but MODE is production"),
    ],
)
def test_a_wrong_setting_is_named(monkeypatch: pytest.MonkeyPatch, name: str, value: str, said: str) -> None:
    monkeypatch.setenv(f"HELPLINE_{name}", value)
    with pytest.raises(SettingsError) as error:
        load_settings()
    assert said in str(error.value)


def test_telegram_by_webhook_needs_a_secret_and_an_address(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HELPLINE_TELEGRAM_TOKEN", "1:a")
    monkeypatch.setenv("HELPLINE_TELEGRAM_MODE", "webhook")
    with pytest.raises(SettingsError) as error:
        load_settings()
    assert "HELPLINE_TELEGRAM_WEBHOOK_SECRET" in str(error.value)
    assert "HELPLINE_PUBLIC_URL" in str(error.value)


def test_demo_secrets_are_made_once_and_kept_for_the_owner_only(tmp_path: Path) -> None:
    first, second = load_settings(), load_settings()
    assert first.seal_keys == second.seal_keys
    assert stat.S_IMODE((tmp_path / "var" / "seal_keys").stat().st_mode) == 0o600


def test_secrets_do_not_show_when_settings_are_printed() -> None:
    settings = load_settings()
    assert settings.seal_keys.get_secret_value() not in repr(settings)


def test_every_setting_is_documented() -> None:
    text = (ROOT / "docs" / "settings.md").read_text()
    for name in Settings.model_fields:
        assert f"`HELPLINE_{name.upper()}`" in text, name
    assert all(f"`HELPLINE_{name}`" in text for name in EXAMPLES)
