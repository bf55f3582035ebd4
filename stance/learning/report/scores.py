"""What a report says of scores: the headline numbers, a comparison, the confusion matrix, the classes."""

from collections.abc import Sequence

from stance.learning.report import charts
from stance.learning.report.blocks import Block, Cell, Confusion, Label, Named, Plot, Table, Text
from stance.learning.report.stored import VALUE, Data, interval
from stance.records import Interval

HEADLINES = (
    ("macro_f1", "macro-F1", "mean F1 of the classes; 1 is best"),
    ("accuracy", "accuracy", "share of rows labelled right; 1 is best"),
    ("ends_f1", "F1 of the ends", "mean F1 of the two ends of the scale; 1 is best"),
    ("quadratic_weighted_kappa", "quadratic weighted kappa", "agreement along the scale; 0 is chance, 1 is best"),
    ("family_accuracy", "contrast families", "families of alike sentences with every member right; n counts families"),
    ("flip_rate", "ends confused", "rows of one end put at the other; n counts rows of the ends; 0 is best"),
    ("amae", "mean absolute error", "steps along the scale, mean of the classes; 0 is best"),
    ("ranked_probability_score", "ranked probability score", "distance of probabilities from the truth; 0 is best"),
    ("log_loss", "log loss", "surprise at the truth; 0 is best"),
    ("calibration_error", "calibration error", "mean gap between confidence and share right; 0 is best"),
    ("area_under_risk_coverage", "area under risk-coverage", "mean error rate, surest rows first; 0 is best"),
)
"""Headline numbers: key, name, how to read it."""
SHARES = frozenset({"macro_f1", "accuracy", "ends_f1", "quadratic_weighted_kappa", "family_accuracy", "flip_rate"})
"""Those drawn on an axis from 0 to 1."""
BASELINES = {"macro_f1": "majority_macro_f1", "accuracy": "majority_accuracy"}


def headline(scores: Data, caption: str) -> list[Block]:
    """Every headline number that is defined, the majority baseline beside those it has."""
    axis, absent = charts.Strip(), []
    rows: list[tuple[Named, Interval, Plot | str, int, Interval | str]] = []
    for key, name, gloss in HEADLINES:
        measured = interval(scores[key])
        if not measured:
            absent.append(name)
            continue
        baseline = interval(scores[BASELINES[key]]) if key in BASELINES else None
        plot = Plot(axis.draw(measured, other=baseline)) if key in SHARES else ""
        rows.append((Named(name, gloss), measured, plot, measured.n, baseline or ""))
    shown: list[Block] = [Table(caption, ("measure", VALUE, axis.head(), "n", "majority baseline"), rows)]
    cut = " What reaches below 0 is cut there." if any(row[2] and row[1].low < 0 for row in rows) else ""
    shown.append(Text(
        "A dot on its bar is the model in its interval, an open ring the majority baseline: always guessing the "
        f"commonest class, on the same rows.{cut}", "note",
    ))  # fmt: skip
    if absent:
        shown.append(Text(f"Not defined for these labels or rows, and left out: {', '.join(absent)}.", "missing"))
    return shown


def comparison(compared: Sequence[Data]) -> list[Block]:
    """Differences to other models, each with its verdict."""
    found = [(entry["name"], interval(entry["difference"]), entry["verdict"]) for entry in compared]
    ends = [abs(end) for _, gap, _ in found if gap for end in (gap.low, gap.high)]
    reach = charts.linear("", 0, max(ends, default=0.01)).high
    axis = charts.Strip(-reach, reach, 0.0)
    rows: list[list[Cell]] = [
        [name, gap, Plot(axis.draw(gap)) if gap else "", gap.n if gap else "", verdict] for name, gap, verdict in found
    ]
    return [
        Table("Difference to each other model on the same rows", ("", VALUE, axis.head(), "n", "verdict"), rows),
        Text("Above 0 this model is ahead. Both are resampled together, so the interval is that of the gap.", "note"),
    ]


def confusion(scores: Data, labels: Sequence[Label]) -> Block:
    """The confusion matrix; far ends are outlined where there is a scale of three or more."""
    ends = len(labels) > 2 and labels[0].place is not None
    dashed = "; dashed: one end of the scale taken for the other" if ends else ""
    return Confusion(
        f"Rows by true and predicted class, with shares of each row{dashed}", labels, scores["confusion"], ends
    )


def per_class(scores: Data, labels: Sequence[Label]) -> Block:
    """Precision rests on the rows predicted, recall on the rows that are of the class."""
    axis, rows = charts.Strip(), []
    for k, label in enumerate(labels):
        precision, recall, f1 = (interval(scores[key][label.name]) for key in ("precision", "recall", "f1"))
        guessed = sum(row[k] for row in scores["confusion"])
        plot = Plot(axis.draw(f1, label.side)) if f1 else ""
        cells: list[Cell] = [label, precision, guessed, recall, scores["support"][label.name], f1, plot]
        rows.append(cells)
    columns = ("class", "precision", "n predicted", "recall", "n true", "F1", axis.head())
    return Table("Scores of each class, with 95% intervals", columns, rows)
