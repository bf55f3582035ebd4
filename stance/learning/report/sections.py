"""What a report says and in which order: what was measured, the numbers, then what speaks against them.

Everything is read from the plain data of results.json. A part that was not measured is named in a line with its reason.
"""

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from math import isfinite
from typing import Any

from stance.learning.checks import CHECKS
from stance.learning.report import charts
from stance.learning.report.blocks import Block, Cell, Chart, Confusion, Facts, Label, Named, Plot, Section, Table, Text
from stance.learning.report.findings import Codes, Findings
from stance.learning.report.mistakes import Mistake, Mistakes
from stance.learning.scoring import SMALL
from stance.records import Interval

Data = Mapping[str, Any]

VALUE = "value [95% interval]"
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
BEFORE = {"macro_f1": "macro-F1", "log_loss": "log loss", "calibration_error": "calibration error"}
FIELDS = {
    "holder_kind": "Kind of voice",
    "phenomena": "Phenomenon",
    "bloc": "Bloc of the actor",
    "kind": "Kind of text",
    "origin": "Origin of the row",
}


def abstract(results: Data) -> list[Block]:
    """The report in a paragraph."""
    scores, findings = results["scores"]["overall"], len(results["findings"])
    model, floor = _interval(scores["macro_f1"]), _interval(scores["majority_macro_f1"])
    said = f"found {findings} {'thing' if findings == 1 else 'things'} to weigh" if findings else "found nothing"
    numbers = f"Macro-F1 {model}, n = {model.n} rows in {scores['groups']} groups" if model else "Macro-F1 not defined"
    against = f"; always the majority class: {floor}" if floor else ""
    return [
        Text(
            f"{numbers}{against}. The checks {said}. Brackets hold 95% bootstrap intervals; n is the number of rows "
            "a number rests on.",
            "lead",
        )
    ]


def sections(results: Data) -> list[Section]:
    """All sections in order; a comparison and seed articles only where there are any."""
    scores = results["scores"]
    labels = _labels(scores["overall"])
    errors, seeds = results["errors"], scores["seed_articles"]
    parts = [
        Section("measured", "What was measured", _measured(results)),
        Section("headline", "Headline numbers", _headline(scores["overall"], "Scores overall")),
        Section("findings", "Findings of the checks", _findings(results["findings"])),
        Section("confusion", "Confusion matrix", [_confusion(scores["overall"], labels)]),
        Section("classes", "Precision, recall and F1 by class", [_per_class(scores["overall"], labels)]),
        Section("calibration", "Calibration", list(_calibration(results))),
        Section("abstention", "Abstention", _abstention(results["risk_coverage"])),
        Section("sets", "Prediction sets", _sets(results)),
        Section("curve", "Learning curve", _curve(results)),
        Section("slices", "Slices", list(_slices(results))),
        Section("errors", "Most confident errors", _errors(errors, labels)),
        Section("codes", "What the codes mean", [_codes(results["findings"])]),
    ]
    if results.get("comparison"):
        parts.insert(2, Section("comparison", "Comparison with other models", _comparison(results["comparison"])))
    if seeds:
        at = next(k for k, part in enumerate(parts) if part.name == "errors")
        parts.insert(at, Section("seeds", "Seed articles", _seeds(seeds)))
    return parts


def _interval(found: Data | None) -> Interval | None:
    """The interval, or None where a number is not defined."""
    if found is None or not all(isfinite(found[key]) for key in ("value", "low", "high")):
        return None
    return Interval(found["value"], found["low"], found["high"], found["n"])


def _labels(scores: Data) -> list[Label]:
    names = scores["classes"]
    if scores["ranked_probability_score"] is None or len(names) < 2:
        return [Label(name) for name in names]
    return [Label(name, 2 * k / (len(names) - 1) - 1) for k, name in enumerate(names)]


def _measured(results: Data) -> list[Block]:
    scores, split = results["scores"]["overall"], _split(results)
    n = sum(scores["support"].values())
    chosen = "; ".join(", ".join(f"{k}={v}" for k, v in values.items()) for values in results["chosen"])
    scale = " < " if scores["ranked_probability_score"] is not None else ", "
    facts = [
        ("Model", results["name"]),
        ("Target", results["target"]),
        ("Labels", scale.join(scores["classes"])),
        ("Dataset", results["fingerprint"]),
        ("Rows", f"{results['rows']} in the dataset, {n} of them measured, in {scores['groups']} groups"),
        ("Split", split),
        *([("Chosen in each fold", chosen)] if chosen else []),
    ]
    return [Facts(facts, codes=frozenset({"Dataset"}))]


