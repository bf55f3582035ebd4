"""Score out-of-fold predictions: every number with its n and its 95 % bootstrap interval over groups."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from stance.errors import ChoiceError, UsageError
from stance.labels import LabelSet
from stance.learning import metrics
from stance.records import Interval

Array = NDArray[Any]

BINS = 10
"""Bins of the reliability diagram and of the calibration error, each with about the same number of rows."""


@dataclass(frozen=True, slots=True)
class Predicted:
    """Out-of-fold predictions: true and predicted class indices along the scale, and the group of each row.

    `groups` is the unit of resampling; `majority` is what always guessing each fold's majority would have said;
    `ids` name the rows, so that two models can be paired.
    """

    classes: LabelSet
    true: Array
    probabilities: Array
    majority: Array
    groups: Array
    ids: Array = field(default_factory=lambda: np.array([], dtype=object))

    @property
    def labels(self) -> Array:
        """Index of the most probable class of each row, shape (n,)."""
        index: Array = self.probabilities.argmax(axis=1)
        return index

    @property
    def confidence(self) -> Array:
        """Probability of the most probable class of each row, shape (n,)."""
        top: Array = self.probabilities.max(axis=1)
        return top

    def part(self, chosen: Array) -> "Predicted":
        """The rows chosen, by index or mask."""
        ids = self.ids[chosen] if len(self.ids) else self.ids
        return Predicted(
            self.classes,
            self.true[chosen],
            self.probabilities[chosen],
            self.majority[chosen],
            self.groups[chosen],
            ids,
        )


class Resampling:
    """Groups drawn with replacement: how often each group occurs in each resample, shape (resamples, groups).

    Sums over rows are taken once a group; a resample is then a weighted sum of groups.
    """

    def __init__(self, groups: Array, resamples: int, seed: int) -> None:
        _, self.codes = np.unique(groups, return_inverse=True)
        self.groups = int(self.codes.max()) + 1 if len(self.codes) else 0
        if not self.groups:
            raise UsageError("there is no row to score")
        if resamples < 1:
            raise UsageError(f"resamples is {resamples}; an interval needs 1 or more, and 1000 or more to be steady")
        draw = np.random.default_rng(seed)
        share = np.full(self.groups, 1 / self.groups)
        self.weights = draw.multinomial(self.groups, share, size=resamples).astype(float)

    def sums(self, values: Array) -> Array:
        """Sums of row values by group, (n, ...) to (groups, ...)."""
        total = np.zeros((self.groups, *values.shape[1:]))
        np.add.at(total, self.codes, values)
        return total

    def confusions(self, true: Array, predicted: Array, classes: int) -> Array:
        """Confusion matrix of each group, shape (groups, true, predicted)."""
        tables = np.zeros((self.groups, classes, classes))
        np.add.at(tables, (self.codes, true, predicted), 1)
        return tables

    def interval(self, metric: Callable[..., Array], *sums: Array, n: int) -> Interval:
        """Value over all groups and percentile interval of a metric of group sums, each (groups, ...)."""
        draws = metric(*(np.tensordot(self.weights, part, axes=1) for part in sums))
        low, high = np.percentile(draws, [2.5, 97.5])
        return Interval(float(metric(*(part.sum(axis=0)[None] for part in sums))[0]), float(low), float(high), n)

    def reflected(self, metric: Callable[..., Array], *sums: Array, n: int) -> Interval:
        """As `interval`, for a metric that resampling inflates (it cannot fall below 0): the basic bootstrap interval.

        Source: Davison and Hinkley (1997), "Bootstrap methods and their application", section 5.2.
        """
        found = self.interval(metric, *sums, n=n)
        value = found.value
        low, high = max(0.0, 2 * value - found.high), max(0.0, 2 * value - found.low)
        return Interval(value, min(value, low), max(value, high), n)

    def mean(self, values: Array) -> Interval:
        """Mean of one number a row."""
        return self.interval(mean_of_sums, self.sums(values), self.sums(np.ones(len(values))), n=len(values))


def mean_of_sums(total: Array, count: Array) -> Array:
    """Means from sums and counts, each (b,)."""
    return total / np.maximum(count, 1)


@dataclass(frozen=True, slots=True)
class Scores:
    """Scores of one set of predictions, each with interval and n; the majority baseline beside them.

    The n of a precision is the rows predicted so, that of a recall or F1 the rows that are so. What
    needs an ordered scale is None for labels without one.
    """

    classes: tuple[str, ...]
    macro_f1: Interval
    ends_f1: Interval | None
    quadratic_weighted_kappa: Interval | None
    accuracy: Interval
    precision: dict[str, Interval]
    recall: dict[str, Interval]
    f1: dict[str, Interval]
    support: dict[str, int]
    amae: Interval | None
    flip_rate: Interval | None
    ranked_probability_score: Interval | None
    log_loss: Interval
    calibration_error: Interval
    area_under_risk_coverage: Interval
    majority_macro_f1: Interval
    majority_accuracy: Interval
    family_accuracy: Interval | None
    groups: int
    confusion: list[list[int]]

    def metric(self, name: str) -> float:
        """Value of a headline metric by name, for sweeps; raises ChoiceError for an unknown one."""
        check_metric(name)
        interval: Interval | None = getattr(self, name)
        if interval is None:
            raise UsageError(f"the metric {name} is not defined for these labels; choose another metric=")
        return interval.value


HEADLINES = ("macro_f1", "ends_f1", "quadratic_weighted_kappa", "accuracy")


def check_metric(name: str) -> None:
    """Raise ChoiceError unless `name` is a headline metric, before hours are spent on computing it."""
    if name not in HEADLINES:
        raise ChoiceError("metric", name, HEADLINES)


def score(predicted: Predicted, *, resamples: int = 2000, seed: int = 0) -> Scores:
    """Scores with 95 % percentile intervals from resampling groups with replacement."""
    names, labels, ordered = predicted.classes.names, predicted.labels, predicted.classes.ordered
    drawn = Resampling(predicted.groups, resamples, seed)
    tables = drawn.confusions(predicted.true, labels, len(names))
    floor = drawn.confusions(predicted.true, predicted.majority, len(names))
    support = tables.sum(axis=(0, 2)).astype(int)
    total, ends = int(support.sum()), int(support[0] + support[-1])

    def overall(metric: Callable[[Array], Array], counts: Array = tables, n: int = total) -> Interval:
        return drawn.interval(metric, counts, n=n)

    def per_class(metric: Callable[[Array], Array], counted: Array = support) -> dict[str, Interval]:
        def of_class(k: int) -> Interval:
            return drawn.interval(lambda counts: metric(counts)[:, k], tables, n=int(counted[k]))

        return {name: of_class(k) for k, name in enumerate(names)}

    loss = metrics.log_loss(predicted.true, predicted.probabilities)
    distance = metrics.ranked_probability_score(predicted.true, predicted.probabilities)
    return Scores(
        classes=names,
        macro_f1=overall(metrics.macro_f1),
        ends_f1=overall(metrics.ends_f1) if ordered and len(names) > 2 else None,
        quadratic_weighted_kappa=overall(metrics.quadratic_weighted_kappa) if ordered else None,
        accuracy=overall(metrics.accuracy),
        precision=per_class(metrics.precision, tables.sum(axis=(0, 1))),
        recall=per_class(metrics.recall),
        f1=per_class(metrics.f1),
        support={name: int(support[k]) for k, name in enumerate(names)},
        amae=overall(metrics.amae) if ordered else None,
        flip_rate=overall(metrics.flip_rate, n=ends) if ordered and len(names) > 2 and ends else None,
        ranked_probability_score=drawn.mean(distance) if ordered else None,
        log_loss=drawn.mean(loss),
        calibration_error=_calibration_error(predicted, drawn),
        area_under_risk_coverage=risk_coverage(predicted, drawn)[0],
        majority_macro_f1=overall(metrics.macro_f1, floor),
        majority_accuracy=overall(metrics.accuracy, floor),
        family_accuracy=_family_accuracy(predicted.true, labels, drawn),
        groups=drawn.groups,
        confusion=tables.sum(axis=0).astype(int).tolist(),
    )


def _calibration_error(predicted: Predicted, drawn: Resampling) -> Interval:
    index = metrics.confidence_bins(predicted.confidence, BINS)
    member = np.eye(index.max() + 1)[index]
    hits = (predicted.labels == predicted.true).astype(float)
    sums = [drawn.sums(member * part[:, None]) for part in (np.ones(len(hits)), predicted.confidence, hits)]
    return drawn.reflected(metrics.calibration_error, *sums, n=len(hits))


def _family_accuracy(true: Array, labels: Array, drawn: Resampling) -> Interval | None:
    """Share of contrast families (groups with two labels or more, at most six rows) with every member right."""
    sizes, codes = np.bincount(drawn.codes), drawn.codes
    right = np.ones(len(sizes))
    np.minimum.at(right, codes, (true == labels).astype(float))
    lowest, highest = np.full(len(sizes), true.max()), np.zeros(len(sizes), dtype=true.dtype)
    np.minimum.at(lowest, codes, true)
    np.maximum.at(highest, codes, true)
    contrast = ((lowest != highest) & (sizes <= 6)).astype(float)
    if not contrast.any():
        return None
    return drawn.interval(mean_of_sums, right * contrast, contrast, n=int(contrast.sum()))


@dataclass(frozen=True, slots=True)
class RiskPoint:
    """Error rate of the most confident share of rows, and the confidence that admits them."""

    coverage: float
    confidence: float
    risk: Interval


COVERAGES = tuple(round(0.05 * k, 2) for k in range(2, 21))


def risk_coverage(predicted: Predicted, drawn: Resampling) -> tuple[Interval, list[RiskPoint]]:
    """Area under the risk-coverage curve, and the curve: errors among the rows a model is most sure of.

    The area is the mean, over all rows taken from the surest on, of the error rate so far; 0 is best. Source: Geifman,
    Uziel, El-Yaniv (2019), ICLR.
    """
    order = np.argsort(-predicted.confidence, kind="stable")
    codes, confidence = drawn.codes[order], predicted.confidence[order]
    wrong = _shared_by_ties((predicted.labels != predicted.true)[order].astype(float), confidence)
    value, at = _areas(np.ones((1, len(wrong))), wrong)
    parts = [_areas(rows, wrong) for rows in _row_weights(drawn.weights, codes)]
    areas, draws = np.concatenate([area for area, _ in parts]), np.concatenate([points for _, points in parts])
    low, high = np.percentile(areas, [2.5, 97.5])
    lows, highs = np.percentile(draws, [2.5, 97.5], axis=0)
    n = len(wrong)
    points = []
    for k, coverage in enumerate(COVERAGES):
        count = max(1, int(np.ceil(coverage * n - 0.5)))
        risk = Interval(float(at[0, k]), float(lows[k]), float(highs[k]), count)
        points.append(RiskPoint(coverage, float(confidence[count - 1]), risk))
    return Interval(float(value[0]), float(low), float(high), n), points


def _shared_by_ties(wrong: Array, confidence: Array) -> Array:
    """Errors shared out evenly among rows of equal confidence, so that their order cannot matter."""
    _, block = np.unique(confidence, return_inverse=True)
    mean: Array = (np.bincount(block, weights=wrong) / np.bincount(block))[block]
    return mean


def _row_weights(weights: Array, codes: Array, chunk: int = 100) -> Iterator[Array]:
    return (weights[start : start + chunk][:, codes] for start in range(0, len(weights), chunk))


def _areas(rows: Array, wrong: Array) -> tuple[Array, Array]:
    """Area under the curve, (b,), and risks at COVERAGES, (b, points), for row weights (b, n)."""
    kept = rows.cumsum(axis=1)
    risk = (rows * wrong).cumsum(axis=1) / np.maximum(kept, 1)
    total = np.maximum(kept[:, -1:], 1)
    area = (risk * rows).sum(axis=1) / total[:, 0]
    wanted = [np.clip(np.searchsorted(row, np.array(COVERAGES) * row[-1] - 0.5), 0, len(row) - 1) for row in kept]
    return area, np.take_along_axis(risk, np.array(wanted), axis=1)


@dataclass(frozen=True, slots=True)
class ReliabilityBin:
    """Rows of similar confidence: their mean confidence, and how many of them are right."""

    confidence: float
    accuracy: Interval


def reliability(predicted: Predicted, drawn: Resampling) -> list[ReliabilityBin]:
    """Points of the reliability diagram of the top label, bins with about the same number of rows."""
    index = metrics.confidence_bins(predicted.confidence, BINS)
    hits = (predicted.labels == predicted.true).astype(float)
    points = []
    for k in np.unique(index):
        inside = (index == k).astype(float)
        count = int(inside.sum())
        share = drawn.interval(mean_of_sums, drawn.sums(hits * inside), drawn.sums(inside), n=count)
        points.append(ReliabilityBin(float(predicted.confidence[index == k].mean()), share))
    return points


@dataclass(frozen=True, slots=True)
class Slice:
    """Scores of the rows that share a value of a field; `small` where fewer than 30 rows make it unsteady.

    `macro_f1` is the mean F1 of the classes that occur among the slice's true labels; None if only one does.
    """

    field: str
    value: str
    accuracy: Interval
    macro_f1: Interval | None
    groups: int
    small: bool


SMALL = 30


FIELDS = ("holder_kind", "phenomena", "bloc", "kind", "origin")


def columns(rows: Sequence[Mapping[str, Any]]) -> dict[str, list[tuple[str, ...]]]:
    """Values of the fields that slices are made by, for each field that has any."""
    found = {}
    for name in FIELDS:
        values = [row.get(name) or () for row in rows]
        if any(values):
            found[name] = [(value,) if isinstance(value, str) else tuple(value) for value in values]
    return found


def slices(
    predicted: Predicted, columns: dict[str, list[tuple[str, ...]]], *, resamples: int = 1000, seed: int = 0
) -> list[Slice]:
    """Scores by the values of each field; a row may have several (as of phenomena) or none."""
    found = []
    for name, values in columns.items():
        for value in sorted({v for row in values for v in row}):
            mask = np.array([value in row for row in values])
            found.append(_slice(name, value, predicted.part(mask), resamples, seed))
    return found


def _slice(name: str, value: str, rows: Predicted, resamples: int, seed: int) -> Slice:
    drawn = Resampling(rows.groups, resamples, seed)
    tables = drawn.confusions(rows.true, rows.labels, len(rows.classes.names))
    n, present = len(rows.true), np.flatnonzero(np.bincount(rows.true, minlength=len(rows.classes.names)))
    mean_f1 = partial(_mean_f1_of, present)
    return Slice(
        name,
        value,
        drawn.interval(metrics.accuracy, tables, n=n),
        drawn.interval(mean_f1, tables, n=n) if len(present) > 1 else None,
        drawn.groups,
        n < SMALL,
    )


def _mean_f1_of(present: Array, confusion: Array) -> Array:
    mean: Array = metrics.f1(confusion)[:, present].mean(axis=1)
    return mean
