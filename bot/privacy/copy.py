"""What we know about her, as she may ask: figures and labels, in her language; her words stay where they are."""

from babel.dates import format_date
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.privacy.seal import DataKey
from bot.store.models import Case, Contact, Message, StoredMedia


async def describe(session: AsyncSession, contact: Contact, key: DataKey) -> dict[str, str]:
    """Return the variables of the phrase `my_data`: everything we hold on a contact, each as text or a dash."""
    counted = select(func.count(Message.id), func.min(Message.received_at)).where(Message.contact_id == contact.id)
    count, first = (await session.execute(counted)).one()
    files = select(func.count(StoredMedia.id)).where(StoredMedia.contact_id == contact.id)
    numbers = select(Case.id).where(Case.contact_id == contact.id).order_by(Case.id)
    cases = [str(number) for number in (await session.execute(numbers)).scalars()]
    locale = contact.locale or "en"
    return {
        "called": key.open(contact.sealed_name, "name") or "–",
        "messages": str(count),
        "files": str((await session.execute(files)).scalar_one()),
        "since": format_date(first.date(), "medium", locale=locale) if first else "–",
        "country": contact.destination,
        "home": contact.origin,
        "cases": ", ".join(cases) or "–",
    }
