"""Evaluate by grouped cross-validation; every number carries its n and its bootstrap interval over groups."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import clone
from sklearn.model_selection import StratifiedGroupKFold

from stance.errors import ChoiceError, UsageError
from stance.labels import LabelSet
from stance.records import Interval

Array = NDArray[Any]


@dataclass(frozen=True, slots=True)
class Predicted:
    """Out-of-fold predictions: true and predicted class indices along the scale, and the group of each row.

    `groups` is the unit of resampling; `majority` is what always guessing each fold's majority would have said; `ids`
    name the rows, so that two models can be compared on them.
    """

    classes: LabelSet
    true: Array
    probabilities: Array
    majority: Array
    groups: Array
    ids: Array = field(default_factory=lambda: np.empty(0, dtype=object))

    @property
    def labels(self) -> Array:
        """Index of the most probable class of each row, shape (n,)."""
        index: Array = self.probabilities.argmax(axis=1)
        return index


@dataclass(frozen=True, slots=True)
class Scores:
    """Scores of one set of predictions, each with interval and n; the majority baseline beside them."""

    classes: tuple[str, ...]
    macro_f1: Interval
    quadratic_weighted_kappa: Interval | None
    accuracy: Interval
    precision: dict[str, Interval]
    recall: dict[str, Interval]
    f1: dict[str, Interval]
    support: dict[str, int]
    majority_macro_f1: Interval
    majority_accuracy: Interval
    family_accuracy: Interval | None
    confusion: list[list[int]]

    def metric(self, name: str) -> float:
        """Value of a headline metric by name, for sweeps; raises ChoiceError for an unknown one."""
        check_metric(name)
        interval: Interval | None = getattr(self, name)
        if interval is None:
            raise UsageError(f"the metric {name} is not defined for these labels; choose another metric=")
        return interval.value


HEADLINES = ("macro_f1", "quadratic_weighted_kappa", "accuracy")


def check_metric(name: str) -> None:
    """Raise ChoiceError unless `name` is a headline metric, before hours are spent on computing it."""
    if name not in HEADLINES:
        raise ChoiceError("metric", name, HEADLINES)


def encode(labels: Sequence[str], classes: LabelSet) -> Array:
    """Indices of labels in their set."""
    return np.array([classes.index(label) for label in labels], dtype=np.int64)


@dataclass(frozen=True, slots=True)
class Examples:
    """What a classifier learns from and is measured on; `gold` rows are measured, the others only train."""

    texts: Array
    true: Array
    groups: Array
    gold: Array
    classes: LabelSet
    ids: Array

    @classmethod
    def of(cls, rows: Sequence[Mapping[str, Any]], classes: LabelSet) -> "Examples":
        """Examples of dataset rows (`text`, `label`, `group`, and `origin`, where `weak` is no gold).

        A row without an `id` is known by its number.
        """
        return cls(
            np.array([row["text"] for row in rows], dtype=object),
            encode([row["label"] for row in rows], classes),
            np.array([row["group"] for row in rows], dtype=object),
            np.array([row.get("origin") != "weak" for row in rows]),
            classes,
            np.array([str(row.get("id", number)) for number, row in enumerate(rows)], dtype=object),
        )


def cross_validate(estimator: Any, examples: Examples, *, folds: int, seed: int) -> Predicted:
    """Out-of-fold predictions of stratified cross-validation that never parts a group; of gold rows alone.

    Folds run side by side inside `joblib.parallel_config(n_jobs=...)`.
    """
    gold = np.flatnonzero(examples.gold)
    true, groups = examples.true[gold], examples.groups[gold]
    counts = [len(set(groups[true == k])) for k in range(len(examples.classes.names))]
    if min(counts) < folds:
        raise UsageError(
            f"{folds} folds need {folds} groups of every class, the rarest has {min(counts)}; lower evaluation.folds"
        )
    splitter = StratifiedGroupKFold(folds, shuffle=True, random_state=seed)
    parts = [_with_silver(examples, gold[train], gold[test]) for train, test in splitter.split(true, true, groups)]
    return _out_of_fold(estimator, examples, examples.groups, parts, gold)


def leave_one_out(estimator: Any, examples: Examples, held: Sequence[str | None]) -> Predicted:
    """Predict the rows of each value of `held` by a model trained on all others; rows where it is None only train.

    Rows that share a group with a held-out row leave the training part with it. Resampled by row, since the
    held-out wholes are few.
    """
    outer = np.array([h or "" for h in held])
    parts = []
    for value in sorted({h for h in held if h}):
        test = np.flatnonzero(outer == value)
        train = np.flatnonzero(~np.isin(examples.groups, examples.groups[test]))
        parts.append((train, test))
    return _out_of_fold(estimator, examples, np.arange(len(outer)), parts, np.flatnonzero(outer != ""))


def hold_out(estimator: Any, examples: Examples, splits: Sequence[str | None]) -> Predicted:
    """Predict the official test rows by a model trained on those marked train; validation rows are left aside."""
    parts = np.array([split or "" for split in splits])
    train, test = np.flatnonzero(parts == "train"), np.flatnonzero(parts == "test")
    if not len(train) or not len(test):
        raise UsageError(f"an official split needs rows marked train and test; there are {sorted(set(parts))}")
    return _out_of_fold(estimator, examples, np.arange(len(parts)), [(train, test)], test)


def _with_silver(examples: Examples, train: Array, test: Array) -> tuple[Array, Array]:
    """Add to a training part the rows that are no gold and share no group with its test part."""
    silver = np.flatnonzero(~examples.gold & ~np.isin(examples.groups, examples.groups[test]))
    return np.concatenate([train, silver]), test


def _out_of_fold(
    estimator: Any, examples: Examples, groups: Array, parts: Sequence[tuple[Array, Array]], kept: Array
) -> Predicted:
    from joblib import Parallel, delayed

    texts, true, classes = examples.texts, examples.true, len(examples.classes.names)
    folds = Parallel()(
        delayed(fit_predict)(
            clone(estimator), texts[train], true[train], texts[test], classes, groups=examples.groups[train]
        )
        for train, test in parts
    )
    probabilities, majority = np.zeros((len(true), classes)), np.zeros(len(true), dtype=np.int64)
    for (train, test), fold in zip(parts, folds, strict=True):
        probabilities[test] = fold
        majority[test] = np.bincount(true[train], minlength=classes).argmax()
    return Predicted(
        examples.classes, true[kept], probabilities[kept], majority[kept], groups[kept], examples.ids[kept]
    )


def fit(estimator: Any, texts: Any, true: Array, groups: Any) -> Any:
    """Fit an estimator or pipeline, handing the groups to a last step that keeps a validation part of its own."""
    name, last = estimator.steps[-1] if hasattr(estimator, "steps") else ("", estimator)
    if not getattr(last, "fit_takes_groups", False):
        return estimator.fit(texts, true)
    return estimator.fit(texts, true, **{f"{name}__groups" if name else "groups": groups})


def fit_predict(estimator: Any, train: Array, true: Array, test: Array, classes: int, *, groups: Any = None) -> Array:
    """Fit on the training part and return probabilities of the test part over all classes, shape (n, classes)."""
    fit(estimator, train, true, groups)
    probabilities = np.zeros((len(test), classes))
    probabilities[:, estimator.classes_] = estimator.predict_proba(test)
    return probabilities


def score(predicted: Predicted, *, resamples: int = 2000, seed: int = 0) -> Scores:
    """Scores with 95 % percentile intervals from resampling groups with replacement.

    Each group's confusion matrix is counted once; a resample is a weighted sum of them.
    """
    names, labels = predicted.classes.names, predicted.labels
    tables = _group_confusions(predicted.true, labels, predicted.groups, len(names))
    floor = _group_confusions(predicted.true, predicted.majority, predicted.groups, len(names))
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
        return {name: of_class(metric, k) for k, name in enumerate(names)}

    return Scores(
        classes=names,
        macro_f1=interval(macro_f1),
        quadratic_weighted_kappa=interval(quadratic_weighted_kappa) if predicted.classes.ordered else None,
        accuracy=interval(accuracy),
        precision=per_class(precision),
        recall=per_class(recall),
        f1=per_class(f1),
        support={name: int(support[k]) for k, name in enumerate(names)},
        majority_macro_f1=interval(macro_f1, floor),
        majority_accuracy=interval(accuracy, floor),
        family_accuracy=_family_accuracy(predicted.true, labels, predicted.groups, weights),
        confusion=tables.sum(axis=0).astype(int).tolist(),
    )


def _family_accuracy(true: Array, labels: Array, groups: Array, weights: Array) -> Interval | None:
    """Share of contrast families (groups with two labels or more, at most six rows) with every member right."""
    _, codes, sizes = np.unique(groups, return_inverse=True, return_counts=True)
    right = np.ones(len(sizes))
    np.minimum.at(right, codes, (true == labels).astype(float))
    lowest, highest = np.full(len(sizes), true.max()), np.zeros(len(sizes), dtype=true.dtype)
    np.minimum.at(lowest, codes, true)
    np.maximum.at(highest, codes, true)
    contrast = ((lowest != highest) & (sizes <= 6)).astype(float)
    if not contrast.any():
        return None
    draws = (weights @ (right * contrast)) / np.maximum(weights @ contrast, 1)
    low, high = np.percentile(draws, [2.5, 97.5])
    return Interval(float((right * contrast).sum() / contrast.sum()), float(low), float(high), int(contrast.sum()))


def _group_confusions(true: Array, predicted: Array, groups: Array, classes: int) -> Array:
    """Confusion matrix of each group, shape (groups, true, predicted)."""
    _, codes = np.unique(groups, return_inverse=True)
    tables = np.zeros((codes.max() + 1, classes, classes))
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
    """Mean F1 over the classes, (b, true, predicted) to (b,)."""
    mean: Array = f1(confusion).mean(axis=1)
    return mean


def accuracy(confusion: Array) -> Array:
    """Share of rows on the diagonal, (b, true, predicted) to (b,)."""
    return _ratio(np.trace(confusion, axis1=1, axis2=2), confusion.sum(axis=(1, 2)))


def quadratic_weighted_kappa(confusion: Array) -> Array:
    """Cohen's kappa with squared distance on the scale, (b, true, predicted) to (b,).

    Source: Cohen (1968), Psychological Bulletin 70(4). Defined as 0 where no disagreement is expected by chance.
    """
    steps = np.arange(confusion.shape[1])
    weight = (steps[:, None] - steps[None, :]) ** 2
    observed = (confusion * weight).sum(axis=(1, 2))
    chance = confusion.sum(axis=2)[:, :, None] * confusion.sum(axis=1)[:, None, :]
    expected = (chance * weight).sum(axis=(1, 2)) / np.maximum(confusion.sum(axis=(1, 2)), 1)
    return np.where(expected > 0, 1 - _ratio(observed, expected), 0.0)


@dataclass(frozen=True, slots=True)
class Evaluation:
    """Scores overall, by grouped cross-validation or on the official test part, and over the seed articles.

    `seed_articles` leaves one seed article out at a time; None where there are none. `predicted` and `seed_predicted`
    are what the scores were counted on.
    """

    overall: Scores
    seed_articles: Scores | None
    official: bool
    predicted: Predicted = field(repr=False, compare=False)
    seed_predicted: Predicted | None = field(repr=False, compare=False)

    def metrics(self) -> dict[str, Any]:
        """Every number as plain containers, without the predictions."""
        seeds = asdict(self.seed_articles) if self.seed_articles else None
        return {"overall": asdict(self.overall), "seed_articles": seeds, "official": self.official}


def evaluate(
    estimator: Any,
    rows: Sequence[Mapping[str, Any]],
    classes: LabelSet,
    *,
    folds: int,
    resamples: int,
    seed: int,
) -> Evaluation:
    """Evaluate an unfitted estimator on dataset rows (`text`, `label`, `group`, `origin`, `article`, `split`).

    Rows with an official split are trained on their train part and measured on their test part; others are
    cross-validated.
    """
    examples = Examples.of(rows, classes)
    splits = [row.get("split") for row in rows]
    official = any(splits)
    if official:
        overall = hold_out(estimator, examples, splits)
    else:
        overall = cross_validate(estimator, examples, folds=folds, seed=seed)
    articles = [row.get("article") if row.get("origin") == "seed" else None for row in rows]
    seeds = leave_one_out(estimator, examples, articles) if any(articles) and not official else None
    return Evaluation(
        score(overall, resamples=resamples, seed=seed),
        score(seeds, resamples=resamples, seed=seed) if seeds else None,
        official,
        overall,
        seeds,
    )
