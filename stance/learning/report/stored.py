"""Read the plain data of stored results: numbers that may be undefined, and the labels in their order."""

from collections.abc import Mapping
from math import isfinite
from typing import Any

from stance.learning.report.blocks import Cell, Label, Named
from stance.learning.scoring import SMALL
from stance.records import Interval

Data = Mapping[str, Any]

VALUE = "value [95% interval]"
BRACKETS = "[95% interval]"


def interval(found: Data | None) -> Interval | None:
    """The interval, or None where a number is not defined."""
    if found is None or not all(isfinite(found[key]) for key in ("value", "low", "high")):
        return None
    return Interval(found["value"], found["low"], found["high"], found["n"])


def labels_of(scores: Data) -> list[Label]:
    """The classes in order, with their places where that order is a scale."""
    names = scores["classes"]
    if scores["ranked_probability_score"] is None or len(names) < 2:
        return [Label(name) for name in names]
    return [Label(name, 2 * k / (len(names) - 1) - 1) for k, name in enumerate(names)]


def sized(name: str, n: int) -> Cell:
    """A name, marked where few rows stand behind it."""
    return Named(name, f"n < {SMALL}: an anecdote") if n < SMALL else name
