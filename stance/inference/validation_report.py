"""Write a validation as a folder: scores.csv, summary.json, summary.md and the scatter plot; complete or absent."""

import csv
import json
import shutil
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, fields
from math import isfinite
from pathlib import Path
from typing import Any

from stance.errors import UsageError
from stance.inference.agreement import YES, Agreement, Difference
from stance.inference.validation import DIGITS, CountryYear, Coverage, Validation
from stance.inference.validation_plot import draw
from stance.records import Interval

SCORES, JSON, MARKDOWN, PLOT = "scores.csv", "summary.json", "summary.md", "scatter"
EXPLAINED = (
    "Score of a country-year: stance toward Moscow in [-1, 1], from the relevant sentences of its speech. Vote: mean "
    "over the resolutions of the year, yes -1, abstain 0, no +1, absent left out. In brackets: 95 % bootstrap "
    f"interval, countries resampled whole. AUC: yes (mean vote below {YES}) against the rest.\n\n"
)


def check_folder(output: str | Path, *, overwrite: bool) -> None:
    """Refuse a folder that cannot be written, before any work is done: existing without `overwrite`, or no parent."""
    path = Path(output)
    if path.exists() and not overwrite:
        raise UsageError(f"the output {path} exists; add overwrite=true to replace it, or name another")
    if path.exists() and (strange := sorted(p.name for p in _entries(path) if p.name not in _names())):
        raise UsageError(f"the output {path} holds {strange[0]}, which no validation wrote; it is not replaced")
    if not path.absolute().parent.is_dir():
        raise UsageError(f"the folder {path.absolute().parent} of the output does not exist; create it first")


def _entries(path: Path) -> list[Path]:
    return list(path.iterdir()) if path.is_dir() else [path]


def _names() -> set[str]:
    return {SCORES, JSON, MARKDOWN, f"{PLOT}.png", f"{PLOT}.svg"}


def write(found: Validation, output: str | Path, *, title: str, settings: Mapping[str, Any]) -> Path:
    """Write every file of a validation to the folder `output`, in place of one there, and return it.

    The files are written beside it and the folder is renamed into place, so that it is complete or absent.
    """
    path = Path(output)
    with _replacing(path) as scratch:
        _write_scores(found.rows, scratch / SCORES)
        text = json.dumps(summary(found, title=title, settings=settings), indent=2, ensure_ascii=False)
        (scratch / JSON).write_text(text + "\n", encoding="utf-8")
        (scratch / MARKDOWN).write_text(markdown(found, title=title, settings=settings), encoding="utf-8")
        excluded = frozenset(settings.get("exclude") or ())
        draw([row for row in found.rows if row.iso3 not in excluded], found.years, scratch / PLOT, title=title)
    return path


@contextmanager
def _replacing(path: Path) -> Iterator[Path]:
    home = path.absolute().parent
    scratch = Path(tempfile.mkdtemp(prefix=f".{path.name}-", dir=home))
    new, old = scratch / "new", scratch / "old"
    new.mkdir()
    try:
        yield new
        if path.exists():
            path.rename(old)
        new.rename(path)
    finally:
        if old.exists() and not path.exists():
            old.rename(path)
        shutil.rmtree(scratch, ignore_errors=True)


