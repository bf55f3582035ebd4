"""Agreement between independent annotation passes."""

from collections.abc import Hashable, Sequence

import numpy as np

from stance.labels import NAMES
from stance.records import Interval, LabelledSentence


def ordinal_alpha(
    passes: Sequence[Sequence[str]], groups: Sequence[Hashable], *, resamples: int = 1000, seed: int = 0
) -> Interval:
    """Krippendorff's alpha for the ordered scale, with a bootstrap interval over groups.

    `passes` holds one list of labels per annotator, all over the same units; `groups` names the unit of
    resampling (family, article), since sentences written together are not independent.
    Source: Krippendorff, Content Analysis (4th ed., 2018), ch. 12; package `krippendorff`.
    """
    import krippendorff

    coded = np.array([[NAMES.index(label) for label in labels] for labels in passes])
    _, codes = np.unique(np.asarray([str(group) for group in groups]), return_inverse=True)
    members = [np.flatnonzero(codes == code) for code in range(codes.max() + 1)]

    def alpha(columns: np.ndarray) -> float:
        sample = coded[:, columns]
        if len(np.unique(sample)) < 2:
            return float("nan")
        return float(krippendorff.alpha(sample, level_of_measurement="ordinal", value_domain=range(len(NAMES))))

    random = np.random.default_rng(seed)
    draws = [
        alpha(np.concatenate([members[i] for i in random.integers(len(members), size=len(members))]))
        for _ in range(resamples)
    ]
    low, high = np.nanpercentile(draws, [2.5, 97.5])
    return Interval(alpha(np.arange(coded.shape[1])), float(low), float(high), coded.shape[1])


def agreement(rows: Sequence[LabelledSentence], *, resamples: int = 1000, seed: int = 0) -> Interval:
    """Ordinal alpha of the first two passes of labelled rows.

    Families of authored sentences are resampled as wholes; of seed articles there are too few for that, so their
    sentences are the units.
    """
    both = [row for row in rows if len(row.annotators) >= 2]
    groups = [row.family if row.origin == "authored" else row.id for row in both]
    passes = [[row.annotators[k] for row in both] for k in (0, 1)]
    return ordinal_alpha(passes, groups, resamples=resamples, seed=seed)
