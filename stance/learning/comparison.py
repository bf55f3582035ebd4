"""Compare models on the same rows: paired bootstrap over groups, corrected where many are compared.

Two intervals that overlap do not mean that two models are equal: they were measured on the same rows, and most of
what moves both moves them together. So both are resampled with the same weights, and the difference is looked at.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from stance.errors import ChoiceError, UsageError
from stance.learning.metrics import Array, accuracy, ends_f1, macro_f1, quadratic_weighted_kappa
from stance.learning.scoring import Predicted
from stance.records import Interval

METRICS: dict[str, Callable[[Array], Array]] = {
    "macro_f1": macro_f1,
    "ends_f1": ends_f1,
    "quadratic_weighted_kappa": quadratic_weighted_kappa,
    "accuracy": accuracy,
}
"""Metrics that can be compared, each from confusion matrices, (b, true, predicted) to (b,)."""

LEVEL = 0.05
CHUNK = 500


@dataclass(frozen=True, slots=True)
class Comparison:
    """Difference of the first model (A) to the second (B), with its two-sided bootstrap p-value.

    `adjusted` is the p-value after Holm's correction for all comparisons made together; for one alone the p-value.
    """

    metric: str
    difference: Interval
    p_value: float
    adjusted: float

    @property
    def verdict(self) -> str:
        """`A is better`, `B is better`, or `cannot be told apart` at the 5 % level."""
        if self.adjusted >= LEVEL:
            return "cannot be told apart"
        return "A is better" if self.difference.value > 0 else "B is better"


def compare(
    first: Predicted, second: Predicted, metric: str = "macro_f1", *, resamples: int = 2000, seed: int = 0
) -> Comparison:
    """Compare two models that predicted the same rows, matched by id; groups are those of the first.

    Raises UsageError if the rows or their true labels differ; `shared` gives the rows that both predicted.
    """
    return compare_all(first, [second], metric, resamples=resamples, seed=seed)[0]


def compare_all(
    first: Predicted,
    others: Sequence[Predicted],
    metric: str = "macro_f1",
    *,
    resamples: int = 2000,
    seed: int = 0,
) -> list[Comparison]:
    """Compare one model with each of the others on the same resamples; p-values are adjusted for their number.

    The p-value is twice the smaller share of resamples on either side of zero, each counted with one resample more,
    so that it is never 0.
    """
    check_comparable(metric, first)
    if not others:
        return []
    matched = [match(first, other) for other in others]
    function = METRICS[metric]
    tables = _group_confusions(first, [first.labels, *(other.labels for other in matched)])
    values = function(tables.sum(axis=0))
    differences = values[0] - values[1:]
    draws = _draws(tables, function, resamples, seed)
    lows, highs = np.percentile(draws, [2.5, 97.5], axis=0)
    below, above = (draws <= 0).sum(axis=0), (draws >= 0).sum(axis=0)
    p_values = np.minimum(1.0, 2 * (np.minimum(below, above) + 1) / (resamples + 1))
    n = len(first.true)
    return [
        Comparison(metric, Interval(float(value), float(low), float(high), n), float(p), adjusted)
        for value, low, high, p, adjusted in zip(differences, lows, highs, p_values, holm(p_values), strict=True)
    ]


def check_comparable(metric: str, predicted: Predicted) -> None:
    """Raise unless the metric is one that can be compared and is defined for these labels."""
    if metric not in METRICS:
        raise ChoiceError("metric", metric, METRICS)
    ends = metric == "ends_f1" and len(predicted.classes.names) < 3
    if metric in ("quadratic_weighted_kappa", "ends_f1") and (ends or not predicted.classes.ordered):
        raise UsageError(f"the metric {metric} is not defined for these labels; choose another metric=")


def match(first: Predicted, second: Predicted) -> Predicted:
    """Return the second in the order of the first's rows, or raise UsageError that says how the two differ."""
    if first.classes != second.classes:
        raise UsageError(f"the labels differ: {', '.join(first.classes.names)} and {', '.join(second.classes.names)}")
    place = {name: number for number, name in enumerate(second.ids)}
    shared = sum(name in place for name in first.ids)
    if not shared == len(first.true) == len(second.true) == len(place):
        raise UsageError(
            f"the rows differ: {len(first.true)} and {len(second.true)}, {shared} in both; "
            "only models measured on the same rows can be compared"
        )
    order = np.array([place[name] for name in first.ids])
    wrong = int((second.true[order] != first.true).sum())
    if wrong:
        raise UsageError(f"the true labels of {wrong} of {shared} rows differ: the models were measured on other data")
    arrays = (second.true, second.probabilities, second.majority, second.groups, second.ids)
    return Predicted(second.classes, *(array[order] for array in arrays))


def shared(first: Predicted, second: Predicted) -> tuple[Predicted, Predicted]:
    """Both models on the rows that both predicted, in the order of the first's.

    Raises UsageError where they share none, or where labels differ.
    """
    both = set(first.ids) & set(second.ids)
    if not both:
        raise UsageError("the two models were measured on no row in common; measure both on the same folds")
    one, two = (predicted.part(np.array([name in both for name in predicted.ids])) for predicted in (first, second))
    return one, match(one, two)


def holm(p_values: Sequence[float] | Array) -> list[float]:
    """Adjust p-values for their number, in the order given.

    Source: Holm (1979), Scandinavian Journal of Statistics 6(2).

    >>> holm([0.01, 0.04, 0.03])
    [0.03, 0.06, 0.06]
    """
    adjusted, highest = [0.0] * len(p_values), 0.0
    for rank, place in enumerate(np.argsort(p_values, kind="stable")):
        highest = max(highest, min(1.0, float(p_values[place]) * (len(p_values) - rank)))
        adjusted[place] = highest
    return adjusted


def _group_confusions(first: Predicted, guesses: Sequence[Array]) -> Array:
    """Confusion matrix of each group and model, shape (groups, models, true, predicted)."""
    _, codes = np.unique(first.groups, return_inverse=True)
    classes = len(first.classes.names)
    tables = np.zeros((codes.max() + 1, len(guesses), classes, classes))
    for model, labels in enumerate(guesses):
        np.add.at(tables[:, model], (codes, first.true, labels), 1)
    return tables


def _draws(tables: Array, metric: Callable[[Array], Array], resamples: int, seed: int) -> Array:
    """Differences of the first model to the others in each resample, shape (resamples, models - 1)."""
    random, groups = np.random.default_rng(seed), len(tables)
    parts = []
    for start in range(0, resamples, CHUNK):
        size = min(CHUNK, resamples - start)
        weights = random.multinomial(groups, np.full(groups, 1 / groups), size=size).astype(float)
        drawn = np.tensordot(weights, tables, axes=1)
        values = metric(drawn.reshape(-1, *drawn.shape[2:])).reshape(drawn.shape[:2])
        parts.append(values[:, :1] - values[:, 1:])
    return np.concatenate(parts)
