"""Draw scores against votes, a panel a year."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from stance.inference.agreement import YES, Agreement
from stance.inference.validation import CountryYear

KINDS = (("mostly yes", "#0072B2", "o"), ("mostly abstains", "#999999", "s"), ("mostly no", "#D55E00", "^"))
"""Name, colour and marker of votes; colours of Okabe and Ito, told apart without colour by the marker."""
JITTER = 0.12
LABELLED = 15


def draw(rows: Sequence[CountryYear], years: Mapping[int, Agreement], path: Path, *, title: str) -> None:
    """Draw `path`.png and `path`.svg: score across, mean vote up with jitter, a panel a year, some countries named.

    Rows without a score or a vote are left out. The jitter is the same in every run.
    """
    import matplotlib as mpl
    from matplotlib.figure import Figure

    across = min(3, len(years))
    down = -(-len(years) // across)
    with mpl.rc_context({"svg.hashsalt": "stance", "svg.fonttype": "none", "font.size": 9}):
        figure = Figure(figsize=(max(5.0, 4.2 * across), 3.9 * down + 0.9), layout="constrained")
        grid = figure.subplots(down, across, squeeze=False, sharex=True, sharey=True)
        for axes, (year, part) in zip(grid.flat, years.items(), strict=False):
            some = [row for row in rows if row.year == year and row.score is not None and row.vote is not None]
            _panel(axes, some, f"{year}: {_measured(part)}")
        for k, axes in enumerate(grid.flat):
            axes.set_visible(k < len(years))
            if k + across >= len(years):
                axes.set_xlabel("score: distancing (-1) to supportive (+1)")
                axes.tick_params(labelbottom=True)
            if k % across == 0:
                axes.set_ylabel("mean vote: yes (-1), abstain (0), no (+1)")
        handles, names = grid.flat[0].get_legend_handles_labels()
        figure.legend(handles, names, loc="outside lower center", ncols=3, frameon=False)
        figure.suptitle(title)
        figure.savefig(path.with_suffix(".png"), dpi=150, metadata={"Software": None})
        figure.savefig(path.with_suffix(".svg"), metadata={"Date": None, "Creator": None})


def _measured(part: Agreement) -> str:
    return f"Spearman {part.spearman.value:.2f}, n = {part.n}" if part.spearman else f"n = {part.n}"


def _kind(vote: float) -> int:
    return 0 if vote < YES else 1 if vote <= -YES else 2


def _panel(axes: Any, rows: Sequence[CountryYear], title: str) -> None:
    places = {row.iso3: (row.score or 0.0, (row.vote or 0.0) + _jitter(row.iso3)) for row in rows}
    for k, (name, colour, marker) in enumerate(KINDS):
        points = [places[row.iso3] for row in rows if row.vote is not None and _kind(row.vote) == k]
        xs, ys = [x for x, _ in points], [y for _, y in points]
        axes.scatter(xs, ys, s=22, c=colour, marker=marker, alpha=0.75, linewidths=0.4, edgecolors="white", label=name)
    for iso3 in _apart(_worth_naming(rows), places):
        axes.annotate(iso3, places[iso3], xytext=(4, 3), textcoords="offset points", fontsize=7)
    axes.margins(x=0.12)
    axes.axvline(0, color="0.85", linewidth=0.8, zorder=0)
    axes.set_yticks([-1, -0.5, 0, 0.5, 1])
    axes.set_title(title, fontsize=9)


def _apart(names: Sequence[str], places: Mapping[str, tuple[float, float]]) -> list[str]:
    """Names whose places leave room for a label beside those before them: a tenth of the panel either way."""
    xs = [x for x, _ in places.values()]
    room = 0.1 * (max(xs, default=0.0) - min(xs, default=0.0))
    kept: list[str] = []
    for name in names:
        x, y = places[name]
        if all(abs(x - places[k][0]) > room or abs(y - places[k][1]) > 0.2 for k in kept):
            kept.append(name)
    return kept


def _jitter(iso3: str) -> float:
    """Shift in [-JITTER, JITTER] that a country always gets."""
    import zlib

    return (zlib.crc32(iso3.encode()) / 0xFFFFFFFF * 2 - 1) * JITTER


def _worth_naming(rows: Sequence[CountryYear]) -> list[str]:
    """Countries at both ends of the scores, and those that say most of the matter."""
    by_score = [row.iso3 for row in sorted(rows, key=lambda row: (row.score or 0.0, row.iso3))]
    by_words = [row.iso3 for row in sorted(rows, key=lambda row: (-row.n_relevant, row.iso3))]
    third = LABELLED // 3
    return list(dict.fromkeys([*by_score[:third], *by_score[-third:], *by_words[:third]]))
