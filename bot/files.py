"""Files that workers send: fetched after the message was recorded, sealed, kept under VAR_DIR/media."""

from datetime import timedelta
from pathlib import Path

import structlog

from bot import inbox
from bot.channels.registry import Registry
from bot.clock import Clock, new_token
from bot.messages import Attachment, SendError
from bot.privacy.seal import Vault
from bot.store.engine import Store
from bot.store.models import Contact, StoredMedia
from bot.store.queries import contacts

log = structlog.get_logger()

RETRY = (5, 30, 120, 600, 3600)  # seconds; providers keep files for hours at least


class Files:
    def __init__(self, store: Store, vault: Vault, registry: Registry, folder: Path, clock: Clock) -> None:
        self._store, self._vault, self._registry, self._clock = store, vault, registry, clock
        self.folder = folder

    async def fetch(self, media_id: int) -> bool:
        """Fetch one file and keep it sealed; note the error and the next try where that fails."""
        async with self._store.read() as session:
            media = await session.get(StoredMedia, media_id)
            if media is None or media.state != "waiting":
                return False
            contact = await contacts.get_contact(session, media.contact_id)
        try:
            attachment = await self._download(contact, media)
        except SendError as error:
            await self._note_error(media_id, error)
            return False
        await self._keep(contact, media_id, attachment)
        return True

    async def _download(self, contact: Contact, media: StoredMedia) -> Attachment:
        wanted = inbox.open_media(media, self._vault.open_key(contact.sealed_key))
        limit = self._registry.limits(contact.channel).media_bytes
        if wanted.size and wanted.size > limit:
            raise SendError("too_large")
        return await self._registry.get(contact.channel).fetch(wanted)

    async def _keep(self, contact: Contact, media_id: int, attachment: Attachment) -> None:
        name = new_token(18)  # says nothing of whose file it is or what is in it
        self.folder.mkdir(parents=True, exist_ok=True)
        sealed = self._vault.open_key(contact.sealed_key).seal_bytes(attachment.content, "file")
        (self.folder / name).write_bytes(sealed)
        async with self._store.write() as session:
            media = await session.get(StoredMedia, media_id)
            if media is None or media.state != "waiting":  # she was erased meanwhile, or another worker was faster
                (self.folder / name).unlink()
                return
            media.state, media.path, media.size = "stored", name, len(attachment.content)
            media.mime = attachment.mime[:128]
        log.info("file_stored", media=media_id)

    async def _note_error(self, media_id: int, error: SendError) -> None:
        async with self._store.write() as session:
            media = await session.get(StoredMedia, media_id)
            if media is None:
                return
            media.attempts += 1
            media.error = error.code[:64]
            if not (error.retryable or error.ambiguous) or media.attempts > len(RETRY):
                media.state = "lost"
            else:
                media.retry_at = self._clock() + timedelta(seconds=RETRY[media.attempts - 1])
        log.warning("file_not_fetched", media=media_id, error=error.code)

    def read(self, contact: Contact, media: StoredMedia) -> bytes:
        """Return a stored file, opened."""
        sealed = (self.folder / media.path).read_bytes()
        return self._vault.open_key(contact.sealed_key).open_bytes(sealed, "file")
