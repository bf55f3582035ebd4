"""Read a table of votes: how each country voted on each resolution, as numbers on the scale of stance."""

import csv
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from stance.errors import ChoiceError, UsageError
from stance.text.countries import alpha3

COLUMNS = ("resolution", "date", "country", "country_code", "vote")
VALUES = {"yes": -1, "abstain": 0, "no": 1}
"""Place of a vote on the scale: the resolutions speak against Moscow, so `no` stands with it."""
ABSENT = "absent"


@dataclass(slots=True)
class Votes:
    """Votes by country and year; `absent` were left out, and countries in `unknown` have a code no country has."""

    cast: dict[tuple[str, int], list[int]] = field(default_factory=lambda: defaultdict(list))
    resolutions: dict[int, set[str]] = field(default_factory=lambda: defaultdict(set))
    absent: int = 0
    unknown: dict[str, int] = field(default_factory=lambda: defaultdict(int))

    def mean(self, iso3: str, year: int) -> float | None:
        """Mean vote of a country over the resolutions of a year, in [-1, 1]; None if it cast none."""
        values = self.cast.get((iso3, year))
        return sum(values) / len(values) if values else None


def read_votes(path: str | Path, years: tuple[int, int]) -> Votes:
    """Read the votes of the years first to last from a CSV with the columns of COLUMNS.

    Country codes have two letters, dates are YYYY-MM-DD, votes are yes, no, abstain or absent. Raises UsageError for
    a file without these columns, a date that is none or no resolution in these years, ChoiceError for another vote.
    """
    path = Path(path)
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file)
            missing = [name for name in COLUMNS if name not in (reader.fieldnames or ())]
            if missing:
                raise UsageError(
                    f"the votes {path} lack the columns {', '.join(missing)}; "
                    f"found: {', '.join(reader.fieldnames or ()) or 'none'}"
                )
            votes, others = _count(reader, path, years)
    except OSError as error:
        raise UsageError(f"the votes {path} cannot be read: {error.strerror}") from None
    except UnicodeDecodeError as error:
        raise UsageError(f"the votes {path} are not UTF-8 ({error.reason} at byte {error.start})") from None
    if not votes.resolutions:
        found = f"of {min(others)}-{max(others)}" if others else "none"
        raise UsageError(f"the votes {path} hold no resolution of years={list(years)}; their resolutions are {found}")
    return votes


def _count(rows: Iterable[Mapping[str, str]], path: Path, years: tuple[int, int]) -> tuple[Votes, set[int]]:
    """Votes of the years wanted, and the years of all rows."""
    votes, seen = Votes(), set()
    for line, row in enumerate(rows, 2):
        where = f"{path}, line {line}"
        year, word = _year(row["date"], where), (row["vote"] or "").strip().lower()
        if word not in VALUES and word != ABSENT:
            raise ChoiceError(f"{where}: the vote", row["vote"] or "", [*VALUES, ABSENT])
        seen.add(year)
        if not years[0] <= year <= years[1]:
            continue
        votes.resolutions[year].add(row["resolution"])
        iso3 = alpha3(row["country_code"] or "")
        if iso3 is None:
            votes.unknown[f"{row['country']} ({row['country_code']})"] += 1
        elif word == ABSENT:
            votes.absent += 1
        else:
            votes.cast[iso3, year].append(VALUES[word])
    return votes, seen


def _year(text: str, where: str) -> int:
    try:
        return date.fromisoformat((text or "").strip()).year
    except ValueError:
        raise UsageError(f"{where}: the date {(text or '')!r} is not YYYY-MM-DD") from None
