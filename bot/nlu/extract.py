"""Countries, money, durations, names of languages, papers and who writes, in a text of any of our languages.

Pure: tables from `nlu_data/places.yml` and the country and language names of CLDR, no model. Python 3.10 too.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import yaml
from babel import Locale

from bot.nlu.normalise import fold
from bot.nlu.people import find_documents, find_writer
from bot.nlu.phrases import Found, Table, Token, tokenise

PLACES_FILE = Path(__file__).resolve().parent.parent.parent / "nlu_data" / "places.yml"

LOCALES = ("en", "ar", "fr", "sw", "fil", "id", "am", "hi", "ur", "bn", "ne", "si", "ta", "hi_Latn")
DESTINATIONS = frozenset({"SA", "AE", "QA", "KW", "BH", "OM", "LB", "JO", "IQ", "EG", "YE", "LY", "SY"})
ORIGINS = frozenset(
    {"PH", "ID", "BD", "NP", "LK", "IN", "PK", "ET", "KE", "UG", "GH", "MG", "SL", "VN", "MM", "KH", "NG"}
)
# Amman with its doubled m, the only spelling that tells it from Oman.
_AMMAN = "\u0639\u0645\u0651\u0627\u0646"
_OLDEST_DURATION = 15  # years: above it, a number of years is somebody's age


def extract(text: str) -> list[Found]:
    """Return entities {entity, value, start, end} in the order of the text."""
    tokens = tokenise(text)
    tables = _load_tables()
    places = list(_find_places(text, tokens, tables))
    countries = [place["value"] for place in places]
    found = [
        *places,
        *_find_money(tokens, tables, countries),
        *_find_durations(tokens, tables),
        *_find_languages(tokens, tables),
        *find_documents(tokens),
        *find_writer(tokens),
    ]
    return sorted(found, key=lambda entity: (entity["start"], entity["end"]))


@dataclass(frozen=True)
class _Tables:
    places: Table[str]
    ordinary: frozenset[str]
    place_cues: frozenset[str]
    not_with: dict[str, frozenset[str]]
    currencies: Table[str]
    families: dict[str, dict[str, str]]
    multipliers: dict[str, int]
    multipliers_before: frozenset[str]
    numbers: Table[int]
    units: dict[str, str]
    units_before_number: frozenset[str]
    duals: dict[str, str]
    fillers: frozenset[str]
    not_durations: frozenset[str]
    languages: Table[str]
    shared_languages: frozenset[str]
    cues_before: frozenset[str]
    cues_after: frozenset[str]


# -- places ---------------------------------------------------------------------------------------------------------


def _find_places(text: str, tokens: Sequence[Token], tables: _Tables) -> Iterator[Found]:
    at = 0
    while at < len(tokens):
        match = tables.places.find(tokens, at)
        if match and _is_meant(tokens, at, match[1], tables):
            code, length = match
            start, end = tokens[at].start, tokens[at + length - 1].end
            code = "JO" if code == "OM" and _AMMAN in text[start:end] else code
            yield {"entity": _kind_of(code), "value": code, "start": start, "end": end}
            at += length
        else:
            at += 1


def _kind_of(code: str) -> str:
    return "destination" if code in DESTINATIONS else "origin" if code in ORIGINS else "country"


def _is_meant(tokens: Sequence[Token], at: int, length: int, tables: _Tables) -> bool:
    """Tell a country from an everyday word that is spelt the same."""
    word = tokens[at].text
    before = tokens[at - 1].text if at else ""
    after = tokens[at + length].text if at + length < len(tokens) else ""
    if length == 1 and word in tables.ordinary:
        return before in tables.place_cues
    return not {before, after} & tables.not_with.get(word, frozenset())


# -- money ----------------------------------------------------------------------------------------------------------


def _find_money(tokens: Sequence[Token], tables: _Tables, countries: Sequence[str]) -> Iterator[Found]:
    at = 0
    while at < len(tokens):
        money = _money_at(tokens, at, tables)
        if not money:
            at += 1
            continue
        amount, currency, end = money
        code = _settle(currency, tables, countries)
        value = f"{amount:.10g} {code}"
        yield {"entity": "money", "value": value, "start": tokens[at].start, "end": tokens[end - 1].end}
        at = end


def _money_at(tokens: Sequence[Token], at: int, tables: _Tables) -> tuple[float, str, int] | None:
    """Return amount, currency and the token after, for "500 riyal" and for "rs 500"."""
    amount = _amount_at(tokens, at, tables)
    if amount:
        currency = tables.currencies.find(tokens, _skip(tokens, amount[1], tables.fillers))
        if currency:
            return amount[0], currency[0], _skip(tokens, amount[1], tables.fillers) + currency[1]
        return None
    currency = tables.currencies.find(tokens, at)
    amount = _amount_at(tokens, at + currency[1], tables) if currency else None
    return (amount[0], currency[0], amount[1]) if currency and amount else None


def _amount_at(tokens: Sequence[Token], at: int, tables: _Tables) -> tuple[float, int] | None:
    """Return a number with its multipliers ("25k", "2 lakh", "elfu tano") and the token after it."""
    if at >= len(tokens):
        return None
    if tokens[at].text in tables.multipliers_before:
        number = _number_at(tokens, at + 1, tables)
        return (number[0] * tables.multipliers[tokens[at].text], number[1]) if number else None
    number = _number_at(tokens, at, tables)
    if not number:
        return None
    value, after = number
    while after < len(tokens) and _multiplies(tokens, after, tables):
        value, after = value * tables.multipliers[tokens[after].text], after + 1
    return value, after


def _multiplies(tokens: Sequence[Token], at: int, tables: _Tables) -> bool:
    word = tokens[at]
    close = word.start == tokens[at - 1].end  # "25k", but not "25 k"
    return word.text in tables.multipliers and (len(word.text) > 1 or not word.text.isascii() or close)


def _number_at(tokens: Sequence[Token], at: int, tables: _Tables) -> tuple[float, int] | None:
    if at >= len(tokens):
        return None
    if tokens[at].is_number:
        return _read_number(tokens[at].text), at + 1
    word = tables.numbers.find(tokens, at)
    return (float(word[0]), at + word[1]) if word else None


def _read_number(text: str) -> float:
    """Read 1,500 and 1.500.000 as thousands, 2.5 and 120.500 (dinars have three decimals) as decimals."""
    text = text.replace("\u066b", ".").replace("\u066c", ",")
    groups = text.replace(",", ".").split(".")
    if len(groups) == 1 or (all(len(group) == 3 for group in groups[1:]) and _is_thousands(text, groups)):
        return float("".join(groups))
    return float("".join(groups[:-1]) + "." + groups[-1])


def _is_thousands(text: str, groups: Sequence[str]) -> bool:
    return "," in text or len(groups) > 2 or groups[1] == "000"


def _settle(currency: str, tables: _Tables, countries: Sequence[str]) -> str:
    """Return the currency's code; of a family ("dinar") the one of the first country that has one."""
    family = tables.families.get(currency)
    if family is None:
        return currency
    return next((family[country] for country in countries if country in family), family["default"])


