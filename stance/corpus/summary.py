"""Say what a labelled dataset holds: counts, agreement of its passes, tables for the card, plots."""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table

from stance.corpus.annotation import agreement, agreement_by_class
from stance.corpus.dataset import Built
from stance.labels import NAMES
from stance.records import Interval, LabelledSentence

FEW = 30
"""Cells with fewer sentences carry a mark: no number should rest on them."""


@dataclass(frozen=True, slots=True)
class Composition:
    """Counts of labelled sentences by label, along several facets, and the agreement of the two passes."""

    facets: dict[str, dict[str, dict[str, int]]]
    alphas: dict[str, Interval]
    by_class: dict[str, Interval]
    by_phenomenon: dict[str, Interval]
    holders: int
    contrast_families: int


def compose(rows: Sequence[LabelledSentence], *, resamples: int, seed: int) -> Composition:
    """Count and compare everything the report of a build says."""
    phenomena = sorted({tag for row in rows for tag in row.phenomena})
    origins = sorted({row.origin for row in rows})
    by_origin = {origin: [row for row in rows if row.origin == origin] for origin in origins}
    doubly = {name: [r for r in part if len(r.annotators) > 1] for name, part in by_origin.items()}
    everything = [row for row in rows if len(row.annotators) > 1]
    alphas = {name: agreement(part, resamples=resamples, seed=seed) for name, part in doubly.items() if part}
    if everything:
        alphas["all"] = agreement(everything, resamples=resamples, seed=seed)
    tagged = {tag: [row for row in everything if tag in row.phenomena] for tag in phenomena}
    labels_of: dict[str, set[str]] = {}
    for row in rows:
        labels_of.setdefault(row.family, set()).add(row.label)
    return Composition(
        facets={
            "origin": _count(rows, lambda row: [row.origin]),
            "bloc": _count(rows, lambda row: [row.bloc] if row.bloc else []),
            "kind": _count(rows, lambda row: [row.kind] if row.kind else []),
            "phenomenon": _count(rows, lambda row: row.phenomena),
            "holder_kind": _count(rows, lambda row: [row.holder_kind] if row.holder_kind else []),
        },
        alphas=alphas,
        by_class=agreement_by_class(everything, resamples=resamples, seed=seed) if everything else {},
        by_phenomenon={tag: agreement(part, resamples=resamples, seed=seed) for tag, part in tagged.items() if part},
        holders=len({row.holder for row in rows if row.holder}),
        contrast_families=sum(len(labels) > 1 for labels in labels_of.values()),
    )


def _count(
    rows: Iterable[LabelledSentence], facet: Callable[[LabelledSentence], Iterable[str]]
) -> dict[str, dict[str, int]]:
    counts: dict[str, dict[str, int]] = {}
    for row in rows:
        for value in facet(row):
            counts.setdefault(value, dict.fromkeys(NAMES, 0))[row.label] += 1
    return dict(sorted(counts.items()))


def show(composition: Composition, built: Built, console: Console | None = None) -> None:
    """Print counts along every facet, agreement, and where the dataset lies."""
    console = console or Console(soft_wrap=True, highlight=False)
    for name, cells in composition.facets.items():
        if cells:
            console.print(_table(name, cells))
    holders, families = composition.holders, composition.contrast_families
    console.print(f"{holders} holders; {families} contrast families (variants of one sentence with different labels)")
    for name, alpha in composition.alphas.items():
        console.print(f"Krippendorff's ordinal alpha of the two passes, {name}: {alpha}, n = {alpha.n}")
    for name, alpha in composition.by_class.items():
        console.print(f"  alpha of {name} against the rest: {alpha}, n = {alpha.n}")
    lowest = sorted(composition.by_phenomenon.items(), key=lambda pair: pair[1].value)
    for tag, alpha in lowest:
        value = "not defined, one class only" if math.isnan(alpha.value) else str(alpha)
        console.print(f"  alpha on {tag}: {value}, n = {alpha.n}")
    state = "written" if built.fresh else "unchanged"
    console.print(f"dataset {state}: {built.path} ({built.rows} rows)")
    console.print(f"fingerprint {built.fingerprint}")


def _table(facet: str, cells: Mapping[str, Mapping[str, int]]) -> Table:
    table = Table(title=f"Labelled sentences by {facet}", title_justify="left")
    table.add_column(facet)
    for name in (*NAMES, "n"):
        table.add_column(name, justify="right")
    for value, counts in cells.items():
        total = sum(counts.values())
        few = " (few)" if total < FEW else ""
        table.add_row(value, *(str(counts[name]) for name in NAMES), f"{total}{few}")
    return table


def markdown(composition: Composition) -> str:
    """Render the composition as tables for the dataset card."""
    parts = []
    for facet, cells in composition.facets.items():
        lines = [f"| {facet} | {' | '.join(NAMES)} | n |", f"| --- |{' ---: |' * (len(NAMES) + 1)}"]
        for value, counts in cells.items():
            numbers = " | ".join(str(counts[name]) for name in NAMES)
            lines.append(f"| {value} | {numbers} | {sum(counts.values())} |")
        parts.append("\n".join(lines))
    return "\n\n".join(parts) + "\n"


def draw(composition: Composition, folder: Path) -> list[Path]:
    """Draw one stacked bar chart a facet, as PNG; return their paths."""
    from matplotlib.figure import Figure

    folder.mkdir(parents=True, exist_ok=True)
    colours = dict(zip(NAMES, ("#3b6ea5", "#b0b0b0", "#b5523b"), strict=True))
    paths = []
    for facet, cells in composition.facets.items():
        if not cells:
            continue
        figure = Figure(figsize=(7, 0.6 + 0.28 * len(cells)), layout="constrained")
        axes = figure.add_subplot()
        left = [0] * len(cells)
        for name in NAMES:
            widths = [counts[name] for counts in cells.values()]
            axes.barh(list(cells), widths, left=left, color=colours[name], label=name)
            left = [a + b for a, b in zip(left, widths, strict=True)]
        axes.invert_yaxis()
        axes.set_xlabel("sentences")
        axes.legend(ncols=3, frameon=False, loc="lower right", bbox_to_anchor=(1, 1))
        path = folder / f"{facet}.png"
        figure.savefig(path, dpi=150, metadata={"Software": None})
        paths.append(path)
    return paths
