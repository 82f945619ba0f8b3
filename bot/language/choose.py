"""Which locale to answer in."""

# What NLU calls a language (ISO 639-1) and script, and the locale we answer in. A locale is a Babel identifier.
LOCALES = {
    ("en", "native"): "en",
    ("ar", "native"): "ar",
    ("ar", "latin"): "ar",
    ("sw", "native"): "sw",
    ("tl", "native"): "fil",
    ("hi", "latin"): "hi_Latn",
    ("hi", "native"): "hi_Latn",
    ("ur", "latin"): "hi_Latn",  # the same spoken words; a closer text than English until there is Urdu
}

# Language codes as apps tell them (BCP 47) where they differ from ours.
_HINTS = {"tl": "fil", "hi": "hi_Latn"}


def find_locale(language: str, script: str) -> str:
    """Return the locale for a detected language and script, or an empty string if we have none."""
    return LOCALES.get((language, script), "") or LOCALES.get((language, "native"), "")


def find_hinted_locale(hint: str, locales: tuple[str, ...]) -> str:
    """Return our locale for the language her app is set to, or an empty string."""
    language = hint.replace("_", "-").split("-")[0].lower()
    locale = _HINTS.get(language, language)
    return locale if locale in locales else ""


def is_right_to_left(locale: str) -> bool:
    return locale.split("_")[0] in {"ar", "ur"}
