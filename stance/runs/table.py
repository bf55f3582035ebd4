"""Show a ranking to a person, or write it as CSV, Markdown or JSON."""

import csv
import io
import json
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from stance.paths import check_output, replacing
from stance.records import Interval
from stance.runs.ranking import Place, Ranking

WIDTH = 190
TITLES = {
    "macro_f1": "macro-F1", "quadratic_weighted_kappa": "QWK", "accuracy": "accuracy",
    "family_accuracy": "families right",
}  # fmt: skip


def show(ranking: Ranking) -> None:
    """Print the ranking and what is to be known of it; damaged records are named."""
    console = Console()
    console = console if console.is_terminal else Console(width=WIDTH)
    table = Table(title=heading(ranking), title_justify="left")
    for column in columns(ranking):
        table.add_column(column, overflow="fold")
    for place in ranking.places:
        table.add_row(*cells(place, ranking))
    console.print(table)
    for note in notes(ranking):
        console.print(note, markup=False, highlight=False, soft_wrap=True)


def heading(ranking: Ranking) -> str:
    """What was ranked, on which rows."""
    n = _rows(ranking.places[0], ranking)
    count = f"{len(ranking.places)} run{'s' if len(ranking.places) > 1 else ''}"
    return (
        f"{count} by {TITLES.get(ranking.metric, ranking.metric)} toward {ranking.target}, n = {n}, "
        f"dataset {ranking.fingerprint[:12]}"
    )


def _rows(place: Place, ranking: Ranking) -> int:
    """Rows that the run's score rests on."""
    score = place.run.score(ranking.metric)
    return score.n if score else 0


def notes(ranking: Ranking) -> list[str]:
    """How the verdicts were reached, and what was left out."""
    lines = []
    if len(ranking.places) > 1:
        lines.append(
            f"Lead: on the rows both predicted, by paired bootstrap over groups, {ranking.resamples} resamples; "
            "verdicts at the 5 % level after Holm's correction for all runs compared. The best was picked by the same "
            "numbers: its lead is flattered."
        )
    if ranking.is_too_coarse:
        lines.append(
            f"So many runs need more than {ranking.resamples} resamples to be told apart at all: raise resamples="
        )
    if ranking.elsewhere:
        lines.append(f"{ranking.elsewhere} runs on other data or toward other targets are left out; see fingerprint=")
    return [*lines, *(f"skipped: {reason}" for reason in ranking.damaged)]


def scores(ranking: Ranking) -> list[str]:
    """Scores that are shown: the one ranked by first."""
    others = ("macro_f1", "quadratic_weighted_kappa", "family_accuracy")
    return [ranking.metric, *(name for name in others if name != ranking.metric)]


def columns(ranking: Ranking) -> list[str]:
    """Titles of the columns."""
    names = [TITLES.get(name, name) for name in scores(ranking)]
    return ["", "name", "overrides", "n", *names, "seed articles", "seconds", "lead of the best", "p (Holm)", "verdict"]


def cells(place: Place, ranking: Ranking) -> list[str]:
    """Cells of one row, as text."""
    lead = place.lead
    return [
        str(ranking.places.index(place) + 1),
        place.run.name,
        " ".join(place.overrides),
        str(_rows(place, ranking)),
        *(_text(place.run.score(name)) for name in scores(ranking)),
        _text(place.run.score(ranking.metric, "seed_articles")),
        f"{place.run.seconds:.1f}",
        f"{lead.difference} (n = {lead.difference.n})" if lead else "",
        f"{lead.adjusted:.4f}" if lead else "",
        place.verdict,
    ]


def _text(interval: Interval | None) -> str:
    return str(interval) if interval else ""


def check_target(output: str | None, *, overwrite: bool) -> None:
    """Refuse an output that cannot be written, before any work is done."""
    check_output(output, WRITERS, overwrite=overwrite)


def write(ranking: Ranking, output: str) -> None:
    """Write the ranking; the suffix decides the format."""
    path = Path(output)
    with replacing(path) as scratch:
        scratch.write_text(WRITERS[path.suffix.lower()](ranking), encoding="utf-8", newline="")


def _markdown(ranking: Ranking) -> str:
    titles = columns(ranking)
    lines = [titles, ["---"] * len(titles), *(cells(place, ranking) for place in ranking.places)]
    table = "".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |\n" for line in lines)
    return f"**{heading(ranking)}**\n\n{table}" + "".join(f"\n{note}\n" for note in notes(ranking))


def _csv(ranking: Ranking) -> str:
    buffer = io.StringIO()
    rows = [_flat(place, ranking) for place in ranking.places]
    writer = csv.DictWriter(buffer, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return buffer.getvalue()


def _json(ranking: Ranking) -> str:
    head = {key: getattr(ranking, key) for key in ("metric", "fingerprint", "target", "resamples", "damaged")}
    full = {**head, "places": [_flat(place, ranking) for place in ranking.places]}
    return json.dumps(full, indent=2, ensure_ascii=False) + "\n"


def _flat(place: Place, ranking: Ranking) -> dict[str, Any]:
    """One row in full precision, each interval as four columns."""
    run, lead = place.run, place.lead
    intervals = {name: run.score(name) for name in scores(ranking)}
    intervals["seed_articles"] = run.score(ranking.metric, "seed_articles")
    intervals["lead"] = lead.difference if lead else None
    flat = {
        f"{name}_{end}" if end != "value" else name: getattr(interval, end) if interval else None
        for name, interval in intervals.items()
        for end in asdict(interval or Interval(0, 0, 0, 0))
    }
    return {
        "place": ranking.places.index(place) + 1, "name": run.name, "overrides": " ".join(place.overrides), **flat,
        "p_value": lead.p_value if lead else None, "p_holm": lead.adjusted if lead else None,
        "verdict": place.verdict, "seconds": run.seconds, "started": run.started, "folder": str(place.folder),
        "model": run.model, "key": run.key,
    }  # fmt: skip


WRITERS: dict[str, Callable[[Ranking], str]] = {".csv": _csv, ".md": _markdown, ".json": _json}
