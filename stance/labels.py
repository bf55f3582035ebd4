"""The ordered scale of stance, and the one number that summarises a distribution over it."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from stance.errors import ChoiceError


class Stance(StrEnum):
    """Stance of a holder toward the target, from most distant to most supportive."""

    DISTANCING = "distancing"
    NEUTRAL = "neutral"
    SUPPORTIVE = "supportive"

    @property
    def score(self) -> int:
        """Position on the scale: -1, 0 or +1."""
        return ORDER.index(self) - 1

    @classmethod
    def parse(cls, value: str) -> "Stance":
        """Read a label, or raise ChoiceError naming the three that exist.

        >>> Stance.parse("neutral")
        <Stance.NEUTRAL: 'neutral'>
        """
        try:
            return cls(value)
        except ValueError:
            raise ChoiceError("label", str(value), ORDER) from None


ORDER: tuple[Stance, ...] = (Stance.DISTANCING, Stance.NEUTRAL, Stance.SUPPORTIVE)
"""The scale in order; every probability row and confusion matrix of the package is laid out along it."""

NAMES: tuple[str, ...] = tuple(label.value for label in ORDER)


@dataclass(frozen=True, slots=True)
class LabelSet:
    """The classes of a dataset, in order; `ordered` says whether that order is a scale."""

    names: tuple[str, ...]
    ordered: bool

    def index(self, label: str) -> int:
        """Position of a label; raises ChoiceError naming those that exist."""
        if label not in self.names:
            raise ChoiceError("label", label, self.names)
        return self.names.index(label)


STANCES = LabelSet(NAMES, ordered=True)
"""The label set of the shipped data."""

MOSCOW = "Moscow"
"""The target of the shipped labels."""

SEVERAL, UNNAMED = "several targets", "a target not named"
"""What stands for the target of rows that name more than one, or none."""


def expected_score(probabilities: Sequence[float]) -> float:
    """Expected stance in [-1, 1] of one distribution over ORDER.

    >>> expected_score([0.25, 0.5, 0.25])
    0.0
    """
    return float(sum(p * label.score for p, label in zip(probabilities, ORDER, strict=True)))
