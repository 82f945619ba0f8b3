"""Quick clear: take what was said lately, or one message, off her phone, where the channel lets us."""

from datetime import timedelta

import structlog

from bot.channels.registry import Registry
from bot.clock import Clock
from bot.messages import Address
from bot.privacy.seal import Unsealable, Vault
from bot.store.engine import Store
from bot.store.models import Contact
from bot.store.queries import outbox

log = structlog.get_logger()

CLEARABLE = timedelta(hours=48)  # Telegram deletes nothing older


class Clearer:
    def __init__(self, store: Store, vault: Vault, registry: Registry, clock: Clock) -> None:
        self._store, self._vault, self._registry, self._clock = store, vault, registry, clock

    async def clear(self, contact_id: int) -> int:
        """Delete one message, or what she and we wrote in the last two days, as she asked; return how much is gone."""
        async with self._store.read() as session:
            contact = await session.get(Contact, contact_id)
            if contact is None or contact.clear_at is None:
                return 0
            ids = contact.clear_ids or await outbox.list_external_ids(session, contact_id, self._clock() - CLEARABLE)
        try:
            key = self._vault.open_key(contact.sealed_key)
            address = Address(contact.channel, key.open(contact.sealed_address, "address"))
            channel = self._registry.get(contact.channel)
        except (Unsealable, KeyError):
            return 0
        gone = sum([await channel.delete(address, id) for id in ids])
        async with self._store.write() as session:
            fresh = await session.get(Contact, contact_id)
            if fresh is not None and fresh.clear_at == contact.clear_at:  # else she asked again meanwhile
                fresh.clear_at, fresh.clear_ids = None, []
        log.info("chat_cleared", contact=contact_id, messages=gone)
        return gone
