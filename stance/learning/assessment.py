"""Assess a classifier as a sceptic would: calibration, abstention, slices, learning curve, confident errors."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from stance.errors import UsageError
from stance.labels import LabelSet
from stance.learning.calibration import Calibration
from stance.learning.checks import Finding, check_data, check_results
from stance.learning.evaluation import (
    ConfidentError,
    Design,
    Evaluation,
    Examples,
    Folds,
    Outcome,
    Plan,
    design,
    evaluate,
    out_of_fold,
    outcome_of_fitted,
)
from stance.learning.scoring import (
    ReliabilityBin,
    Resampling,
    RiskPoint,
    Slice,
    columns,
    reliability,
    risk_coverage,
    score,
    slices,
)
from stance.records import Interval
from stance.text.inputs import Inputs

Array = NDArray[Any]


FEWEST = 3
"""Groups of each class, at least, that a thinned training part keeps."""


@dataclass(frozen=True, slots=True)
class SetCoverage:
    """Measured coverage of the prediction sets of one kind of holder (or `all`), and how large they are.

    `single` is the share of rows whose set holds one class alone: those a careful reader need not look at.
    """

    kind: str
    measured: Interval
    size: Interval
    single: Interval


@dataclass(frozen=True, slots=True)
class CurvePoint:
    """Macro-F1 with a share of the groups of each training part, and how many rows that was on average."""

    share: float
    rows: int
    macro_f1: Interval


@dataclass(frozen=True, slots=True)
class ShownError:
    """A confident error for a person to read: the sentence, both labels, and (start, end, weight) of its words."""

    id: str
    text: str
    true: str
    predicted: str
    confidence: float
    holder: str | None
    method: str
    words: tuple[tuple[int, int, float], ...]


@dataclass(frozen=True, slots=True)
class Assessment:
    """Everything measured of one classifier on one dataset; `dataclasses.asdict` of it is what results.json holds.

    `before` is macro-F1, log loss and calibration error of the uncalibrated probabilities; `temperatures` and `chosen`
    are those of the folds; `coverage` is the one stated for the prediction sets; `comparison` holds paired differences
    to other models.
    """

    name: str
    target: str
    fingerprint: str
    rows: int
    evaluation: Evaluation
    before: Mapping[str, Interval]
    temperatures: tuple[float, ...]
    chosen: tuple[Mapping[str, Any], ...]
    coverage: float
    sets: tuple[SetCoverage, ...]
    reliability: tuple[ReliabilityBin, ...]
    risk_coverage: tuple[RiskPoint, ...]
    slices: tuple[Slice, ...]
    curve: tuple[CurvePoint, ...]
    errors: tuple[ShownError, ...]
    findings: tuple[Finding, ...]
    comparison: tuple[Mapping[str, Any], ...] = ()


def assess(
    estimator: Any,
    rows: Sequence[Mapping[str, Any]],
    classes: LabelSet,
    *,
    name: str,
    target: str,
    fingerprint: str,
    folds: int,
    resamples: int,
    seed: int,
    plan: Plan,
    shares: Sequence[float] = (),
    inputs: Inputs | None = None,
    families: float = 1.0,
    agreement: float | None = None,
) -> Assessment:
    """Assess an unfitted estimator on dataset rows, every number with its n and interval.

    `shares` of the training groups make the learning curve; an empty one saves its time. Models learn from the share
    `families` of contrast families. `agreement` is that of the annotators, for the checks.
    """
    wrong = [share for share in shares if not 0 < share <= 1]
    if wrong:
        raise UsageError(f"evaluation.shares holds {wrong[0]}; shares of the training groups are above 0 and at most 1")
    laid = design(
        rows, classes, folds=folds, seed=seed, measured=plan.measured, articles=plan.articles, inputs=inputs,
        families=families,
    )  # fmt: skip
    found = check_data(laid.examples, laid.folds)
    results = evaluate(estimator, laid, resamples=resamples, seed=seed, plan=plan)
    found += check_results(results, laid, agreement=agreement)
    searching = replace(plan, errors=0, inner=plan.inner if plan.search else 0)
    curve = learning_curve(estimator, laid, shares, results, searching, resamples=resamples, seed=seed)
    about = {"name": name, "target": target, "fingerprint": fingerprint, "rows": len(rows)}
    return _assemble(about, results, laid, found, curve, plan.coverage, resamples=resamples, seed=seed)


def assess_saved(
    fitted: Any,
    calibration: Calibration | None,
    rows: Sequence[Mapping[str, Any]],
    classes: LabelSet,
    *,
    name: str,
    target: str,
    fingerprint: str,
    resamples: int,
    seed: int,
    errors: int = 0,
    inputs: Inputs | None = None,
    agreement: float | None = None,
) -> Assessment:
    """Assess a fitted estimator, with the calibration it was saved with, on rows it has not learnt from.

    Groups are resampled as in cross-validation; the majority baseline is that of the rows themselves.
    """
    examples = Examples.of(rows, classes, inputs)
    kept = np.flatnonzero(examples.gold)
    laid = Design(rows, examples, Folds((), kept, examples.groups), False, (None,) * len(rows))
    outcome = outcome_of_fitted(fitted, calibration, examples, kept, errors=errors)
    scores = score(outcome.calibrated or outcome.raw, resamples=resamples, seed=seed)
    results = Evaluation(scores, None, False, calibration, outcome, None, saved=True)
    found = check_results(results, laid, agreement=agreement)
    about = {"name": name, "target": target, "fingerprint": fingerprint, "rows": len(rows)}
    coverage = calibration.coverage if calibration else 0.0
    return _assemble(about, results, laid, found, [], coverage, resamples=resamples, seed=seed)


def _assemble(
    about: Mapping[str, Any],
    results: Evaluation,
    laid: Design,
    findings: Sequence[Finding],
    curve: Sequence[CurvePoint],
    coverage: float,
    *,
    resamples: int,
    seed: int,
) -> Assessment:
    predicted, outcome, measured = results.predicted, results.outcome, laid.measured
    drawn = Resampling(predicted.groups, resamples, seed)
    raw = score(outcome.raw, resamples=resamples, seed=seed)
    return Assessment(
        **about,
        evaluation=results,
        before={"macro_f1": raw.macro_f1, "log_loss": raw.log_loss, "calibration_error": raw.calibration_error},
        temperatures=tuple(calibration.temperature for calibration in outcome.calibrations),
        chosen=outcome.chosen,
        coverage=coverage,
        sets=tuple(set_coverage(outcome, measured, resamples=resamples, seed=seed)),
        reliability=tuple(reliability(predicted, drawn)),
        risk_coverage=tuple(risk_coverage(predicted, drawn)[1]),
        slices=tuple(slices(predicted, columns(measured), resamples=min(resamples, 1000), seed=seed)),
        curve=tuple(curve),
        errors=tuple(shown_errors(outcome.errors, laid, results)),
        findings=tuple(findings),
    )


def set_coverage(
    outcome: Outcome, rows: Sequence[Mapping[str, Any]], *, resamples: int, seed: int
) -> list[SetCoverage]:
    """How often the prediction sets held the true class: over all rows, then by kind of holder."""
    if outcome.inside is None:
        return []
    kinds = np.array([row.get("holder_kind") or "" for row in rows])
    found = [_covered("all", outcome, np.ones(len(kinds), dtype=bool), resamples, seed)]
    return found + [_covered(kind, outcome, kinds == kind, resamples, seed) for kind in sorted(set(kinds) - {""})]


def _covered(kind: str, outcome: Outcome, chosen: Array, resamples: int, seed: int) -> SetCoverage:
    assert outcome.inside is not None
    inside, true = outcome.inside[chosen], outcome.raw.true[chosen]
    hits = inside[np.arange(len(true)), true].astype(float)
    sizes = inside.sum(axis=1)
    drawn = Resampling(outcome.raw.groups[chosen], resamples, seed)
    return SetCoverage(kind, drawn.mean(hits), drawn.mean(sizes.astype(float)), drawn.mean((sizes == 1).astype(float)))


def learning_curve(
    estimator: Any,
    laid: Design,
    shares: Sequence[float],
    full: Evaluation,
    plan: Plan,
    *,
    resamples: int,
    seed: int,
) -> list[CurvePoint]:
    """Macro-F1 on the same test rows when each training part keeps only a share of its groups; 1 is the full result."""
    points, examples, folds = [], laid.examples, laid.folds
    for share in sorted(set(shares) - {1.0}):
        thinned = replace(folds, parts=tuple((_thin(examples, part, share, seed), test) for part, test in folds.parts))
        raw = out_of_fold(estimator, examples, thinned, plan).raw
        size = round(np.mean([len(part) for part, _ in thinned.parts]))
        points.append(CurvePoint(share, int(size), score(raw, resamples=resamples, seed=seed).macro_f1))
    if points:
        size = round(np.mean([len(part) for part, _ in folds.parts]))
        points.append(CurvePoint(1.0, int(size), full.overall.macro_f1))
    return points


def _thin(examples: Examples, part: Array, share: float, seed: int) -> Array:
    """A share of the groups of a training part, and as many more as leave FEWEST groups of every class it has."""
    groups, codes = np.unique(examples.groups[part], return_inverse=True)
    order = np.random.default_rng(seed).permutation(len(groups))
    wanted = set(order[: round(share * len(groups))].tolist())
    for k in np.unique(examples.true[part]):
        with_class = set(codes[examples.true[part] == k].tolist())
        wanted.update([code for code in order.tolist() if code in with_class][:FEWEST])
    return part[np.isin(codes, list(wanted))]


def shown_errors(errors: Sequence[ConfidentError], laid: Design, results: Evaluation) -> list[ShownError]:
    """The most confident errors over all folds, surest first."""
    examples, rows = laid.examples, laid.rows
    names, labels = examples.classes.names, dict(zip(results.predicted.ids, results.predicted.labels, strict=True))
    return [
        ShownError(
            str(examples.ids[error.row]),
            str(examples.texts[error.row]),
            names[examples.true[error.row]],
            names[labels[examples.ids[error.row]]],
            error.confidence,
            rows[error.row].get("holder"),
            error.explanation.method,
            tuple((word.start, word.end, word.weight) for word in error.explanation.words),
        )
        for error in sorted(errors, key=lambda error: -error.confidence)
    ]