def _split(results: Data) -> str:
    folds = len(results["temperatures"])
    if results["scores"]["official"]:
        return "official split: learnt from its training part, measured on its test part; intervals resample rows"
    if folds > 1:
        return (
            f"{folds}-fold cross-validation that parts no group (family, article or story); each row is predicted by "
            "a model that has not seen its group; intervals resample groups"
        )
    return "a model fitted before, measured on rows it has not learnt from; intervals resample groups"


def _headline(scores: Data, caption: str) -> list[Block]:
    axis, rows, absent = charts.Strip(), [], []
    for key, name, gloss in HEADLINES:
        interval = _interval(scores[key])
        if not interval:
            absent.append(name)
            continue
        baseline = _interval(scores[BASELINES[key]]) if key in BASELINES else None
        plot = Plot(axis.draw(interval, other=baseline)) if key in SHARES else None
        cells: list[Cell] = [Named(name, gloss), interval, plot or "", interval.n, baseline or ""]
        rows.append(cells)
    shown: list[Block] = [Table(caption, ("measure", VALUE, axis.head(), "n", "majority baseline"), rows)]
    shown.append(Text(
        "A dot with its line is the model with its interval, an open ring the majority baseline: always guessing the "
        "commonest class of the training part. It has the n of its row.", "note",
    ))  # fmt: skip
    if absent:
        shown.append(Text(f"Not defined for these labels or rows, and left out: {', '.join(absent)}.", "missing"))
    return shown


def _comparison(compared: Sequence[Data]) -> list[Block]:
    found = [(entry["name"], _interval(entry["difference"]), entry["verdict"]) for entry in compared]
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


def _findings(findings: Sequence[Data]) -> list[Block]:
    if not findings:
        return [Text("The checks found nothing to report.", "missing")]
    return [
        Text("What the checks hold against these numbers; each code leads to what it means.", "note"),
        Findings([_parted(finding) for finding in findings]),
    ]


def _parted(finding: Data) -> tuple[str, str, str, str]:
    """Code, title, what was found, remedy; an unknown code keeps its whole text as found."""
    code, text = finding["code"], finding["text"]
    known = CHECKS.get(code)
    if not known:
        return code, "", text.removeprefix(f"{code} "), ""
    remedy = f"{known.remedy[0].upper()}{known.remedy[1:]}."
    found = text.removeprefix(f"{code} ").removeprefix(f"{known.title}: ")
    return (code, known.title, found.removesuffix(f". {remedy}"), remedy if found.endswith(remedy) else "")


def _codes(findings: Sequence[Data]) -> Block:
    return Codes(
        [(code, check.title, check.remedy) for code, check in CHECKS.items()],
        frozenset(finding["code"] for finding in findings),
    )


def _confusion(scores: Data, labels: Sequence[Label]) -> Block:
    ends = len(labels) > 2 and labels[0].place is not None
    dashed = "; dashed: one end of the scale taken for the other" if ends else ""
    return Confusion(f"Rows by true and predicted class, with shares of each row{dashed}", labels, scores["confusion"], ends)


def _per_class(scores: Data, labels: Sequence[Label]) -> Block:
    """Precision rests on the rows predicted, recall on the rows that are of the class."""
    axis, rows = charts.Strip(), []
    for k, label in enumerate(labels):
        precision, recall, f1 = (_interval(scores[key][label.name]) for key in ("precision", "recall", "f1"))
        guessed = sum(row[k] for row in scores["confusion"])
        plot = Plot(axis.draw(f1, label.side)) if f1 else ""
        cells: list[Cell] = [label, precision, guessed, recall, scores["support"][label.name], f1, plot]
        rows.append(cells)
    columns = ("class", "precision", "n predicted", "recall", "n true", "F1", axis.head())
    return Table("Scores of each class, with 95% intervals", columns, rows)


