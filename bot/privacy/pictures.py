"""Photos without what they say in secret: place, time, camera. The original stays sealed as it came."""

import io
import warnings

from PIL import Image, ImageOps, UnidentifiedImageError

MAX_PIXELS = 50_000_000  # a phone's photo has 12 to 50 million; a bomb has billions
FORMATS = {"image/jpeg": "JPEG", "image/png": "PNG", "image/webp": "WEBP"}


def strip(content: bytes, mime: str) -> bytes | None:
    """Return the picture without any metadata, turned as it was meant; None if it is no picture, or too large."""
    try:
        with warnings.catch_warnings(), Image.open(io.BytesIO(content), formats=tuple(FORMATS.values())) as picture:
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)  # the size is checked here, before decoding
            if picture.width * picture.height > MAX_PIXELS:
                return None
            turned = ImageOps.exif_transpose(picture)
            bare = Image.new(turned.mode, turned.size)
            bare.paste(turned)
            out = io.BytesIO()
            bare.convert("RGB").save(out, "JPEG", quality=90) if mime == "image/jpeg" else bare.save(out, FORMATS[mime])
    except (UnidentifiedImageError, OSError, ValueError, KeyError, SyntaxError, Image.DecompressionBombError):
        return None
    return out.getvalue()
