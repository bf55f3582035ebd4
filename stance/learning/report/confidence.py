"""What a report says of confidence: calibration, abstention, prediction sets."""

from collections.abc import Iterator, Sequence

from stance.learning.report import charts
from stance.learning.report.blocks import Block, Cell, Chart, Plot, Table, Text
from stance.learning.report.stored import BRACKETS, Data, interval, sized
from stance.learning.scoring import SMALL

BEFORE = {"macro_f1": "macro-F1", "log_loss": "log loss", "calibration_error": "calibration error"}


def calibration(results: Data) -> Iterator[Block]:
    """What calibration changed, and the reliability diagram."""
    scores, temperatures = results["scores"]["overall"], results["temperatures"]
    if temperatures:
        low, high = min(temperatures), max(temperatures)
        of = f"{low:.2f} to {high:.2f} over {len(temperatures)} folds" if len(temperatures) > 1 else f"{low:.2f}"
        yield Text(
            f"Temperature of the calibration: {of}. Above 1 the model was too sure of itself and is toned down; the "
            "rows a temperature was learnt from are not those it is measured on.",
        )
        rows: list[list[Cell]] = [
            [name, interval(results["before"][key]), interval(scores[key]), scores[key]["n"]]
            for key, name in BEFORE.items()
        ]
        yield Table("Before and after calibration, with 95% intervals", ("measure", "before", "after", "n"), rows)
    else:
        yield Text(
            "These probabilities are not calibrated: no rows were left for it that were neither learnt from nor "
            "measured, or the model was saved without.", "missing",
        )  # fmt: skip
    bins = [(entry["confidence"], interval(entry["accuracy"])) for entry in results["reliability"]]
    drawn = [(confidence, share) for confidence, share in bins if share]
    if not drawn:
        yield Text("No reliability diagram: no bin of confidence holds a row.", "missing")
        return
    table = Table(
        "Bins of confidence", ("mean confidence", f"share right {BRACKETS}", "n"),
        [[f"{confidence:.3f}", share, share.n] for confidence, share in drawn],
    )  # fmt: skip
    sizes = sorted({share.n for _, share in drawn})
    held = f"{sizes[0]} rows" if len(sizes) == 1 else f"{sizes[0]} to {sizes[-1]} rows"
    caption = (
        "Reliability: share right against confidence. On the dashed line the two are equal, below it the model is too "
        f"sure. Each bin holds {held}."
    )
    yield Chart(charts.reliability(*(list(part) for part in zip(*drawn, strict=True))), caption, table)


def abstention(points: Sequence[Data]) -> list[Block]:
    """The risk-coverage curve."""
    found = [(point["coverage"], point["confidence"], interval(point["risk"])) for point in points]
    drawn = [(coverage, confidence, risk) for coverage, confidence, risk in found if risk]
    if len(drawn) < 2:
        return [Text("No risk-coverage curve: too few rows were measured.", "missing")]
    table = Table(
        "Error rate by share kept", ("share kept", "confidence from", f"error rate {BRACKETS}", "n"),
        [[f"{c:.0%}", f"{least:.3f}", risk, risk.n] for c, least, risk in drawn if round(c * 100) % 10 == 0],
    )  # fmt: skip
    caption = (
        "What abstaining buys: error rate when only the surest share of rows is answered, with the band of 95% "
        "intervals. A useful confidence makes the curve fall to the left."
    )
    return [Chart(charts.risk_coverage([c for c, _, _ in drawn], [risk for *_, risk in drawn]), caption, table)]


def prediction_sets(results: Data) -> list[Block]:
    """Stated and measured coverage, size of the sets, share with one label, by kind of voice."""
    if not results["sets"]:
        return [Text("There are no prediction sets, since nothing calibrated the probabilities.", "missing")]
    axis, rows, faint = charts.Strip(0.5, 1.0, results["coverage"]), [], []
    for number, entry in enumerate(results["sets"]):
        measured, size, single = (interval(entry[key]) for key in ("measured", "size", "single"))
        if not measured:
            continue
        name = "all rows" if entry["kind"] == "all" else entry["kind"]
        if measured.n < SMALL:
            faint.append(number)
        plot = Plot(axis.draw(measured, "ring" if measured.n < SMALL else ""))
        cells: list[Cell] = [sized(name, measured.n), measured, plot, size, single, measured.n]
        rows.append(cells)
    stated = f"{results['coverage']:.0%}"
    return [
        Text(
            "A prediction set holds every class that cannot be ruled out; it is stated to hold the true one in "
            f"{stated} of rows. The upright line marks that share. "
            "Small sets are useful, sets of one class need no second look.",
        ),
        Table(
            f"Prediction sets by kind of voice, stated coverage {stated}",
            ("kind of voice", "measured coverage", axis.head(), "mean size", "share with one label", "n"),
            rows,
            frozenset(faint),
        ),
    ]
