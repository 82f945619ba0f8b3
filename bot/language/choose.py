"""Which locale to answer in."""

# What NLU calls a language (ISO 639-1) and script, and the locale we answer in. A locale is a Babel identifier.
LOCALES = {
    **{
        (language, "native"): language
        for language in ("am", "ar", "bn", "en", "fr", "hi", "id", "ne", "si", "sw", "ta", "ur")
    },
    ("tl", "native"): "fil",
    ("hi", "latin"): "hi_Latn",
    ("ur", "latin"): "hi_Latn",  # the same spoken words; who reads Latin letters reads these
}

# Language codes as apps tell them (BCP 47) where they differ from ours.
_HINTS = {"tl": "fil"}


def find_locale(language: str, script: str) -> str:
    """Return the locale for a detected language and script, or an empty string if we have none."""
    return LOCALES.get((language, script), "") or LOCALES.get((language, "native"), "")


def find_hinted_locale(hint: str, text: str, locales: tuple[str, ...]) -> str:
    """Return our locale for the language of her app, or an empty string; in Latin letters if she writes those."""
    language = hint.replace("_", "-").split("-")[0].lower()
    locale = _HINTS.get(language, language)
    romanised = f"{locale}_Latn"
    if text.isascii() and romanised in locales:
        return romanised
    return locale if locale in locales else ""


def is_right_to_left(locale: str) -> bool:
    return locale.split("_")[0] in {"ar", "ur"}
