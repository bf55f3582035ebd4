"""Agreement of scores with votes: rank correlation, AUC and shares, with intervals from resampling countries."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from stance.records import Interval

if TYPE_CHECKING:
    from numpy.typing import NDArray

YES = -0.5
"""A country votes yes in a year if its mean vote lies below: nearer to yes (-1) than to abstaining (0)."""


@dataclass(frozen=True, slots=True)
class Agreement:
    """How scores go with votes over `n` country-years of `countries` countries, `yes` of which are yes votes.

    `spearman` is the rank correlation of score and mean vote, `auc` the chance that a country-year of a yes vote
    has a lower score than one of another vote. None where undefined: fewer than three, or one value alone.
    """

    spearman: Interval | None
    auc: Interval | None
    n: int
    countries: int
    yes: int


AHEAD, BEHIND, LEVEL = "ahead", "behind", "cannot be told apart"


@dataclass(frozen=True, slots=True)
class Difference:
    """How much better one set of scores goes with votes than another, over the same `n` country-years.

    `verdict` is that of `spearman`: LEVEL unless its whole interval lies on one side of 0.
    """

    spearman: Interval | None
    auc: Interval | None
    n: int
    countries: int

    @property
    def verdict(self) -> str:
        """Whether the first scores are ahead of the others or behind, or cannot be told apart from them."""
        found = self.spearman
        return AHEAD if found and found.low > 0 else BEHIND if found and found.high < 0 else LEVEL


def agree(
    countries: Sequence[str], scores: Sequence[float], votes: Sequence[float], *, resamples: int, seed: int
) -> Agreement:
    """Agreement over country-years in parallel sequences, with 95 % percentile intervals.

    Countries are resampled whole, since the years of one country are not independent.
    """
    import numpy as np

    score, vote = np.asarray(scores, dtype=float), np.asarray(votes, dtype=float)
    draws = _resampled(countries, resamples, seed)
    return Agreement(
        spearman=_interval(lambda rows: spearman(score[rows], vote[rows]), draws, len(score)),
        auc=_interval(lambda rows: auc(-score[rows], vote[rows] < YES), draws, len(score)),
        n=len(score),
        countries=len(set(countries)),
        yes=int((vote < YES).sum()),
    )


def differ(
    countries: Sequence[str], scores: Sequence[float], others: Sequence[float], votes: Sequence[float],
    *, resamples: int, seed: int,
) -> Difference:  # fmt: skip
    """How much better `scores` go with votes than `others` of the same country-years; countries resampled in pairs."""
    import numpy as np

    ours, theirs, vote = (np.asarray(values, dtype=float) for values in (scores, others, votes))
    draws = _resampled(countries, resamples, seed)

    def between(measure: "Callable[[NDArray[Any], NDArray[Any]], float | None]") -> Interval | None:
        def gap(rows: "NDArray[Any]") -> float | None:
            one, other = measure(ours[rows], vote[rows]), measure(theirs[rows], vote[rows])
            return None if one is None or other is None else one - other

        return _interval(gap, draws, len(ours))

    return Difference(
        spearman=between(spearman),
        auc=between(lambda score, vote: auc(-score, vote < YES)),
        n=len(ours),
        countries=len(set(countries)),
    )


def share(countries: Sequence[str], hits: Sequence[bool], *, resamples: int, seed: int) -> Interval | None:
    """Share of country-years that hit, with a 95 % interval from resampling countries; None of none."""
    import numpy as np

    values = np.asarray(hits, dtype=float)
    return _interval(
        lambda rows: float(values[rows].mean()) if len(rows) else None,
        _resampled(countries, resamples, seed),
        len(values),
    )


def spearman(scores: "NDArray[Any]", votes: "NDArray[Any]") -> float | None:
    """Rank correlation with mid-ranks for ties; None for fewer than three or for one value alone."""
    import numpy as np
    from scipy.stats import rankdata

    if len(scores) < 3 or np.ptp(scores) == 0 or np.ptp(votes) == 0:
        return None
    return float(np.corrcoef(rankdata(scores), rankdata(votes))[0, 1])


def auc(scores: "NDArray[Any]", positive: "NDArray[Any]") -> float | None:
    """Area under the ROC curve by ranks, ties counted half; None where one class is missing."""
    from scipy.stats import rankdata

    n = int(positive.sum())
    if not 0 < n < len(positive):
        return None
    return float((rankdata(scores)[positive].sum() - n * (n + 1) / 2) / (n * (len(positive) - n)))


def _resampled(countries: Sequence[str], resamples: int, seed: int) -> "list[NDArray[Any]]":
    """Row indices of each resample, countries drawn with replacement; the first is all rows as they are."""
    import numpy as np

    random = np.random.default_rng(seed)
    _, codes = np.unique(np.asarray(countries, dtype=object).astype(str), return_inverse=True)
    if not len(codes):
        return [np.zeros(0, dtype=int)]
    members = [np.flatnonzero(codes == k) for k in range(codes.max() + 1)]
    draws = random.integers(len(members), size=(resamples, len(members)))
    return [np.arange(len(codes)), *(np.concatenate([members[k] for k in draw]) for draw in draws)]


def _interval(
    measure: "Callable[[NDArray[Any]], float | None]", draws: "list[NDArray[Any]]", n: int
) -> Interval | None:
    import numpy as np

    value = measure(draws[0])
    if value is None:
        return None
    found = [x for x in map(measure, draws[1:]) if x is not None]
    low, high = np.percentile(found, [2.5, 97.5]) if found else (float("nan"), float("nan"))
    return Interval(value, float(low), float(high), n)