# -- time -----------------------------------------------------------------------------------------------------------


def _find_durations(tokens: Sequence[Token], tables: _Tables) -> Iterator[Found]:
    at = 0
    while at < len(tokens):
        duration = _duration_at(tokens, at, tables)
        if duration:
            value, end = duration
            yield {"entity": "duration", "value": value, "start": tokens[at].start, "end": tokens[end - 1].end}
            at = end
        else:
            at += 1


def _duration_at(tokens: Sequence[Token], at: int, tables: _Tables) -> tuple[str, int] | None:
    """Return the ISO 8601 duration and the token after, for "4 months", "miezi minne" and Arabic duals."""
    for word in (tokens[at].text, tokens[at].text[1:]):
        if word in tables.duals:
            return tables.duals[word], at + 1
    number = _number_at(tokens, at, tables)
    if number:
        unit_at = _skip(tokens, number[1], tables.fillers)
        return _duration(number[0], _word(tokens, unit_at), unit_at + 1, tokens, tables)
    if tokens[at].text in tables.units_before_number:
        number = _number_at(tokens, at + 1, tables)
        return _duration(number[0], tokens[at].text, number[1], tokens, tables) if number else None
    return None


def _duration(number: float, word: str, end: int, tokens: Sequence[Token], tables: _Tables) -> tuple[str, int] | None:
    unit = tables.units.get(word)
    longest = _OLDEST_DURATION if unit == "Y" else 999
    if unit is None or not 1 <= number <= longest or _word(tokens, end) in tables.not_durations:
        return None
    return f"P{int(number)}{unit}", end


