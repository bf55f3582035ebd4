"""Evaluate by grouped cross-validation; every number carries its n and its bootstrap interval over groups."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import clone
from sklearn.model_selection import StratifiedGroupKFold

from stance.errors import ChoiceError, UsageError
from stance.labels import NAMES
from stance.records import Interval

Array = NDArray[Any]
CLASSES = len(NAMES)


@dataclass(frozen=True, slots=True)
class Predicted:
    """Out-of-fold predictions: true and predicted class indices along the scale, and the group of each row.

    `groups` is the unit of resampling; `majority` is what always guessing each fold's majority would have said.
    """

    true: Array
    probabilities: Array
    majority: Array
    groups: Array

    @property
    def labels(self) -> Array:
        """Index of the most probable class of each row, shape (n,)."""
        index: Array = self.probabilities.argmax(axis=1)
        return index


@dataclass(frozen=True, slots=True)
class Scores:
    """Scores of one set of predictions, each with interval and n; the majority baseline beside them."""

    macro_f1: Interval
    quadratic_weighted_kappa: Interval
    accuracy: Interval
    precision: dict[str, Interval]
    recall: dict[str, Interval]
    f1: dict[str, Interval]
    support: dict[str, int]
    majority_macro_f1: Interval
    majority_accuracy: Interval
    confusion: list[list[int]]

    def metric(self, name: str) -> float:
        """Value of a headline metric by name, for sweeps; raises ChoiceError for an unknown one."""
        check_metric(name)
        interval: Interval = getattr(self, name)
        return interval.value


HEADLINES = ("macro_f1", "quadratic_weighted_kappa", "accuracy")


def check_metric(name: str) -> None:
    """Raise ChoiceError unless `name` is a headline metric, before hours are spent on computing it."""
    if name not in HEADLINES:
        raise ChoiceError("metric", name, HEADLINES)


def encode(labels: Sequence[str]) -> Array:
    """Indices of labels along the scale."""
    return np.array([NAMES.index(label) for label in labels], dtype=np.int64)


def cross_validate(
    estimator: Any, texts: Sequence[str], labels: Sequence[str], groups: Sequence[str], *, folds: int, seed: int
) -> Predicted:
    """Out-of-fold predictions of stratified cross-validation that never parts a group.

    Folds run side by side inside `joblib.parallel_config(n_jobs=...)`.
    """
    true, grouped = encode(labels), np.asarray(groups)
    rarest = min(len(set(grouped[true == k])) for k in range(CLASSES))
    if rarest < folds:
        raise UsageError(
            f"{folds} folds need {folds} groups of every class, the rarest has {rarest}; lower evaluation.folds"
        )
    splitter = StratifiedGroupKFold(folds, shuffle=True, random_state=seed)
    return _out_of_fold(estimator, texts, true, grouped, list(splitter.split(true, true, grouped)))


def leave_one_out(
    estimator: Any, texts: Sequence[str], labels: Sequence[str], held: Sequence[str | None], groups: Sequence[str]
) -> Predicted:
    """Predict the rows of each value of `held` by a model trained on all others; rows where it is None only train.

    Rows that share a group with a held-out row leave the training part with it. Resampled by row, since the
    held-out wholes are few.
    """
    true, outer, grouped = encode(labels), np.array([h or "" for h in held]), np.asarray(groups)
    parts = []
    for value in sorted({h for h in held if h}):
        test = np.flatnonzero(outer == value)
        train = np.flatnonzero(~np.isin(grouped, grouped[test]))
        parts.append((train, test))
    predicted = _out_of_fold(estimator, texts, true, np.arange(len(true)), parts)
    kept = np.flatnonzero(outer != "")
    return Predicted(
        predicted.true[kept], predicted.probabilities[kept], predicted.majority[kept], predicted.groups[kept]
    )


def _out_of_fold(
    estimator: Any, texts: Sequence[str], true: Array, groups: Array, parts: Sequence[tuple[Array, Array]]
) -> Predicted:
    from joblib import Parallel, delayed

    documents = np.asarray(texts, dtype=object)
    fold_probabilities = Parallel()(
        delayed(fit_predict)(clone(estimator), documents[train], true[train], documents[test]) for train, test in parts
    )
    probabilities, majority = np.zeros((len(true), CLASSES)), np.zeros(len(true), dtype=np.int64)
    for (train, test), fold in zip(parts, fold_probabilities, strict=True):
        probabilities[test] = fold
        majority[test] = np.bincount(true[train], minlength=CLASSES).argmax()
    return Predicted(true, probabilities, majority, groups)


def fit_predict(estimator: Any, train: Array, true: Array, test: Array) -> Array:
    """Fit on the training part and return probabilities of the test part along the whole scale, shape (n, 3)."""
    estimator.fit(train, true)
    probabilities = np.zeros((len(test), CLASSES))
    probabilities[:, estimator.classes_] = estimator.predict_proba(test)
    return probabilities


def score(predicted: Predicted, *, resamples: int = 2000, seed: int = 0) -> Scores:
    """Scores with 95 % percentile intervals from resampling groups with replacement.

    Each group's confusion matrix is counted once; a resample is a weighted sum of them.
    """
    tables = _group_confusions(predicted.true, predicted.labels, predicted.groups)
    floor = _group_confusions(predicted.true, predicted.majority, predicted.groups)
    weights = _resample_weights(len(tables), resamples, seed)
    support = tables.sum(axis=(0, 2)).astype(int)
    total = int(support.sum())

    def interval(metric: Callable[[Array], Array], counts: Array = tables, n: int = total) -> Interval:
        draws = metric(np.tensordot(weights, counts, axes=1))
        low, high = np.percentile(draws, [2.5, 97.5])
        return Interval(float(metric(counts.sum(axis=0)[None])[0]), float(low), float(high), n)

    def of_class(metric: Callable[[Array], Array], k: int) -> Interval:
        return interval(lambda counts: metric(counts)[:, k], n=int(support[k]))

    def per_class(metric: Callable[[Array], Array]) -> dict[str, Interval]:
        return {name: of_class(metric, k) for k, name in enumerate(NAMES)}

    return Scores(
        macro_f1=interval(macro_f1),
        quadratic_weighted_kappa=interval(quadratic_weighted_kappa),
        accuracy=interval(accuracy),
        precision=per_class(precision),
        recall=per_class(recall),
        f1=per_class(f1),
        support={name: int(support[k]) for k, name in enumerate(NAMES)},
        majority_macro_f1=interval(macro_f1, floor),
        majority_accuracy=interval(accuracy, floor),
        confusion=tables.sum(axis=0).astype(int).tolist(),
    )


def _group_confusions(true: Array, predicted: Array, groups: Array) -> Array:
    """Confusion matrix of each group, shape (groups, true, predicted)."""
    _, codes = np.unique(groups, return_inverse=True)
    tables = np.zeros((codes.max() + 1, CLASSES, CLASSES))
    np.add.at(tables, (codes, true, predicted), 1)
    return tables


def _resample_weights(groups: int, resamples: int, seed: int) -> Array:
    return np.random.default_rng(seed).multinomial(groups, np.full(groups, 1 / groups), size=resamples).astype(float)


def _ratio(above: Array, below: Array) -> Array:
    """Quotient that is 0 where the denominator is, the usual convention for an F1 without predictions."""
    return np.divide(above, below, out=np.zeros_like(above), where=below > 0)


def precision(confusion: Array) -> Array:
    """Precision per class from confusion matrices, (b, true, predicted) to (b, classes)."""
    return _ratio(np.diagonal(confusion, axis1=1, axis2=2).copy(), confusion.sum(axis=1))


def recall(confusion: Array) -> Array:
    """Recall per class from confusion matrices, (b, true, predicted) to (b, classes)."""
    return _ratio(np.diagonal(confusion, axis1=1, axis2=2).copy(), confusion.sum(axis=2))


def f1(confusion: Array) -> Array:
    """F1 per class from confusion matrices, (b, true, predicted) to (b, classes)."""
    hits = np.diagonal(confusion, axis1=1, axis2=2)
    return _ratio(2 * hits, confusion.sum(axis=1) + confusion.sum(axis=2))


def macro_f1(confusion: Array) -> Array:
    """Mean F1 over the three classes, (b, true, predicted) to (b,)."""
    mean: Array = f1(confusion).mean(axis=1)
    return mean


def accuracy(confusion: Array) -> Array:
    """Share of rows on the diagonal, (b, true, predicted) to (b,)."""
    return _ratio(np.trace(confusion, axis1=1, axis2=2), confusion.sum(axis=(1, 2)))


def quadratic_weighted_kappa(confusion: Array) -> Array:
    """Cohen's kappa with squared distance on the scale, (b, true, predicted) to (b,).

    Source: Cohen (1968), Psychological Bulletin 70(4). Defined as 0 where no disagreement is expected by chance.
    """
    steps = np.arange(CLASSES)
    weight = (steps[:, None] - steps[None, :]) ** 2
    observed = (confusion * weight).sum(axis=(1, 2))
    chance = confusion.sum(axis=2)[:, :, None] * confusion.sum(axis=1)[:, None, :]
    expected = (chance * weight).sum(axis=(1, 2)) / np.maximum(confusion.sum(axis=(1, 2)), 1)
    return np.where(expected > 0, 1 - _ratio(observed, expected), 0.0)


@dataclass(frozen=True, slots=True)
class Evaluation:
    """Scores over all rows by grouped cross-validation, and over the seed articles, leaving one out at a time."""

    overall: Scores
    seed_articles: Scores | None


def evaluate(estimator: Any, rows: Sequence[Mapping[str, Any]], *, folds: int, resamples: int, seed: int) -> Evaluation:
    """Evaluate an unfitted estimator on dataset rows (`text`, `label`, `group`, `origin`, `article`)."""
    texts, labels = [row["text"] for row in rows], [row["label"] for row in rows]
    grouped = [row["group"] for row in rows]
    overall = cross_validate(estimator, texts, labels, grouped, folds=folds, seed=seed)
    articles = [row["article"] if row["origin"] == "seed" else None for row in rows]
    seeds = leave_one_out(estimator, texts, labels, articles, grouped) if any(articles) else None
    return Evaluation(
        score(overall, resamples=resamples, seed=seed), score(seeds, resamples=resamples, seed=seed) if seeds else None
    )
