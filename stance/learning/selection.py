"""Choose sentences for people to look at: the next ones worth labelling, and labels that are likely wrong."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from stance.errors import ExtraError, UsageError
from stance.learning.evaluation import Array, Examples, cross_validate


@dataclass(frozen=True, slots=True)
class Suspect:
    """A row whose label a cross-validated model finds unlikely, most suspicious first."""

    index: int
    given: str
    suggested: str
    quality: float


def suggest(texts: Sequence[str], probabilities: Array, count: int) -> list[int]:
    """Indices of the next sentences worth labelling: uncertain to the model, and unlike one another.

    Greedy: each pick has the highest product of its entropy and its distance (1 - cosine of TF-IDF vectors) to what
    is picked already. Source: the uncertainty-times-diversity scheme of active learning (Settles 2009).
    """
    from sklearn.feature_extraction.text import TfidfVectorizer

    if not len(texts):
        raise UsageError("there is no sentence to choose from")
    p = np.clip(probabilities, 1e-12, 1)
    entropy = -(p * np.log(p)).sum(axis=1)
    vectors = TfidfVectorizer(sublinear_tf=True).fit_transform(texts)
    distance = np.ones(len(texts))
    picked: list[int] = []
    for _ in range(min(count, len(texts))):
        worth = entropy * distance
        worth[picked] = -np.inf
        best = int(np.argmax(worth))
        picked.append(best)
        similar = np.asarray((vectors @ vectors[best].T).todense()).ravel()
        distance = np.minimum(distance, 1 - similar)
    return picked


def suspect(estimator: Any, examples: Examples, *, folds: int, seed: int) -> list[Suspect]:
    """Likely label errors by confident learning over grouped out-of-fold probabilities, worst first.

    Needs the extra `suspect` (cleanlab). Source: Northcutt, Jiang, Chuang (2021), JAIR 70.
    """
    try:
        from cleanlab.filter import find_label_issues
        from cleanlab.rank import get_label_quality_scores
    except ImportError as error:
        raise ExtraError("finding likely label errors", "suspect", str(error)) from None
    predicted = cross_validate(estimator, examples, folds=folds, seed=seed)
    names = examples.classes.names
    probabilities = predicted.probabilities / predicted.probabilities.sum(axis=1, keepdims=True)
    found = find_label_issues(predicted.true, probabilities, return_indices_ranked_by="self_confidence", n_jobs=1)
    quality = get_label_quality_scores(predicted.true, probabilities)
    gold = np.flatnonzero(examples.gold)
    return [
        Suspect(int(gold[i]), names[predicted.true[i]], names[int(predicted.labels[i])], float(quality[i]))
        for i in found
    ]