def _calibration(results: Data) -> Iterator[Block]:
    scores, temperatures = results["scores"]["overall"], results["temperatures"]
    if temperatures:
        low, high = min(temperatures), max(temperatures)
        of = f"{low:.2f} to {high:.2f} over {len(temperatures)} folds" if len(temperatures) > 1 else f"{low:.2f}"
        yield Text(
            f"Temperature of the calibration: {of}. Above 1 the model was too sure of itself and is toned down; the "
            "rows a temperature was learnt from are not those it is measured on.",
        )
        rows: list[list[Cell]] = [
            [name, _interval(results["before"][key]), _interval(scores[key]), scores[key]["n"]]
            for key, name in BEFORE.items()
        ]
        yield Table("Before and after calibration, with 95% intervals", ("measure", "before", "after", "n"), rows)
    else:
        yield Text(
            "These probabilities are not calibrated: there were no rows to calibrate on that were neither learnt from "
            "nor measured.", "missing",
        )  # fmt: skip
    bins = [(entry["confidence"], _interval(entry["accuracy"])) for entry in results["reliability"]]
    drawn = [(confidence, share) for confidence, share in bins if share]
    if not drawn:
        yield Text("No reliability diagram: no bin of confidence holds a row.", "missing")
        return
    table = Table(
        "Bins of confidence", ("mean confidence", f"share right {VALUE[6:]}", "n"),
        [[f"{confidence:.3f}", share, share.n] for confidence, share in drawn],
    )  # fmt: skip
    sizes = sorted({share.n for _, share in drawn})
    held = f"{sizes[0]} rows" if len(sizes) == 1 else f"{sizes[0]} to {sizes[-1]} rows"
    caption = (
        "Reliability: share right against confidence. On the dashed line the two are equal, below it the model is too "
        f"sure. Each bin holds {held}."
    )
    yield Chart(charts.reliability(*(list(part) for part in zip(*drawn, strict=True))), caption, table)


def _abstention(points: Sequence[Data]) -> list[Block]:
    found = [(point["coverage"], point["confidence"], _interval(point["risk"])) for point in points]
    drawn = [(coverage, confidence, risk) for coverage, confidence, risk in found if risk]
    if len(drawn) < 2:
        return [Text("No risk-coverage curve: too few rows were measured.", "missing")]
    table = Table(
        "Error rate by share kept", ("share kept", "confidence from", f"error rate {VALUE[6:]}", "n"),
        [[f"{c:.0%}", f"{least:.3f}", risk, risk.n] for c, least, risk in drawn if round(c * 100) % 10 == 0],
    )  # fmt: skip
    caption = (
        "What abstaining buys: error rate when only the surest share of rows is answered, with the band of 95% "
        "intervals. A useful confidence makes the curve fall to the left."
    )
    return [Chart(charts.risk_coverage([c for c, _, _ in drawn], [risk for *_, risk in drawn]), caption, table)]


def _sets(results: Data) -> list[Block]:
    if not results["sets"]:
        return [Text("There are no prediction sets, since nothing calibrated the probabilities.", "missing")]
    axis, rows, faint = charts.Strip(0.5, 1.0, results["coverage"]), [], []
    for number, entry in enumerate(results["sets"]):
        measured, size, single = (_interval(entry[key]) for key in ("measured", "size", "single"))
        if not measured:
            continue
        name = "all rows" if entry["kind"] == "all" else entry["kind"]
        if measured.n < SMALL:
            faint.append(number)
        plot = Plot(axis.draw(measured, "ring" if measured.n < SMALL else ""))
        cells: list[Cell] = [_sized(name, measured.n), measured, plot, size, single, measured.n]
        rows.append(cells)
    stated = f"{results['coverage']:.0%}"
    return [
        Text(
            f"A prediction set holds every class that cannot be ruled out; it is stated to hold the true one in {stated} "
            "of rows. The upright line marks that share. Small sets are useful, sets of one class need no second look.",
        ),
        Table(
            f"Prediction sets by kind of voice, stated coverage {stated}",
            ("kind of voice", "measured coverage", axis.head(), "mean size", "share with one label", "n"),
            rows,
            frozenset(faint),
        ),
    ]