# -- languages ------------------------------------------------------------------------------------------------------


def _find_languages(tokens: Sequence[Token], tables: _Tables) -> Iterator[Found]:
    for at, token in enumerate(tokens):
        match = tables.languages.find(tokens, at)
        if match and _is_language(tokens, at, match[1], tables):
            end = tokens[at + match[1] - 1].end
            yield {"entity": "language", "value": match[0], "start": token.start, "end": end}


def _is_language(tokens: Sequence[Token], at: int, length: int, tables: _Tables) -> bool:
    """Tell "in hindi" from Tagalog "hindi" (not) and "in nepali" from a person who is Nepali."""
    if tokens[at].text not in tables.shared_languages or len(tokens) == length:
        return True
    return (at > 0 and tokens[at - 1].text in tables.cues_before) or _word(tokens, at + length) in tables.cues_after


# -- tables ---------------------------------------------------------------------------------------------------------


def _word(tokens: Sequence[Token], at: int) -> str:
    return tokens[at].text if at < len(tokens) else ""


def _skip(tokens: Sequence[Token], at: int, fillers: frozenset[str]) -> int:
    return at + 1 if _word(tokens, at) in fillers else at


@lru_cache(maxsize=1)
def _load_tables() -> _Tables:
    raw = yaml.safe_load(PLACES_FILE.read_text(encoding="utf-8"))
    currencies = {**_invert(raw["currencies"]), **_invert({k: v["names"] for k, v in raw["families"].items()})}
    return _Tables(
        places=Table({**_cldr_territories(), **_invert(raw["places"])}),
        ordinary=_words(raw["ordinary"]),
        place_cues=_words(raw["place_cues"]),
        not_with={fold(name): _words(words) for name, words in raw["not_with"].items()},
        currencies=Table(currencies),
        families={name: {k: v for k, v in family.items() if k != "names"} for name, family in raw["families"].items()},
        multipliers={fold(str(word)): int(by) for by, words in raw["multipliers"].items() for word in words},
        multipliers_before=_words(raw["multipliers_before"]),
        numbers=Table({str(word): int(number) for number, words in raw["numbers"].items() for word in words}),
        units={fold(word): unit for word, unit in _invert(raw["units"]).items()},
        units_before_number=_words(raw["units_before_number"]),
        duals={fold(word): value for word, value in _invert(raw["duals"]).items()},
        fillers=_words(raw["unit_fillers"]),
        not_durations=_words(raw["not_durations"]),
        languages=Table({**_cldr_languages(list(raw["languages"])), **_invert(raw["languages"])}),
        shared_languages=_words(raw["shared_languages"]),
        cues_before=_words(raw["language_cues_before"]),
        cues_after=_words(raw["language_cues_after"]),
    )


def _words(words: Sequence[str]) -> frozenset[str]:
    return frozenset(fold(word) for word in words)


def _invert(names: dict[str, Sequence[str]]) -> dict[str, str]:
    return {str(word): value for value, words in names.items() for word in words}


def _cldr_territories() -> dict[str, str]:
    """Return the names of all countries in our locales, without those too short to be safe."""
    names = {}
    for locale in map(Locale.parse, LOCALES):
        for code, name in locale.territories.items():
            if len(code) == 2 and code.isalpha() and len(fold(name)) >= (5 if name.isascii() else 3):
                names[name] = code
    return names


def _cldr_languages(codes: Sequence[str]) -> dict[str, str]:
    """Return the names of our languages in our locales."""
    names = {}
    for locale in map(Locale.parse, LOCALES):
        for code in codes:
            name = locale.languages.get("fil" if code == "tl" else code, "")
            if len(name) >= 4:
                names[name] = code
    return names
