"""Figures of law, kept with the fact they come from and named in texts: {minimum_wage} reads well in every language.

A translator cannot mistype them, and when the law changes one figure is mended in one place.
"""

import re
from datetime import date
from decimal import Decimal, InvalidOperation

from babel.dates import format_date
from babel.numbers import format_currency, format_decimal, format_percent
from babel.units import format_unit

UNITS = {"hour": "duration-hour", "day": "duration-day", "week": "duration-week",
         "month": "duration-month", "year": "duration-year"}  # fmt: skip
EXPECTED = "QAR 1000, 60 days, 25 %, 2026-01-31 or a plain number"

_MONEY = re.compile(r"([A-Z]{3}) ([0-9]+(?:\.[0-9]+)?)")
_SPAN = re.compile(rf"([0-9]+) ({'|'.join(UNITS)})s?")
_PERCENT = re.compile(r"([0-9]+(?:\.[0-9]+)?) ?%")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_VARIABLE = re.compile(r"{([^{}]*)}")


def format_value(value: str, locale: str) -> str:
    """Return a figure as it is written in a locale, with its plural; raise ValueError for what is none of the kinds.

    Digits stay 0-9 in every language: she compares them with a contract or a bank slip.
    """
    if match := _MONEY.fullmatch(value):
        amount = Decimal(match[2])
        digits = "#,##0.##" if amount % 1 else "#,##0"
        # The code, not the sign: "QAR 1,000" is what stands in her contract.
        return format_currency(amount, match[1], f"\u00a4\u00a4 {digits}", locale=locale, currency_digits=False,
                               numbering_system="latn")  # fmt: skip
    if match := _SPAN.fullmatch(value):
        return _format_span(int(match[1]), UNITS[match[2]], locale)
    if match := _PERCENT.fullmatch(value):
        return format_percent(Decimal(match[1]) / 100, locale=locale, numbering_system="latn")
    if _DATE.fullmatch(value):
        return format_date(date.fromisoformat(value), "long", locale=locale)
    try:
        return format_decimal(Decimal(value), locale=locale, numbering_system="latn")
    except InvalidOperation:
        raise ValueError(f"{value!r} is no figure; write {EXPECTED}") from None


def _format_span(number: int, unit: str, locale: str) -> str:
    """CLDR leaves the long form out where it is the short one; Babel 2.18 then writes the name of the unit."""
    long, short = (
        format_unit(number, unit, length, locale=locale, numbering_system="latn") for length in ("long", "short")
    )
    return short if unit in long else long


def find_variables(text: str) -> list[str]:
    """Return the names in braces, sorted, each as often as it stands there."""
    return sorted(_VARIABLE.findall(text))


def fill(text: str, values: dict[str, str], locale: str) -> str:
    """Return the text with every {name} replaced by its figure as that locale writes it."""
    return _VARIABLE.sub(lambda found: _say(found, values, locale), text)


def _say(found: re.Match[str], values: dict[str, str], locale: str) -> str:
    value = values.get(found[1])
    return found[0] if value is None else format_value(value, locale)  # an unknown name is a fault found earlier
