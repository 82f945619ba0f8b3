"""Settings: environment or `.env`, prefix HELPLINE_. Wrong values stop the command and say what would be right."""

import os
import re
import secrets
from base64 import b64encode
from pathlib import Path
from typing import Literal, Self

from pydantic import Field, SecretStr, ValidationError, ValidationInfo, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

ROOT = Path(__file__).resolve().parent.parent


class SettingsError(Exception):
    """A setting is missing or wrong. The text names each variable, what is wrong and an example."""


# What a right value looks like, shown beside every complaint about the variable.
_TEMPLATE = re.compile(r"(?P<name>hello|answer_waits)/(?P<locale>[a-z]{2,3}(_Latn)?)=(?P<sid>HX[0-9a-f]{32})")
EXAMPLES = {
    "DATABASE_URL": "sqlite:///var/helpline.db or postgresql://helpline:secret@localhost/helpline",
    "BROKER_URL": "memory:// or redis://localhost:6379/0",
    "NLU_URL": "http://127.0.0.1:5005, or several with commas between (empty: the app starts its own)",
    "PUBLIC_URL": "https://helpline.example.org",
    "BIND": "127.0.0.1:8000",
    "WORKER_BIND": "127.0.0.1:8001",
    "SECRET_KEY": "a random text of 32 characters or more",
    "SEAL_KEYS": "one or more base64 keys of 32 bytes, newest first, separated by commas",
    "TELEGRAM_TOKEN": "123456789:AAE-the-token-BotFather-gave-you",
    "TELEGRAM_WEBHOOK_SECRET": "1 to 256 of the characters A-Z a-z 0-9 _ -",
    "TELEGRAM_API_BASE": "https://api.telegram.org",
    "TELEGRAM_MODE": "webhook or polling",
    "TWILIO_ACCOUNT_SID": "AC followed by 32 hexadecimal characters",
    "TWILIO_AUTH_TOKEN": "the auth token shown in the Twilio console",
    "TWILIO_API_BASE": "https://api.twilio.com",
    "TWILIO_WHATSAPP_FROM": "+14155238886",
    "TWILIO_SMS_FROM": "+14155238886 (or a messaging service, MG...)",
    "WHATSAPP_TEMPLATES": "hello/en=HX0123456789abcdef0123456789abcdef,answer_waits/sw=HX...",
    "MODE": "demo or production",
    "SEND_DRAFTS": "true or false (empty: true in demo mode only)",
    "VAR_DIR": "var",
}


LONGEST_KEPT = 3650  # days


class Settings(BaseSettings):
    """Every setting of the helpline; docs/settings.md explains each."""

    model_config = SettingsConfigDict(env_prefix="HELPLINE_", env_file=".env", extra="ignore", frozen=True)

    mode: Literal["demo", "production"] = "demo"
    send_drafts: bool | None = None
    worker_bind: str = ""  # where `helpline worker` shows its health and metrics; empty: nowhere
    var_dir: Path = Path("var")
    bind: str = "127.0.0.1:8000"
    public_url: str = ""
    database_url: str = ""
    broker_url: str = "memory://"
    nlu_url: str = ""
    nlu_token: SecretStr = SecretStr("")
    nlu_timeout: float = Field(default=5.0, gt=0, le=60)  # seconds
    secret_key: SecretStr = SecretStr("")
    seal_keys: SecretStr = SecretStr("")
    telegram_token: SecretStr = SecretStr("")
    telegram_webhook_secret: SecretStr = SecretStr("")
    telegram_api_base: str = "https://api.telegram.org"
    telegram_mode: Literal["webhook", "polling"] = "polling"
    twilio_account_sid: str = ""
    twilio_auth_token: SecretStr = SecretStr("")
    twilio_api_base: str = "https://api.twilio.com"
    twilio_whatsapp_from: str = ""
    twilio_sms_from: str = ""
    whatsapp_templates: str = ""  # name/locale=ContentSid, with commas between
    keep_words_days: int = Field(default=90, ge=1, le=LONGEST_KEPT)
    keep_files_days: int = Field(default=90, ge=1, le=LONGEST_KEPT)
    keep_cases_days: int = Field(default=365, ge=1, le=LONGEST_KEPT)
    telegram_rate: float = Field(default=30, ge=0, le=10_000)  # messages a second that we send; 0: no limit
    telegram_chat_rate: float = Field(default=1, ge=0, le=100)  # the same in one chat
    whatsapp_rate: float = Field(default=80, ge=0, le=10_000)
    sms_rate: float = Field(default=1, ge=0, le=10_000)
    nlu_per_minute: int = Field(default=20, ge=1, le=1000)  # messages of one contact that NLU reads

    @field_validator("bind", "worker_bind")
    @classmethod
    def _check_bind(cls, value: str, info: ValidationInfo) -> str:
        host, _, port = value.rpartition(":")
        if not value and info.field_name == "worker_bind":
            return value
        if not host or not port.isdigit() or not 0 <= int(port) <= 65535:
            raise ValueError(f"{value!r} is not host:port")
        return value

    @field_validator("public_url", "telegram_api_base", "twilio_api_base")
    @classmethod
    def _check_url(cls, value: str) -> str:
        return _read_url(value)

    @field_validator("nlu_url")
    @classmethod
    def _check_urls(cls, value: str) -> str:
        return ",".join(_read_url(address.strip()) for address in value.split(",") if address.strip())

    @field_validator("whatsapp_templates")
    @classmethod
    def _check_templates(cls, value: str) -> str:
        for entry in filter(None, (part.strip() for part in value.split(","))):
            if not _TEMPLATE.fullmatch(entry):
                raise ValueError(f"{entry!r} is not name/locale=ContentSid")
        return value

    @field_validator("broker_url")
    @classmethod
    def _check_broker(cls, value: str) -> str:
        if value != "memory://" and not value.startswith(("redis://", "rediss://")):
            raise ValueError(f"{value.split(':')[0]!r} is not a broker this version has")
        return value

    @model_validator(mode="after")
    def _check_together(self) -> Self:
        problems = [*_telegram_problems(self), *_twilio_problems(self), *_production_problems(self)]
        if problems:
            raise ValueError("; ".join(problems))
        return self

    @property
    def port(self) -> int:
        return int(self.bind.rpartition(":")[2])

    @property
    def database(self) -> str:
        """The SQLAlchemy URL; PostgreSQL's with its driver filled in."""
        url = self.database_url or f"sqlite:///{self.var_dir / 'helpline.db'}"
        plain = "postgresql:"
        return f"postgresql+psycopg:{url.removeprefix(plain)}" if url.startswith(plain) else url

    @property
    def templates(self) -> dict[tuple[str, str], str]:
        """ContentSids of the approved WhatsApp templates by (name, locale)."""
        found = (_TEMPLATE.fullmatch(part.strip()) for part in self.whatsapp_templates.split(","))
        return {(match["name"], match["locale"]): match["sid"] for match in found if match}

    @property
    def rates(self) -> dict[str, tuple[float, float]]:
        """Messages a second by channel: in all, and in one chat."""
        return {
            "telegram": (self.telegram_rate, self.telegram_chat_rate),
            "whatsapp": (self.whatsapp_rate, 0.0), "sms": (self.sms_rate, 0.0),
        }  # fmt: skip

    @property
    def demo(self) -> bool:
        return self.mode == "demo"

    @property
    def sends_drafts(self) -> bool:
        """Whether answers that a machine wrote and no named person reviewed reach workers: in demo mode, unless set."""
        return self.demo if self.send_drafts is None else self.send_drafts


