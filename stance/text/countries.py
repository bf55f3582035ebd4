"""Codes of countries: from two letters to three, and to names; pycountry, and what it does not know."""

OTHER_TWO = {"YU": "SRB", "UK": "GBR", "EL": "GRC", "XK": "XKX"}
"""Two-letter codes that tables use beside ISO 3166-1. Votes keyed by Correlates-of-War numbers name Serbia Yugoslavia."""

OTHER_THREE = {"EU": "European Union", "XKX": "Kosovo", "YDYE": "Yemen, Democratic"}
"""Speakers that corpora of speeches code outside ISO 3166-1."""


def alpha3(code: str) -> str | None:
    """Three-letter code of a two-letter one, or None for a code that no country has.

    >>> alpha3("NA"), alpha3("yu"), alpha3("QQ")
    ('NAM', 'SRB', None)
    """
    import pycountry

    code = code.strip().upper()
    if code in OTHER_TWO:
        return OTHER_TWO[code]
    country = pycountry.countries.get(alpha_2=code) if len(code) == 2 else None
    return str(country.alpha_3) if country else None


def country_name(code: str) -> str | None:
    """Common English name of a country by its three-letter code, past ones included; None if no country has it.

    >>> country_name("BOL"), country_name("EU"), country_name("QQQ")
    ('Bolivia', 'European Union', None)
    """
    import pycountry

    if code in OTHER_THREE:
        return OTHER_THREE[code]
    country = pycountry.countries.get(alpha_3=code) or pycountry.historic_countries.get(alpha_3=code)
    return str(getattr(country, "common_name", country.name)).split(",")[0] if country else None
