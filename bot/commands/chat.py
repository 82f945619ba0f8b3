"""helpline chat: the simulator in a terminal, over the whole real way of a message."""

import asyncio
import uuid

from rich.console import Console
from rich.panel import Panel
from rich.text import Text
from sqlalchemy.ext.asyncio import AsyncSession

from bot.app import Helpline, build
from bot.clock import new_token
from bot.config import Settings, SettingsError
from bot.language.numbers import find_number
from bot.messages import Address, Choice, Inbound, Kind
from bot.nlu.training import train_if_stale
from bot.outbox.enqueue import Bubble, open_bubble
from bot.store.migrate import migrate
from bot.store.models import Contact, Decision
from bot.store.queries import contacts, messages, outbox

console = Console()


def chat(settings: Settings, locale: str, why: bool) -> None:
    if not settings.demo:
        raise SettingsError("HELPLINE_MODE: helpline chat makes invented workers, and only demo mode has those.")
    if not settings.nlu_url:
        train_if_stale(settings)
    asyncio.run(_chat(settings, locale, why))


async def _chat(settings: Settings, locale: str, why: bool) -> None:
    helpline = build(settings)
    await migrate(helpline.store.engine)
    address = Address("simulator", f"terminal:{new_token(9)}")
    async with helpline.running(work=False):
        with console.status("Starting the NLU process ..."):
            await _wait_for_nlu(helpline)
        console.print("You are an invented worker. Write as she would; an empty line ends the chat.", style="dim")
        seen, choices = 0, ()  # type: tuple[int, tuple[Choice, ...]]
        while text := await asyncio.to_thread(console.input, "[bold]she>[/] "):
            await helpline.receive([_inbound(address, text, choices, locale)])
            await helpline.worker.run_until_idle()
            seen, choices = await _show_replies(helpline, address, seen, why)


async def _wait_for_nlu(helpline: Helpline) -> None:
    for _ in range(600):
        if await helpline.nlu.is_ready():
            return
        await asyncio.sleep(0.1)
    console.print("NLU does not answer; only danger words and menus will work.", style="yellow")


def _inbound(address: Address, text: str, choices: tuple[Choice, ...], locale: str) -> Inbound:
    """A number presses the button with that number, as there are no buttons in a terminal."""
    number = find_number(text)
    pressed = choices[number - 1] if number and number <= len(choices) else None
    return Inbound(
        address=address, external_id=uuid.uuid4().hex, kind=Kind.BUTTON if pressed else Kind.TEXT,
        text=pressed.label if pressed else text, payload=pressed.id if pressed else "", language_hint=locale,
    )  # fmt: skip


async def _show_replies(helpline: Helpline, address: Address, seen: int, why: bool) -> tuple[int, tuple[Choice, ...]]:
    async with helpline.store.read() as session:
        index = helpline.vault.index(address.channel, address.identifier)
        contact = await contacts.find_contact(session, address.channel, index)
        if contact is None:
            console.print("(she is forgotten)", style="dim")
            return 0, ()
        key = helpline.vault.open_key(contact.sealed_key)
        rows = [row for row in await outbox.list_outbox(session, contact.id) if row.id > seen]
        decision = await _last_decision(session, contact)
    bubbles = [open_bubble(row, key) for row in rows]
    for bubble in bubbles:
        console.print(_panel(bubble))
    if why and decision is not None:
        console.print(_reasons(decision), style="dim")
    return (rows[-1].id if rows else seen), (bubbles[-1].choices if bubbles else ())


async def _last_decision(session: AsyncSession, contact: Contact) -> Decision | None:
    decisions = await messages.list_decisions(session, contact.id)
    return decisions[max(decisions)] if decisions else None


def _panel(bubble: Bubble) -> Panel:
    choices = "".join(f"\n  [{number}] {choice.label}" for number, choice in enumerate(bubble.choices, 1))
    return Panel(Text(bubble.text + choices), width=min(console.width, 78), border_style="green")


def _reasons(decision: Decision) -> str:
    top = ", ".join(f"{name} {value:.2f}" for name, value in decision.ranking[:3])
    danger = f"; danger: {', '.join(decision.danger_signs)}" if decision.danger else ""
    heard = f"{top or 'no NLU'}; {decision.language} {decision.script}{danger}"
    return f"why: {decision.action} by rule {decision.rule}; {heard}"
