"""The answers as workers get them, with the facts they rest on. Read only: content changes by reviewed files."""

from collections.abc import Sequence
from dataclasses import dataclass

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from bot.console.frame import get_console, render
from bot.content.model import Fact, Version
from bot.content.render import CardWriter, render_answer


@dataclass(frozen=True, slots=True)
class Shown:
    """One version as she reads it: the answer, the contact cards under it, the facts behind it."""

    version: Version
    text: str
    cards: str
    facts: tuple[Fact, ...]

    @property
    def draft(self) -> bool:
        return self.version.is_draft


async def show_answers(request: Request) -> Response:
    """List the labels that have answers, with the number of versions in each locale and how many are drafts."""
    versions = get_console(request).helpline.speaker.library.versions
    labels = sorted({label for label, _ in versions})
    locales = sorted({locale for _, locale in versions})
    table = [(label, [_count(versions.get((label, locale), ())) for locale in locales]) for label in labels]
    return render(request, "answers.html", table=table, locales=locales)


def _count(versions: Sequence[Version]) -> tuple[int, int]:
    return len(versions), sum(not version.reviewed_by for version in versions)


async def show_answer(request: Request) -> Response:
    label, locale = request.path_params["label"], request.query_params.get("locale", "en")
    versions = get_console(request).helpline.speaker.library.versions
    locales = sorted(found for name, found in versions if name == label)
    if not locales:
        raise HTTPException(404)
    locale = locale if locale in locales else locales[0]
    shown = [_show(request, version) for version in versions[label, locale]]
    return render(request, "answer.html", label=label, locale=locale, locales=locales, shown=shown)


def _show(request: Request, version: Version) -> Shown:
    """Render as the bot does for a worker in the version's country."""
    helpline = get_console(request).helpline
    library, phrases = helpline.speaker.library, helpline.phrases
    place = "" if version.country == "*" else version.country
    cards = library.list_cards(version.cards, place, version.origin)
    writer = CardWriter(phrases, version.locale, helpline.clock(), helpline.settings.demo)
    return Shown(
        version, render_answer(version, library, phrases, version.locale),
        writer.write(cards),
        tuple(library.facts[id] for id in version.facts),
    )  # fmt: skip
