"""Small numbers as people write them when they pick from a numbered list."""

import unicodedata

# One to nine; the lists are short on purpose: longer lists of choices are never sent as numbers alone.
_WORDS = {
    "en": "one two three four five six seven eight nine",
    "fil": "isa dalawa tatlo apat lima anim pito walo siyam",
    "fil_es": "uno dos tres kwatro singko sais siyete otso nuwebe",
    "hi_Latn": "ek do teen char panch chhe saat aath nau",
    "sw": "moja mbili tatu nne tano sita saba nane tisa",
    "ar": "واحد اثنين ثلاثة اربعة خمسة ستة سبعة ثمانية تسعة",
    "ar_levant": "وحدة تنين تلاتة أربعة خمسه سته سبعه تمانية تسعه",
}
_BY_WORD = {word: number for words in _WORDS.values() for number, word in enumerate(words.split(), 1)}
_FILLERS = {"number", "no", "option", "choice", "numero", "nambari", "namba", "رقم", "the"}


def find_number(text: str) -> int | None:
    """Return the number that is all the text says ("2", "٢", "two.", "number 2"), else None."""
    words = [word for word in _strip(text).split() if word not in _FILLERS]
    if len(words) != 1:
        return None
    word = words[0]
    if word.isdecimal():
        return int(word) if len(word) <= 3 else None
    return _BY_WORD.get(word)


def _strip(text: str) -> str:
    kept = (char if char.isalnum() or unicodedata.combining(char) else " " for char in text.casefold())
    return "".join(kept)
