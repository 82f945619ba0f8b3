"""The `helpline` command. Each sub-command lives in commands/, imported only when it is called."""

import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from bot.config import Settings, SettingsError, load_settings

app = typer.Typer(no_args_is_help=True, add_completion=False, help="A helpline for migrant domestic workers.")
nlu_app = typer.Typer(no_args_is_help=True, help="Train, serve and measure the NLU model.")
user_app = typer.Typer(no_args_is_help=True, help="Staff accounts.")
content_app = typer.Typer(no_args_is_help=True, help="Answers, facts and contact cards.")
audit_app = typer.Typer(no_args_is_help=True, help="Who did what: the chained audit.")
seal_app = typer.Typer(no_args_is_help=True, help="The keys that seal the workers' words.")
bench_app = typer.Typer(help="Measure speed and memory on this machine; without a command, the whole table.")
app.add_typer(nlu_app, name="nlu")
app.add_typer(user_app, name="user")
app.add_typer(content_app, name="content")
app.add_typer(audit_app, name="audit")
app.add_typer(seal_app, name="seal")
app.add_typer(bench_app, name="bench")

console = Console(stderr=True)

# Where `helpline bench` looks for the engines of a larger deployment.
POSTGRES, REDIS = "postgresql://127.0.0.1:5432/postgres", "redis://127.0.0.1:6379/9"


def main() -> None:
    """Entry point: a wrong setting is told in plain words, with exit code 2."""
    try:
        app()
    except SettingsError as error:
        console.print("[bold red]The settings are not right:[/]", highlight=False)
        console.print(str(error), markup=False, highlight=False)
        sys.exit(2)


def _settings() -> Settings:
    from bot.log import configure_logging

    settings = load_settings()
    secrets = (settings.telegram_token, settings.twilio_auth_token, settings.nlu_token, settings.secret_key)
    configure_logging(secret.get_secret_value() for secret in secrets)
    return settings


@app.command()
def serve() -> None:
    """Run everything in one process: migrations, NLU (trained when stale), web, worker."""
    from bot.commands.run import run

    run(_settings(), web=True, work=True)


@app.command()
def web() -> None:
    """Run the web process only: webhooks and pages."""
    from bot.commands.run import run

    run(_settings(), web=True, work=False)


@app.command()
def worker() -> None:
    """Run a worker only: understand, decide, send."""
    from bot.commands.run import run

    run(_settings(), web=False, work=True)


@app.command()
def migrate() -> None:
    """Bring the database up to this version and take over the content of responses/: first step of an upgrade."""
    from bot.commands.run import prepare

    prepare(_settings())


@app.command()
def chat(
    locale: Annotated[str, typer.Option(help="Language her app is set to, e.g. sw")] = "",
    why: Annotated[bool, typer.Option(help="Show what the bot decided and why")] = True,
) -> None:
    """Talk to the bot in the terminal, as an invented worker (demo mode only)."""
    from bot.commands.chat import chat as talk

    talk(_settings(), locale, why)


@app.command()
def doctor() -> None:
    """Check settings, environments, database, model and content; say what to do about each fault."""
    from bot.commands.doctor import examine

    sys.exit(0 if examine(_settings(), Console()) else 1)


@user_app.command("add")
def user_add(
    name: str,
    role: Annotated[str, typer.Option(help="caseworker or admin")] = "caseworker",
    display_name: Annotated[str, typer.Option(help="What colleagues see")] = "",
) -> None:
    """Make an account; asks for the password (or reads it from standard input when piped)."""
    from bot.commands.user import add_user

    sys.exit(add_user(_settings(), name, display_name or name, role))


@content_app.command("check")
def content_check(details: Annotated[bool, typer.Option(help="Also say what reads hard")] = False) -> None:
    """Read all answers, facts and contact cards; name every fault and show what is covered."""
    from bot.commands.content import check

    sys.exit(check(Console(), details=details))


@content_app.command("export")
def content_export(
    locale: Annotated[str, typer.Option(help="One language's answers, for translators; empty: everything")] = "",
    to: Annotated[Path, typer.Option(help="Folder, or with --locale a .po or .xlsx file")] = Path("responses"),
) -> None:
    """Write what is published to the files of responses/, or one language's answers to a .po or .xlsx file."""
    from bot.commands.content import export

    sys.exit(export(_settings(), console, locale, to))


@content_app.command("import")
def content_import(
    path: Annotated[Path, typer.Argument(help="A .po or .xlsx file of translations, or a folder like responses/")],
    locale: Annotated[str, typer.Option(help="Language of the file; empty: the file's name")] = "",
) -> None:
    """Take in translations for review, or a folder of files: all of it, or nothing and the reasons."""
    from bot.commands.content import take_in

    sys.exit(take_in(_settings(), console, locale, path))


@app.command()
def backup(path: Annotated[Path, typer.Argument(help="The file to write, e.g. helpline.tar")]) -> None:
    """Copy the database, while it runs, and the sealed files into one file. The keys are not in it."""
    from bot.commands.backup import backup as write

    sys.exit(write(_settings(), console, path))


@app.command()
def restore(path: Path) -> None:
    """Put a backup into an empty VAR_DIR and database."""
    from bot.commands.backup import restore as put_back

    sys.exit(put_back(_settings(), console, path))


