"""Files that workers sent, opened for staff. Only what a browser shows harmlessly is shown; the rest is downloaded."""

import asyncio
import re

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from bot.console.cases import note_reading
from bot.console.frame import get_console, get_staff, get_store
from bot.privacy.pictures import strip
from bot.privacy.seal import Unsealable
from bot.store.models import Contact, StoredMedia

_INLINE = re.compile(r"image/(jpeg|png|webp)|audio/[a-z0-9.+-]+")


async def show_media(request: Request) -> Response:
    console, staff = get_console(request), get_staff(request)
    async with get_store(request).read() as session:
        media = await session.get(StoredMedia, request.path_params["id"])
        contact = await session.get(Contact, media.contact_id) if media else None
    if media is None or contact is None or media.state != "stored":
        raise HTTPException(404)
    try:
        content = await asyncio.to_thread(console.helpline.files.read, contact, media)
    except (Unsealable, FileNotFoundError):
        raise HTTPException(404) from None
    await note_reading(console, staff, f"media:{media.id}", "media:read", console.helpline.clock())
    kind = harmless_kind(media.mime)
    if kind.startswith("image/"):
        shown = await asyncio.to_thread(strip, content, kind)
        if shown is None:  # not the picture it calls itself: to be kept apart, not opened in the page
            return _serve(request, content, media.id, "")
        content = shown
    return _serve(request, content, media.id, kind)


def harmless_kind(mime: str) -> str:
    """Return the kind of a file that may be shown in the page, or an empty string. The sender's word is not trusted."""
    kind = mime.partition(";")[0].strip().lower()
    return kind if _INLINE.fullmatch(kind) else ""


def _serve(request: Request, content: bytes, id: int, kind: str) -> Response:
    """Serve the whole or the range that a player asks for."""
    disposition = "inline" if kind else f'attachment; filename="file-{id}"'
    headers = {"Content-Disposition": disposition, "Accept-Ranges": "bytes"}
    kind = kind or "application/octet-stream"
    part = _range(request.headers.get("range", ""), len(content))
    if part is None:
        return Response(content, media_type=kind, headers=headers)
    headers["Content-Range"] = f"bytes {part.start}-{part.stop - 1}/{len(content)}"
    return Response(content[part.start : part.stop], 206, media_type=kind, headers=headers)


def _range(header: str, size: int) -> range | None:
    """Read "bytes=100-" or "bytes=100-199"; anything else gets the whole file, which is always right."""
    first, dash, last = header.removeprefix("bytes=").partition("-")
    if not (dash and first.isdigit() and (last.isdigit() or not last)):
        return None
    start, stop = int(first), min(int(last) + 1, size) if last else size
    return range(start, stop) if start < stop else None
