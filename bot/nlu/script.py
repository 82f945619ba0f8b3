"""Which letters a text is in: the usual ones of its language, or Latin letters in their place. Pure."""

# Languages of our workers whose own script is not Latin; in Latin letters they are "romanised".
NOT_LATIN = frozenset({"am", "ar", "bn", "fa", "hi", "km", "lo", "my", "ne", "pa", "si", "ta", "te", "th", "ti", "ur"})


def has_letters(text: str) -> bool:
    return any(char.isalpha() for char in text)


def find_script(text: str, language: str) -> str:
    """Return "latin" for a language of another script written mostly in Latin letters, else "native"."""
    letters = [char for char in text if char.isalpha()]
    latin = sum(char < "\u0250" for char in letters)
    return "latin" if language in NOT_LATIN and latin * 2 > len(letters) else "native"