@app.command()
def retention(run: Annotated[bool, typer.Option("--run", help="Do it; without, only say what is due")] = False) -> None:
    """What is older than its period: say it, or with --run delete it and reduce closed cases to statistics."""
    from bot.commands.privacy import retain

    sys.exit(retain(_settings(), Console(), run=run))


@seal_app.command("rotate")
def seal_rotate() -> None:
    """After a new key was put first in HELPLINE_SEAL_KEYS: seal all data keys with it, while the helpline runs."""
    from bot.commands.privacy import rotate

    sys.exit(rotate(_settings(), Console()))


@audit_app.command("verify")
def audit_verify() -> None:
    """Walk the chain of the audit; exit 1 where an entry was changed, removed or slipped in."""
    from bot.commands.privacy import verify_audit

    sys.exit(verify_audit(_settings(), Console()))


@nlu_app.command("train")
def nlu_train(
    if_stale: Annotated[bool, typer.Option(help="Do nothing when data, pipeline and model agree")] = False,
    accept: Annotated[bool, typer.Option(help="Let the new model serve even if it lost accuracy")] = False,
) -> None:
    """Train the NLU model; it serves only if it is no worse on nlu_data/dev than the one before."""
    from bot.nlu import training

    if if_stale:
        training.train_if_stale(_settings())
        return
    try:
        training.train(_settings(), accept=accept)
    except training.Refused as refusal:
        console.print(str(refusal), markup=False, highlight=False)
        sys.exit(1)


@nlu_app.command("serve")
def nlu_serve() -> None:
    """Run Rasa's HTTP server with the serving model on loopback."""
    from bot.nlu.child import serve

    serve(_settings())


@nlu_app.command("predict")
def nlu_predict() -> None:
    """Read JSON lines with `text` on standard input, write them with intent, ranking, language, script and danger."""
    from bot.nlu.child import predict

    sys.exit(predict(_settings(), sys.stdin, sys.stdout))


@nlu_app.command("check")
def nlu_check() -> None:
    """Check the training and development sentences; print counts per label and variant, exit 1 at any fault."""
    from bot.nlu.evaluation import check

    sys.exit(check())


@nlu_app.command("test")
def nlu_test() -> None:
    """Measure the serving model on nlu_data/dev, which it never trains on: tables, JSON and a page."""
    from bot.nlu.evaluation import evaluate

    sys.exit(evaluate(_settings()))


@nlu_app.command("compare")
def nlu_compare(first: str, second: str) -> None:
    """Measure two models side by side: paths, file names in VAR_DIR/models, or "current"."""
    from bot.nlu.evaluation import compare

    sys.exit(compare(_settings(), first, second))


@bench_app.callback(invoke_without_command=True)
def bench_table(
    context: typer.Context,
    parts: Annotated[str, typer.Option(help="Which, with commas")] = "accept,stock,scale,growth,memory,burst",
    quick: Annotated[bool, typer.Option("--quick", help="A short form, for trying out; not to be quoted")] = False,
    postgres: Annotated[str, typer.Option(help="Makes and drops databases there")] = POSTGRES,
    redis: Annotated[str, typer.Option(help="Its keys helpline* are removed")] = REDIS,
    output: Annotated[Path | None, typer.Option(help="Write the figures as JSON")] = None,
) -> None:
    """Measure the whole table on this machine; exit 1 if anything was lost, doubled or out of order."""
    if context.invoked_subcommand is None:
        from bot.bench.table import bench

        sys.exit(bench(load_settings(), parts, quick, postgres, redis, output))


@bench_app.command("messages")
def bench_messages(
    count: Annotated[int, typer.Option(min=10, max=20_000)] = 300,
    contacts: Annotated[int, typer.Option(min=1, max=5_000)] = 50,
    output: Annotated[Path | None, typer.Option(help="Write the figures as JSON")] = None,
) -> None:
    """Messages per second and p50/p99 from Telegram webhook to delivered reply, and memory of each process."""
    from bot.bench.messages import bench

    sys.exit(bench(count, contacts, output))


@bench_app.command("nlu")
def bench_nlu(
    part: Annotated[str, typer.Option(help="Variant that the pipelines are trained and measured on")] = "en",
    per_label: Annotated[int, typer.Option(min=2, help="Training examples of each label")] = 12,
    count: Annotated[int, typer.Option(min=10, max=5_000)] = 300,
    output: Annotated[Path | None, typer.Option(help="Write the figures as JSON")] = None,
) -> None:
    """Messages per second, p50/p99, accuracy and memory of our pipeline and Rasa's stock one, over the same API."""
    from bot.bench.nlu import bench

    sys.exit(bench(_settings(), part, per_label, count, output))


@bench_app.command("public")
def bench_public(
    clinc: Annotated[Path | None, typer.Option(help="CLINC150's data_small.json")] = None,
    banking: Annotated[tuple[Path, Path] | None, typer.Option(help="BANKING77's train.csv and test.csv")] = None,
    output: Annotated[Path | None, typer.Option(help="Write the figures as JSON")] = None,
) -> None:
    """Accuracy of our pipeline, same config, on public English intent data, beside published figures."""
    from bot.bench.public import FileError, bench

    try:
        sys.exit(bench(_settings(), clinc, banking, output))
    except FileError as error:
        console.print(str(error), markup=False, highlight=False)
        sys.exit(2)
