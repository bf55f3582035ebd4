"""Metrics of classification along an ordered scale, from stacks of confusion matrices or from probabilities.

Functions of a confusion matrix take a stack of shape (b, true, predicted) and return (b,) or (b, classes), so that a
bootstrap computes all of its resamples at once. Functions of rows return one number a row.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]


def _ratio(above: Array, below: Array) -> Array:
    """Quotient that is 0 where the denominator is, the usual convention for an F1 without predictions."""
    quotient: Array = np.divide(above, below, out=np.zeros_like(above, dtype=float), where=below > 0)
    return quotient


def precision(confusion: Array) -> Array:
    """Precision per class, (b, true, predicted) to (b, classes)."""
    return _ratio(np.diagonal(confusion, axis1=1, axis2=2).copy(), confusion.sum(axis=1))


def recall(confusion: Array) -> Array:
    """Recall per class, (b, true, predicted) to (b, classes)."""
    return _ratio(np.diagonal(confusion, axis1=1, axis2=2).copy(), confusion.sum(axis=2))


def f1(confusion: Array) -> Array:
    """F1 per class, (b, true, predicted) to (b, classes)."""
    hits = np.diagonal(confusion, axis1=1, axis2=2)
    return _ratio(2 * hits, confusion.sum(axis=1) + confusion.sum(axis=2))


def macro_f1(confusion: Array) -> Array:
    """Mean F1 over the classes, (b, true, predicted) to (b,)."""
    mean: Array = f1(confusion).mean(axis=1)
    return mean


def ends_f1(confusion: Array) -> Array:
    """Mean F1 of the two ends of the scale (favour and against), (b, true, predicted) to (b,).

    Source: Mohammad et al. (2016), SemEval-2016 Task 6, where it is the official metric.
    """
    mean: Array = f1(confusion)[:, [0, -1]].mean(axis=1)
    return mean


def accuracy(confusion: Array) -> Array:
    """Share of rows on the diagonal, (b, true, predicted) to (b,)."""
    return _ratio(np.trace(confusion, axis1=1, axis2=2), confusion.sum(axis=(1, 2)))


def _distance(classes: int) -> Array:
    steps = np.arange(classes)
    distance: Array = np.abs(steps[:, None] - steps[None, :])
    return distance


def quadratic_weighted_kappa(confusion: Array) -> Array:
    """Cohen's kappa with squared distance on the scale, (b, true, predicted) to (b,).

    Source: Cohen (1968), Psychological Bulletin 70(4). Defined as 0 where no disagreement is expected by chance.
    """
    weight = _distance(confusion.shape[1]) ** 2
    observed = (confusion * weight).sum(axis=(1, 2))
    chance = confusion.sum(axis=2)[:, :, None] * confusion.sum(axis=1)[:, None, :]
    expected = (chance * weight).sum(axis=(1, 2)) / np.maximum(confusion.sum(axis=(1, 2)), 1)
    return np.where(expected > 0, 1 - _ratio(observed, expected), 0.0)


def amae(confusion: Array) -> Array:
    """Mean absolute error in steps of the scale, averaged over the true classes that occur, (b, ...) to (b,).

    Source: Baccianella, Esuli, Sebastiani (2009), "Evaluation measures for ordinal regression", ISDA.
    """
    support = confusion.sum(axis=2)
    errors = _ratio((confusion * _distance(confusion.shape[1])).sum(axis=2), support)
    return _ratio(errors.sum(axis=1), (support > 0).sum(axis=1).astype(float))


def flip_rate(confusion: Array) -> Array:
    """Share of the rows at one end of the scale that were put at the other, (b, true, predicted) to (b,)."""
    flipped = confusion[:, 0, -1] + confusion[:, -1, 0]
    return _ratio(flipped, confusion[:, [0, -1]].sum(axis=(1, 2)))


def ranked_probability_score(true: Array, probabilities: Array) -> Array:
    """Squared distance of cumulative distributions over the K - 1 steps of the scale, in [0, 1], shape (n,).

    0 is a certain and right prediction, 1 a certain one at the wrong end. Source: Epstein (1969), Journal of Applied
    Meteorology 8.
    """
    reached = (true[:, None] <= np.arange(probabilities.shape[1])[None, :]).astype(float)
    gaps = (probabilities.cumsum(axis=1) - reached)[:, :-1]
    score: Array = (gaps**2).mean(axis=1)
    return score


def log_loss(true: Array, probabilities: Array) -> Array:
    """Negative natural logarithm of the true class's probability (at least 1e-12), shape (n,)."""
    loss: Array = -np.log(np.clip(probabilities[np.arange(len(true)), true], 1e-12, 1))
    return loss


def confidence_bins(confidence: Array, bins: int) -> Array:
    """Index of the bin of each confidence, bins holding about the same number of rows; ties stay together."""
    edges = np.unique(np.quantile(confidence, np.linspace(0, 1, bins + 1)[1:-1], method="higher"))
    index: Array = np.searchsorted(edges, confidence, side="right")
    return index


def calibration_error(counts: Array, confidence: Array, hits: Array) -> Array:
    """Expected calibration error of the top label from sums over bins, each (b, bins), to (b,).

    The mean distance of confidence and accuracy, each bin weighted by its rows. Source: Naeini, Cooper, Hauskrecht
    (2015), AAAI, here with bins of equal size.
    """
    return _ratio(np.abs(confidence - hits).sum(axis=1), counts.sum(axis=1))