def _sized(name: str, n: int) -> Cell:
    return Named(name, f"n < {SMALL}: an anecdote") if n < SMALL else name


def _curve(results: Data) -> list[Block]:
    found = [(point["share"], point["rows"], _interval(point["macro_f1"])) for point in results["curve"]]
    points = [(share, rows, score) for share, rows, score in found if score and rows > 0]
    floor = _interval(results["scores"]["overall"]["majority_macro_f1"])
    if len(points) < 2 or not floor:
        return [Text("No learning curve was asked for, or the model was not fitted here.", "missing")]
    table = Table(
        "Macro-F1 by share of the training groups", ("share of groups", "training rows", f"macro-F1 {VALUE[6:]}", "n"),
        [[f"{share:.3g}", rows, score, score.n] for share, rows, score in points],
    )  # fmt: skip
    caption = (
        "Learning curve: the same test rows, fewer groups in each training part. Each step to the right doubles the "
        "rows; the axis starts at 0."
    )
    svg = charts.learning_curve([rows for _, rows, _ in points], [score for *_, score in points], floor.value)
    return [Chart(svg, caption, table)]


def _slices(results: Data) -> Iterator[Block]:
    whole = _interval(results["scores"]["overall"]["accuracy"])
    if not results["slices"]:
        yield Text("The rows have no field to slice by.", "missing")
        return
    yield Text(
        f"The weakest first, those of fewer than {SMALL} rows last, with an open ring. The upright line is the accuracy "
        "of all rows. A row may be in several slices of a field, and by chance alone some of many slices are weak."
    )
    axis = charts.Strip(reference=whole.value if whole else None)
    for field, group in groupby(results["slices"], key=lambda entry: entry["field"]):
        entries = sorted(group, key=lambda entry: (entry["small"], entry["accuracy"]["value"]))
        rows = [_slice(entry, axis) for entry in entries]
        title = FIELDS.get(field, field)
        caption = f"{title}: {len(entries)} {'slice' if len(entries) == 1 else 'slices'}, with 95% intervals"
        columns = (title.lower(), "accuracy", axis.head(), "macro-F1", "n", "groups")
        yield Table(caption, columns, rows, frozenset(k for k, entry in enumerate(entries) if entry["small"]))


def _slice(entry: Data, axis: charts.Strip) -> list[Cell]:
    accuracy, mean = _interval(entry["accuracy"]), _interval(entry["macro_f1"])
    n = entry["accuracy"]["n"]
    plot = Plot(axis.draw(accuracy, "ring" if entry["small"] else "")) if accuracy else ""
    alone = "" if entry["macro_f1"] and not mean else "one class"
    return [_sized(entry["value"], n), accuracy, plot, mean or alone, n, entry["groups"]]


def _seeds(scores: Data) -> list[Block]:
    labels = _labels(scores)
    return [
        Text(
            "Whole published articles, each predicted by a model that has seen no sentence of it. There are few: "
            "intervals resample sentences, and new articles will differ by more than they say."
        ),
        *_headline(scores, "Scores on the seed articles"),
        _confusion(scores, labels),
        _per_class(scores, labels),
    ]


def _errors(errors: Sequence[Data], labels: Sequence[Label]) -> list[Block]:
    if not errors:
        return [Text("No errors were asked for, or none was made.", "missing")]
    known = {label.name: label for label in labels}
    methods = {error["method"] for error in errors}
    how = {
        "linear": "linear: exact shares of the log-odds of the predicted class over the true one",
        "occlusion": "occlusion: how far the predicted class's probability falls when the word is left out",
    }
    explained = "; ".join(text for method, text in how.items() if method in methods)
    return [
        Text(
            "Bold with a solid line: the word spoke for the class predicted. Dashed line: it spoke against it. The "
            f"deeper the shade, the more it weighed in its sentence. Weights are {explained or 'those of the model'}. "
            "Confidence is that of the model before calibration."
        ),
        Mistakes([
            Mistake(
                error["id"], error["text"], known.get(error["true"], Label(error["true"])),
                known.get(error["predicted"], Label(error["predicted"])), error["confidence"], error["holder"],
                error["method"], [(start, end, weight) for start, end, weight in error["words"]],
            )
            for error in errors
        ]),
    ]  # fmt: skip
