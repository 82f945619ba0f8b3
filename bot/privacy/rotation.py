"""Rotation: after a new key was put first in SEAL_KEYS, small keys are sealed anew; the words themselves stay."""

from sqlalchemy import select, update

from bot.privacy.seal import Unsealable, Vault
from bot.store.engine import Store
from bot.store.models import Contact, User

BATCH = 200


async def rotate(store: Store, vault: Vault) -> tuple[int, int]:
    """Return how many secrets were sealed anew and how many no key opens. Safe to stop and to run twice."""
    done = lost = last = 0
    while True:
        async with store.write() as session:
            query = select(Contact.id, Contact.sealed_key).where(Contact.id > last).order_by(Contact.id).limit(BATCH)
            rows = (await session.execute(query)).all()
            for id, sealed in rows:
                last = id
                try:
                    fresh = vault.rewrap(sealed)
                except Unsealable:
                    lost += 1
                    continue
                if fresh:
                    change = update(Contact).where(Contact.id == id, Contact.sealed_key == sealed)
                    await session.execute(change.values(sealed_key=fresh))
                    done += 1
        if len(rows) < BATCH:
            break
    async with store.write() as session:
        for user in (await session.execute(select(User))).scalars():
            for name, about in (("sealed_totp", "totp"), ("sealed_page_url", "page-url")):
                try:
                    fresh = vault.rewrap(getattr(user, name), about)
                except Unsealable:
                    lost += 1
                    continue
                if fresh:
                    setattr(user, name, fresh)
                    done += 1
    return done, lost
