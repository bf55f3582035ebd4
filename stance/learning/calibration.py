"""Calibrate probabilities and turn them into sets of stances that hold the true one as often as stated.

Needs numpy alone, since services calibrate too.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from stance.errors import UsageError

Array = NDArray[Any]


def sharpen(probabilities: Array, temperature: float) -> Array:
    """Softmax of log-probabilities divided by the temperature, shape as given; above 1 softens, below sharpens."""
    if temperature == 1:
        return probabilities
    scaled = np.log(np.clip(probabilities, 1e-12, 1)) / temperature
    raised = np.exp(scaled - scaled.max(axis=1, keepdims=True))
    result: Array = raised / raised.sum(axis=1, keepdims=True)
    return result


def fit_temperature(probabilities: Array, true: Array) -> float:
    """Temperature that minimises the log loss of held-out probabilities, by golden-section search in [0.05, 20].

    Source: Guo, Pleiss, Sun, Weinberger (2017), "On calibration of modern neural networks", ICML.
    """
    rows = np.arange(len(true))

    def loss(logarithm: float) -> float:
        calibrated = sharpen(probabilities, float(np.exp(logarithm)))
        return float(-np.log(np.clip(calibrated[rows, true], 1e-12, 1)).mean())

    low, high = np.log(0.05), np.log(20.0)
    golden = (np.sqrt(5) - 1) / 2
    for _ in range(40):
        left, right = high - golden * (high - low), low + golden * (high - low)
        if loss(left) < loss(right):
            high = right
        else:
            low = left
    return float(np.exp((low + high) / 2))


def move(probabilities: Array, learnt: Array, expected: Array) -> Array:
    """Probabilities as they would be if classes came in the shares expected and not in those learnt, shape as given.

    `learnt` and `expected` have shape (classes,) or (n, classes). Source: Saerens, Latinne, Decaestecker (2002),
    "Adjusting the outputs of a classifier to new a priori probabilities", Neural Computation 14(1), eq. 2.4.
    """
    weighed = probabilities * (expected / np.maximum(learnt, 1e-12))
    result: Array = weighed / weighed.sum(axis=1, keepdims=True)
    return result


def nonconformity(probabilities: Array) -> Array:
    """How far each class is from being predicted, shape (n, classes), 0 for the most probable one.

    A set is grown from the most probable class toward its likelier neighbour; a class's score is the mass gathered
    before it joins. The classes under any bound are therefore neighbours on the scale. Source: Lu,
    Angelopoulos, Pomerantz (2022), "Improving trustworthiness of AI disease severity rating", MICCAI.
    """
    n, classes = probabilities.shape
    scores = np.zeros((n, classes))
    low = high = probabilities.argmax(axis=1)
    mass, rows = probabilities[np.arange(n), low].copy(), np.arange(n)
    for _ in range(classes - 1):
        below = np.where(low > 0, probabilities[rows, np.maximum(low - 1, 0)], -1.0)
        above = np.where(high < classes - 1, probabilities[rows, np.minimum(high + 1, classes - 1)], -1.0)
        down = below >= above
        joined = np.where(down, low - 1, high + 1)
        scores[rows, joined] = mass
        mass += probabilities[rows, joined]
        low, high = np.where(down, low - 1, low), np.where(down, high, high + 1)
    return scores


def threshold(scores: Array, coverage: float) -> float:
    """Bound under which a new row's true class lies with the stated probability; 1 (every class) for too few rows.

    The ceil((n + 1) coverage)-th smallest score of n calibration rows. Source: Vovk, Gammerman, Shafer (2005).
    """
    rank = int(np.ceil((len(scores) + 1) * coverage))
    return 1.0 if rank > len(scores) else float(np.sort(scores)[rank - 1])


ALL = "all"
ROUNDING = 1e-9


@dataclass(frozen=True, slots=True)
class Calibration:
    """What held-out rows taught: a temperature, and bounds of ordinal prediction sets by kind of holder.

    `thresholds` has one bound for each kind seen (Mondrian: each kind is covered on its own) and one for `all`. A
    kind without a bound takes the widest there is. `shares` are those of the classes among the held-out rows, which
    calibrated probabilities take for granted.
    """

    temperature: float
    coverage: float
    thresholds: Mapping[str, float]
    n: int
    shares: tuple[float, ...] = ()

    @classmethod
    def fit(
        cls, probabilities: Array, true: Array, kinds: Sequence[str | None] | None = None, *, coverage: float = 0.9
    ) -> "Calibration":
        """Learn from held-out probabilities (n, classes), true indices (n,) and kinds of holder (n,)."""
        if not 0.5 <= coverage < 1:
            raise UsageError(f"coverage is {coverage}; it must be at least 0.5 and below 1, as in coverage=0.9")
        temperature = fit_temperature(probabilities, true)
        reached = nonconformity(sharpen(probabilities, temperature))[np.arange(len(true)), true]
        named = np.array([kind or "" for kind in kinds] if kinds is not None else [""] * len(true))
        bounds = {kind: threshold(reached[named == kind], coverage) for kind in sorted(set(named) - {""})}
        shares = tuple(float(share) for share in np.bincount(true, minlength=probabilities.shape[1]) / len(true))
        return cls(temperature, coverage, {**bounds, ALL: threshold(reached, coverage)}, len(true), shares)

    @classmethod
    def of(cls, record: Mapping[str, Any]) -> "Calibration":
        """Read back what `dataclasses.asdict` wrote."""
        shares = tuple(record.get("shares", ()))
        return cls(record["temperature"], record["coverage"], dict(record["thresholds"]), record["n"], shares)

    def apply(self, probabilities: Array) -> Array:
        """Calibrated probabilities, shape (n, classes)."""
        return sharpen(probabilities, self.temperature)

    def expecting(self, calibrated: Array, shares: Array) -> Array:
        """Calibrated probabilities moved to other shares of the classes, of shape (classes,) or (n, classes)."""
        return move(calibrated, np.array(self.shares), shares)

    def sets(self, calibrated: Array, kinds: Sequence[str | None] | None = None) -> Array:
        """Whether each class belongs to a row's set, shape (n, classes); always neighbours on the scale, never none.

        `kinds` None covers over all rows together; otherwise each kind has its own bound.
        """
        if kinds is None:
            bounds = np.full(len(calibrated), self.thresholds[ALL])
        else:
            widest = max(self.thresholds.values())
            bounds = np.array([self.thresholds.get(kind or "", widest) for kind in kinds])
        inside: Array = nonconformity(calibrated) <= bounds[:, None] + ROUNDING
        return inside
