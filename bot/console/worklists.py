"""What an admin has to look at: reviews that wait, what expires, numbers to call, drafts, what helped."""

from collections import Counter
from datetime import date, timedelta

from starlette.requests import Request
from starlette.responses import Response

from bot.console.frame import get_console, render
from bot.content.model import ContactCard, Fact, Library
from bot.content.render import VERIFIED_FOR, is_verified
from bot.store.queries import content, messages

SOON = timedelta(days=30)
SHOWN = 100  # of each list


async def show_worklists(request: Request) -> Response:
    helpline = get_console(request).helpline
    today, library = helpline.clock().date(), helpline.keeper.library
    async with helpline.store.read() as session:
        waiting = [*await content.list_in_state(session, "review"), *await content.list_in_state(session, "draft")]
        votes = await content.count_votes(session)
        unanswered = await messages.count_unanswered(session)
    return render(
        request, "worklists.html", waiting=waiting[:SHOWN], facts=_list_expiring(library, today)[:SHOWN],
        calls=_list_calls(library, today)[:SHOWN], drafts=_count_drafts(library), votes=votes[:SHOWN],
        unanswered=unanswered[:SHOWN], today=today,
    )  # fmt: skip


def _list_expiring(library: Library, today: date) -> list[tuple[Fact, int]]:
    """Return the facts that expire within 30 days or have expired, soonest first, and how many answers rest on each."""
    uses = Counter(id for found in library.versions.values() for version in found for id in version.facts)
    facts = [fact for fact in library.facts.values() if fact.review_by and fact.review_by - today <= SOON]
    return [(fact, uses[fact.id]) for fact in sorted(facts, key=lambda fact: (-uses[fact.id], fact.review_by or today))]


def _list_calls(library: Library, today: date) -> list[tuple[ContactCard, int, int]]:
    """Return the cards with lines to call and confirm: never verified, or not for long any more."""
    found = []
    for card in library.cards:
        soon = today + SOON
        open_lines = sum(not is_verified(line, min(soon, today + VERIFIED_FOR)) for line in card.lines)
        if open_lines:
            found.append((card, open_lines, len(card.lines)))
    urgent = {kind: position for position, kind in enumerate(("emergency", "hotline", "shelter", "embassy"))}
    return sorted(found, key=lambda item: (urgent.get(item[0].kind, 9), item[0].country, item[0].id))


def _count_drafts(library: Library) -> list[tuple[str, int, int]]:
    """Return for each language how many answers are machine drafts that nobody reviewed, and how many there are."""
    drafts: Counter[str] = Counter()
    all_: Counter[str] = Counter()
    for (_, locale), found in library.versions.items():
        all_[locale] += len(found)
        drafts[locale] += sum(version.is_draft for version in found)
    return [(locale, drafts[locale], all_[locale]) for locale in sorted(all_)]