def _read_url(value: str) -> str:
    if value and not value.startswith(("http://", "https://")):
        raise ValueError(f"{value!r} does not begin with http:// or https://")
    return value.rstrip("/")


def _telegram_problems(settings: Settings) -> list[str]:
    if not settings.telegram_token.get_secret_value() or settings.telegram_mode == "polling":
        return []
    problems = []
    if not settings.telegram_webhook_secret.get_secret_value():
        problems.append("TELEGRAM_WEBHOOK_SECRET is empty, but TELEGRAM_MODE is webhook")
    if not settings.public_url:
        problems.append("PUBLIC_URL is empty, but TELEGRAM_MODE is webhook")
    return problems


def _twilio_problems(settings: Settings) -> list[str]:
    if not settings.twilio_account_sid:
        return []
    problems = []
    if not settings.twilio_auth_token.get_secret_value():
        problems.append("TWILIO_AUTH_TOKEN is empty, but TWILIO_ACCOUNT_SID is set")
    if not settings.public_url:
        problems.append("PUBLIC_URL is empty, but Twilio signs it (TWILIO_ACCOUNT_SID is set)")
    if not (settings.twilio_whatsapp_from or settings.twilio_sms_from):
        problems.append("TWILIO_WHATSAPP_FROM and TWILIO_SMS_FROM are both empty")
    return problems


def _production_problems(settings: Settings) -> list[str]:
    if settings.demo:
        return []
    wanted = {"SECRET_KEY": settings.secret_key, "SEAL_KEYS": settings.seal_keys}
    missing = [name for name, value in wanted.items() if not value.get_secret_value()]
    return [f"{name} is empty, but MODE is production" for name in missing]


def load_settings() -> Settings:
    """Read and check all settings; raise SettingsError with one line per problem."""
    try:
        settings = Settings()
    except ValidationError as error:
        raise SettingsError("\n".join(_explain(error))) from None
    return settings.model_copy(update=_generated(settings))


def _explain(error: ValidationError) -> list[str]:
    lines = []
    for problem in error.errors():
        message = problem["msg"].removeprefix("Value error, ")
        if problem["loc"]:
            lines.append(_complaint(str(problem["loc"][0]).upper(), message))
        else:
            lines.extend(_complaint(part.split(" ")[0], part) for part in message.split("; "))
    return lines


def _complaint(name: str, message: str) -> str:
    example = EXAMPLES.get(name)
    return f"HELPLINE_{name}: {message}." + (f" Example: {example}" if example else "")


def _generated(settings: Settings) -> dict[str, SecretStr]:
    """In demo mode, secrets nobody set are made once and kept in VAR_DIR, readable by the owner only."""
    generated = {}
    for name, size in (("secret_key", 32), ("nlu_token", 24)):
        if not getattr(settings, name).get_secret_value():
            generated[name] = SecretStr(_kept_secret(settings.var_dir / name, secrets.token_urlsafe(size)))
    if not settings.seal_keys.get_secret_value():
        key = b64encode(secrets.token_bytes(32)).decode()
        generated["seal_keys"] = SecretStr(_kept_secret(settings.var_dir / "seal_keys", key))
    return generated


def _kept_secret(path: Path, fresh: str) -> str:
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        with open(path, "x", opener=owner_only) as file:
            file.write(fresh)
    except FileExistsError:
        return path.read_text().strip()
    return fresh


def owner_only(path: str, flags: int) -> int:
    """An `opener`: what is made can be read by nobody else."""
    return os.open(path, flags, 0o600)
