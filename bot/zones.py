"""In which time zone a country lives: opening hours, safe hours and the day on which a statement expires."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

# One zone each: that of the capital, where countries have several. IANA names.
ZONES = {
    "SA": "Asia/Riyadh", "AE": "Asia/Dubai", "QA": "Asia/Qatar", "KW": "Asia/Kuwait", "BH": "Asia/Bahrain",
    "OM": "Asia/Muscat", "LB": "Asia/Beirut", "JO": "Asia/Amman", "IQ": "Asia/Baghdad", "EG": "Africa/Cairo",
    "PH": "Asia/Manila", "ID": "Asia/Jakarta", "BD": "Asia/Dhaka", "NP": "Asia/Kathmandu", "LK": "Asia/Colombo",
    "IN": "Asia/Kolkata", "PK": "Asia/Karachi", "ET": "Africa/Addis_Ababa", "KE": "Africa/Nairobi",
    "UG": "Africa/Kampala", "GH": "Africa/Accra", "MG": "Indian/Antananarivo", "SL": "Africa/Freetown",
    "VN": "Asia/Ho_Chi_Minh", "MM": "Asia/Yangon", "KH": "Asia/Phnom_Penh", "NG": "Africa/Lagos",
}  # fmt: skip
ELSEWHERE = "Asia/Riyadh"  # three hours ahead of UTC, as most of our destinations


def find_zone(*countries: str) -> ZoneInfo:
    """Return the zone of the first country we know one of (ISO 3166-1 alpha-2; empty ones are passed over)."""
    return ZoneInfo(next((ZONES[country] for country in countries if country in ZONES), ELSEWHERE))


def local_date(now: datetime, *countries: str) -> date:
    """Return which day it is there."""
    return now.astimezone(find_zone(*countries)).date()
