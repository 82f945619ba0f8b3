"""helpline doctor: look at every part and say in plain words what is wrong and what to do."""

import asyncio
import shutil
from collections.abc import Callable, Iterator

from rich.console import Console

from bot import broker
from bot.config import Settings
from bot.content.load import load_library
from bot.content.model import ContentError
from bot.content.phrases import load_catalogue
from bot.nlu import models
from bot.nlu.process import find_python
from bot.store.engine import create_engine, is_superuser
from bot.store.migrate import is_current

Finding = tuple[bool, str]


def examine(settings: Settings, console: Console) -> bool:
    """Print a line per finding; return whether all is well."""
    findings = [finding for check in CHECKS for finding in check(settings)]
    for good, text in findings:
        console.print(f"{'[green]ok[/]  ' if good else '[red]BAD[/] '} {text}", highlight=False)
    return all(good for good, _ in findings)


def _check_mode(settings: Settings) -> Iterator[Finding]:
    yield True, f"settings are readable; mode {settings.mode}, data in {settings.var_dir}"
    for name, ready in (
        ("Telegram", settings.telegram_token.get_secret_value()),
        ("WhatsApp", settings.twilio_account_sid and settings.twilio_whatsapp_from),
        ("SMS", settings.twilio_account_sid and settings.twilio_sms_from),
    ):
        yield True, f"{name} is {'configured' if ready else 'not configured'}"


def _check_disk(settings: Settings) -> Iterator[Finding]:
    settings.var_dir.mkdir(parents=True, exist_ok=True)
    free = shutil.disk_usage(settings.var_dir).free // 2**20
    yield free > 1024, f"{free} MiB free for {settings.var_dir}" + ("" if free > 1024 else "; make room")


def _check_database(settings: Settings) -> Iterator[Finding]:
    async def look() -> tuple[bool, bool]:
        engine = create_engine(settings.database)
        try:
            return await is_current(engine), await is_superuser(engine)
        finally:
            await engine.dispose()

    try:
        current, superuser = asyncio.run(look())
    except Exception as error:
        yield False, f"the database does not answer ({type(error).__name__}); look at HELPLINE_DATABASE_URL"
        return
    yield current, "the database has all migrations" if current else "migrations are missing: run `helpline migrate`"
    if superuser:
        text = "the database role is a superuser, so row-level security keeps no organisations apart: use a plain role"
        yield settings.demo, text


def _check_broker(settings: Settings) -> Iterator[Finding]:
    async def look() -> str:
        brokers = broker.build_brokers(settings.broker_url)
        try:
            return await broker.check(brokers[0])
        finally:
            for each in dict.fromkeys(brokers):
                await broker.close(each)

    answer = asyncio.run(look())
    yield (
        answer == "ok",
        "the broker answers" if answer == "ok" else f"the broker is {answer}; look at HELPLINE_BROKER_URL",
    )


def _check_spool(settings: Settings) -> Iterator[Finding]:
    folder = settings.var_dir / "spool"
    waiting, unreadable = len(list(folder.glob("*.sealed"))), len(list(folder.glob("*.unreadable")))
    yield True, f"{waiting} webhooks wait on disk for the database"
    if unreadable:
        yield (
            False,
            f"{unreadable} files of {folder} cannot be opened: bring back the SEAL_KEYS of that time, rename them",
        )


def _check_nlu(settings: Settings) -> Iterator[Finding]:
    if settings.nlu_url:
        yield True, "NLU runs elsewhere (HELPLINE_NLU_URL); /readyz tells whether it answers"
        return
    python = find_python()
    yield python is not None, "the NLU environment is there" if python else "no NLU environment: run `make setup`"
    stale = models.is_stale(settings)
    yield not stale, "the NLU model is current" if not stale else "no current NLU model: run `helpline nlu train`"


def _check_content(settings: Settings) -> Iterator[Finding]:
    try:
        library = load_library()
    except ContentError as error:
        yield False, f"content has faults, see `helpline content check`: {str(error).splitlines()[0]}"
        return
    yield True, f"content is readable: {len(library.versions)} answers, {len(library.facts)} facts"
    lines = [line for card in library.cards for line in card.lines]
    verified = sum(bool(line.verified_by) for line in lines)
    note = "" if verified else "; in production mode none is shown until somebody has called and confirmed"
    yield True, f"{verified} of {len(lines)} contact lines are verified{note}"
    yield True, f"phrases in {', '.join(load_catalogue().locales)}"


CHECKS: tuple[Callable[[Settings], Iterator[Finding]], ...] = (
    _check_mode, _check_disk, _check_database, _check_broker, _check_spool, _check_nlu, _check_content,
)  # fmt: skip