def _write_scores(rows: Sequence[CountryYear], path: Path) -> None:
    """Rows as CSV; an empty cell is a value that is not there."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, [field.name for field in fields(CountryYear)], lineterminator="\n")
        writer.writeheader()
        for row in rows:
            writer.writerow({k: round(v, DIGITS) if isinstance(v, float) else v for k, v in asdict(row).items()})


def read_scores(folder: str | Path) -> list[CountryYear]:
    """Rows of a validation written before; raises UsageError for a folder that holds none."""
    path = Path(folder) / SCORES
    try:
        with path.open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
        if not rows:
            raise ValueError("it is empty")
        return [_row(row) for row in rows]
    except (OSError, KeyError, TypeError, ValueError, csv.Error) as error:
        raise UsageError(
            f"against={folder} holds no {SCORES} of a validation ({error}); name a folder that stance.validate wrote"
        ) from None


def _row(cells: Mapping[str, str]) -> CountryYear:
    return CountryYear(
        country=cells["country"],
        iso3=cells["iso3"],
        year=int(cells["year"]),
        score=_number(cells["score"]),
        low=_number(cells["low"]),
        high=_number(cells["high"]),
        n_sentences=int(cells["n_sentences"]),
        n_relevant=int(cells["n_relevant"]),
        vote=_number(cells["vote"]),
    )


def _number(cell: str) -> float | None:
    number = None if cell == "" else float(cell)
    if number is not None and not isfinite(number):
        raise ValueError(f"{cell} is no number")
    return number


OF_SCORES = ("terms", "unnamed", "unless", "with_unnamed", "window", "score", "shrinkage", "prior")


def other_settings(folder: str | Path, settings: Mapping[str, Any]) -> list[str]:
    """Names of the settings by which scores are made that an earlier validation had otherwise."""
    try:
        theirs = json.loads((Path(folder) / JSON).read_text(encoding="utf-8"))["settings"]
    except (OSError, KeyError, ValueError) as error:
        raise UsageError(
            f"against={folder} holds no {JSON} of a validation ({error}); name a folder that stance.validate wrote"
        ) from None
    return [name for name in OF_SCORES if theirs.get(name) != settings.get(name)]


def show(found: Validation) -> None:
    """Print the agreements with their intervals, the differences, and each speech that was skipped."""
    for error in found.skipped:
        print(f"skipped: {error}")
    for name, part in {
        **found.parts,
        **{str(year): part for year, part in found.years.items()},
        **found.beside,
    }.items():
        print(f"{name}: Spearman {_shown(part.spearman)}, AUC {_shown(part.auc)}, n = {part.n}")
    for name, gap in found.differences.items():
        print(f"difference, {name}: Spearman {_shown(gap.spearman)}, AUC {_shown(gap.auc)}, n = {gap.n}: {gap.verdict}")


def summary(found: Validation, *, title: str, settings: Mapping[str, Any]) -> dict[str, Any]:
    """Everything measured, as JSON values; an interval is `value`, `low`, `high` and `n`."""
    return {
        "title": title,
        "settings": dict(settings),
        "agreement": {name: asdict(part) for name, part in found.parts.items()},
        "years": {str(year): asdict(part) for year, part in found.years.items()},
        "beside": {name: asdict(part) for name, part in found.beside.items()},
        "differences": {name: {**asdict(gap), "verdict": gap.verdict} for name, gap in found.differences.items()},
        "least_relevant_sentences": {str(least): asdict(part) for least, part in found.least.items()},
        "coverage": {name: asdict(part) for name, part in found.coverage.items()},
        "resolutions": {str(year): sorted(names) for year, names in sorted(found.votes.resolutions.items())},
        "absent_votes_left_out": found.votes.absent,
        "votes_of_unknown_countries": dict(found.votes.unknown),
        "voting_countries_without_a_speech": _silent_voters(found),
        "skipped_speeches": [{"source": error.source, "reason": error.reason} for error in found.skipped],
    }


def _silent_voters(found: Validation) -> int:
    """Country-years with a vote and no speech."""
    return len(set(found.votes.cast) - {(row.iso3, row.year) for row in found.rows})


def markdown(found: Validation, *, title: str, settings: Mapping[str, Any]) -> str:
    """The summary for a reader, with what was chosen where."""
    resolutions = "; ".join(f"{y}: {', '.join(sorted(names))}" for y, names in sorted(found.votes.resolutions.items()))
    chosen = settings.get("chosen_on") or []
    how = (
        f"How scores are made was chosen on {', '.join(map(str, chosen))} alone; how the model was is not known.\n\n"
        if chosen
        else "On which years it was chosen how scores are made is not said.\n\n"
    )
    lines = [
        f"# {title}\n\n",
        EXPLAINED,
        how,
        "No model was fitted to these votes.\n\n",
        f"Resolutions: {resolutions}.\n",
        "\n## Agreement with votes, countries that speak of the matter\n\n" + _agreements(found.parts),
        "\n## By year\n\n" + _agreements({str(year): part for year, part in found.years.items()}),
        "\n## To hold beside it\n\n" + _agreements(found.beside),
        *(
            [f"\n## Against {settings.get('against')}\n\n" + _differences(found.differences)]
            if found.differences
            else []
        ),
        "\n## By least number of relevant sentences\n\n"
        + _agreements({f"{least} or more": part for least, part in found.least.items()}),
        "\n## Coverage\n\n" + _coverages(found.coverage),
        "\n## What was left out\n\n" + _left_out(found),
        "\n## Settings\n\n" + "".join(f"- `{key}`: {_setting(value)}\n" for key, value in settings.items()),
        f"\n![Scores and votes]({PLOT}.svg)\n",
    ]
    return "".join(lines)


def _setting(value: Any) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def _agreements(parts: Mapping[str, Agreement]) -> str:
    head = "| | Spearman | AUC | country-years | countries | yes |\n| --- | ---: | ---: | ---: | ---: | ---: |\n"
    return head + "".join(
        f"| {name} | {_shown(part.spearman)} | {_shown(part.auc)} | {part.n} | {part.countries} | {part.yes} |\n"
        for name, part in parts.items()
    )


def _differences(parts: Mapping[str, Difference]) -> str:
    head = (
        "How much better these scores go with the votes, on the country-years that both have; countries resampled.\n\n"
        "| | Spearman | AUC | country-years | countries | verdict |\n| --- | ---: | ---: | ---: | ---: | --- |\n"
    )
    return head + "".join(
        f"| {name} | {_shown(gap.spearman)} | {_shown(gap.auc)} | {gap.n} | {gap.countries} | {gap.verdict} |\n"
        for name, gap in parts.items()
    )


def _coverages(parts: Mapping[str, Coverage]) -> str:
    head = "| | speeches | speak of the matter | matched to votes, n |\n| --- | ---: | ---: | ---: |\n"
    return head + "".join(
        f"| {name} | {part.n} | {_shown(part.relevant)} | "
        f"{f'{part.matched}, {part.matched.n}' if part.matched else 'no resolution'} |\n"
        for name, part in parts.items()
    )


def _shown(interval: Interval | None) -> str:
    return str(interval) if interval else "undefined"


def _left_out(found: Validation) -> str:
    reasons = "".join(f"- skipped: {error}\n" for error in found.skipped)
    unknown = "".join(f"- votes of no known country: {name}, {n}\n" for name, n in sorted(found.votes.unknown.items()))
    counts = Counter(row.year for row in found.rows if row.vote is None and row.year in found.years)
    unmatched = ", ".join(f"{year}: {n}" for year, n in sorted(counts.items())) or "none"
    return (
        f"- votes marked absent: {found.votes.absent}\n- speeches without a vote, in years with votes: {unmatched}\n"
        f"- country-years with a vote and no speech: {_silent_voters(found)}\n{unknown}{reasons}"
    )
