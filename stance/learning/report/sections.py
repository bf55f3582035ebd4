"""What a report says and in which order: what was measured, the numbers, then what speaks against them.

Everything is read from the plain data of results.json. A part that was not measured is named in a line with its reason.
"""

from collections.abc import Iterator, Sequence
from itertools import groupby

from stance.learning.checks import CHECKS
from stance.learning.report import charts
from stance.learning.report.blocks import Block, Cell, Chart, Facts, Label, Plot, Section, Table, Text
from stance.learning.report.confidence import abstention, calibration, prediction_sets
from stance.learning.report.findings import Codes, Findings
from stance.learning.report.mistakes import Mistake, Mistakes
from stance.learning.report.scores import comparison, confusion, headline, per_class
from stance.learning.report.stored import BRACKETS, Data, interval, labels_of, sized
from stance.learning.scoring import SMALL

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
    model, floor = interval(scores["macro_f1"]), interval(scores["majority_macro_f1"])
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
    labels = labels_of(scores["overall"])
    errors, seeds = results["errors"], scores["seed_articles"]
    parts = [
        Section("measured", "What was measured", _measured(results)),
        Section("headline", "Headline numbers", headline(scores["overall"], "Scores overall")),
        Section("findings", "Findings of the checks", _findings(results["findings"])),
        Section("confusion", "Confusion matrix", [confusion(scores["overall"], labels)]),
        Section("classes", "Precision, recall and F1 by class", [per_class(scores["overall"], labels)]),
        Section("calibration", "Calibration", list(calibration(results))),
        Section("abstention", "Abstention", abstention(results["risk_coverage"])),
        Section("sets", "Prediction sets", prediction_sets(results)),
        Section("curve", "Learning curve", _curve(results)),
        Section("slices", "Slices", list(_slices(results))),
        Section("errors", "Most confident errors", _errors(errors, labels)),
        Section("codes", "What the codes mean", [_codes(results["findings"])]),
    ]
    if results.get("comparison"):
        parts.insert(2, Section("comparison", "Comparison with other models", comparison(results["comparison"])))
    if seeds:
        at = next(k for k, part in enumerate(parts) if part.name == "errors")
        parts.insert(at, Section("seeds", "Seed articles", _seeds(seeds, scores.get("seed_articles_moved"))))
    return parts


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
    done, laid = results["scores"].get("measured") or (0, 0)
    if results["scores"].get("saved"):
        return "a model fitted before, measured on rows it has not learnt from; intervals resample groups"
    if results["scores"]["official"]:
        return "official split: learnt from its training part, measured on its test part; intervals resample rows"
    part = "" if done == laid else f", of which the first {done} measured"
    return (
        f"{laid}-fold cross-validation that parts no group (family, article or story){part}; each row measured is "
        "predicted by a model that has not seen its group; intervals resample groups"
    )


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


def _curve(results: Data) -> list[Block]:
    found = [(point["share"], point["rows"], interval(point["macro_f1"])) for point in results["curve"]]
    points = [(share, rows, score) for share, rows, score in found if score and rows > 0]
    floor = interval(results["scores"]["overall"]["majority_macro_f1"])
    if len(points) < 2 or not floor:
        return [Text("No learning curve was asked for, or the model was not fitted here.", "missing")]
    table = Table(
        "Macro-F1 by share of the training groups", ("share of groups", "training rows", f"macro-F1 {BRACKETS}", "n"),
        [[f"{share:.3g}", rows, score, score.n] for share, rows, score in points],
    )  # fmt: skip
    caption = (
        "Learning curve: the same test rows, fewer groups in each training part. Equal steps to the right "
        "multiply the rows alike; the upright axis starts at 0."
    )
    svg = charts.learning_curve([rows for _, rows, _ in points], [score for *_, score in points], floor.value)
    return [Chart(svg, caption, table)]


def _slices(results: Data) -> Iterator[Block]:
    whole = interval(results["scores"]["overall"]["accuracy"])
    if not results["slices"]:
        yield Text("The rows have no field to slice by.", "missing")
        return
    yield Text(
        f"The weakest first, those of fewer than {SMALL} rows last, with an open ring. The upright line is the "
        "accuracy of all rows. "
        "A row may be in several slices of a field, and by chance alone some of many slices are weak."
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
    accuracy, mean = interval(entry["accuracy"]), interval(entry["macro_f1"])
    n = entry["accuracy"]["n"]
    plot = Plot(axis.draw(accuracy, "ring" if entry["small"] else "")) if accuracy else ""
    absent = None if entry["macro_f1"] else "one class"
    return [sized(entry["value"], n), accuracy, plot, mean or absent, n, entry["groups"]]


def _seeds(scores: Data, moved: Data | None) -> list[Block]:
    labels = labels_of(scores)
    said = "The same, calibrated and moved to the label shares of the other articles"
    return [
        Text(
            "Whole published articles, each predicted by a model that has seen no sentence of it. There are few: "
            "intervals resample sentences, and new articles will differ by more than they say."
        ),
        *headline(scores, "Scores on the seed articles"),
        confusion(scores, labels),
        per_class(scores, labels),
        *(headline(moved, said) if moved else []),
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
            "Solid line: the word spoke for the class predicted; dashed line: against it. Deeper shade and bold: it "
            f"weighed more in its sentence. Weights are {explained or 'those of the model'}. "
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
