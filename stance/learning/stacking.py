"""Join estimators: average what they say (`Averaged`), or let a small classifier learn whom to believe (`Stacked`).

Scikit-learn's StackingClassifier splits its inner folds without groups, so that one member of a contrast family would
vouch for another; its VotingClassifier averages probabilities, not their logarithms, and passes no groups on.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, ClassifierMixin, clone
from sklearn.model_selection import StratifiedGroupKFold

from stance.errors import UsageError
from stance.learning.classifiers import logistic_regression
from stance.learning.evaluation import fit, fit_predict


class Averaged(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """Classifier of raw texts over class indices 0, 1, ...: the weighted geometric mean of its bases' probabilities.

    `bases` maps names to unfitted estimators over raw texts, `weights` some of these names to their weights (1 where
    none is given, no base is fitted whose weight is 0; only ratios count); probabilities below 1e-4 count as that. A
    fit costs one fit of each base, where `Stacked` costs one more a fold.
    Source: Genest and Zidek (1986), "Combining probability distributions", Statistical Science 1(1) (the logarithmic
    opinion pool).
    """

    fit_takes_groups = True

    def __init__(self, bases: Mapping[str, Any], weights: Mapping[str, float] | None = None) -> None:
        self.bases = bases
        self.weights = weights

    def fit(self, X: Sequence[str], y: Any, groups: Any = None) -> "Averaged":
        """Fit every base on all rows.

        Raises UsageError for weights of unknown bases, below 0 or all 0, and for bases that know other classes.
        """
        self.shares_ = self._shares()
        texts, labels = np.asarray(X, dtype=object), np.asarray(y)
        self.classes_ = np.unique(labels)
        self.fitted_ = {name: fit(clone(self.bases[name]), texts, labels, groups) for name in self.shares_}
        odd = [name for name, base in self.fitted_.items() if list(base.classes_) != list(self.classes_)]
        if odd:
            raise UsageError(f"the bases {odd} know other classes than the rows, {list(self.classes_)}; leave them out")
        return self

    def _shares(self) -> dict[str, float]:
        """Share of each base that has a weight."""
        weights = {**dict.fromkeys(self.bases, 1.0), **(self.weights or {})}
        sound = all(isinstance(weight, int | float) and 0 <= weight < float("inf") for weight in weights.values())
        if not sound or set(weights) - set(self.bases) or not sum(weights.values()):
            raise UsageError(f"weights={weights}: give weights of 0 or more, not all 0, to bases of {list(self.bases)}")
        return {name: weight / sum(weights.values()) for name, weight in weights.items() if weight}

    def predict_proba(self, X: Sequence[str]) -> NDArray[np.float64]:
        """Probability of each class, shape (n, classes)."""
        texts = np.asarray(X, dtype=object)
        if not len(texts):
            return np.zeros((0, len(self.classes_)))
        said = sum(
            share * _logarithms([self.fitted_[name].predict_proba(texts)]) for name, share in self.shares_.items()
        )
        means = np.exp(said)
        probabilities: NDArray[np.float64] = means / means.sum(axis=1, keepdims=True)
        return probabilities

    def predict(self, X: Sequence[str]) -> NDArray[Any]:
        """Most probable class of each text."""
        predicted: NDArray[Any] = self.classes_[self.predict_proba(X).argmax(axis=1)]
        return predicted


class Stacked(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """Classifier of raw texts over class indices 0, 1, ...: logistic regression over its bases' log-probabilities.

    `bases` maps names to unfitted estimators over raw texts. The head learns from out-of-fold probabilities of inner
    folds that part no group; the bases are then fitted again on all rows, so a fit costs `folds` + 1 fits of each.
    Source: Wolpert (1992), "Stacked generalization", Neural Networks 5(2).
    """

    fit_takes_groups = True

    def __init__(
        self,
        bases: Mapping[str, Any],
        folds: int = 3,
        C: float = 1.0,
        class_weight: str | None = None,
        seed: int = 0,
    ) -> None:
        self.bases = bases
        self.folds = folds
        self.C = C
        self.class_weight = class_weight
        self.seed = seed

    def fit(self, X: Sequence[str], y: Any, groups: Any = None) -> "Stacked":
        """Fit the head on out-of-fold probabilities and every base on all rows."""
        texts, labels = np.asarray(X, dtype=object), np.asarray(y)
        kept = np.arange(len(labels)) if groups is None else np.asarray(groups)
        self.classes_ = np.unique(labels)
        said = {name: self._unseen(base, texts, labels, kept) for name, base in self.bases.items()}
        self.head_ = logistic_regression(C=self.C, class_weight=self.class_weight, seed=self.seed)
        self.head_.fit(_logarithms(said.values()), labels)
        self.fitted_ = {name: fit(clone(base), texts, labels, kept) for name, base in self.bases.items()}
        return self

    def _unseen(self, base: Any, texts: Any, labels: NDArray[Any], groups: Any) -> NDArray[np.float64]:
        """Probabilities of each row by a clone of the base fitted on the folds without its group."""
        said = np.zeros((len(labels), len(self.classes_)))
        splitter = StratifiedGroupKFold(self.folds, shuffle=True, random_state=self.seed)
        highest = int(self.classes_.max()) + 1
        for train, test in splitter.split(texts, labels, groups):
            rows = fit_predict(clone(base), texts[train], labels[train], texts[test], highest, groups=groups[train])
            said[test] = rows[:, self.classes_]
        return said

    def predict_proba(self, X: Sequence[str]) -> NDArray[np.float64]:
        """Probability of each class, shape (n, classes)."""
        texts = np.asarray(X, dtype=object)
        if not len(texts):
            return np.zeros((0, len(self.classes_)))
        said = [base.predict_proba(texts) for base in self.fitted_.values()]
        probabilities: NDArray[np.float64] = self.head_.predict_proba(_logarithms(said))
        return probabilities

    def predict(self, X: Sequence[str]) -> NDArray[Any]:
        """Most probable class of each text."""
        predicted: NDArray[Any] = self.classes_[self.predict_proba(X).argmax(axis=1)]
        return predicted

    @property
    def weights_(self) -> dict[str, float]:
        """Sum of the head's absolute coefficients for each base: how much it is listened to."""
        parts = np.split(np.abs(self.head_.coef_).sum(axis=0), len(self.bases))
        return {name: float(part.sum()) for name, part in zip(self.bases, parts, strict=True)}


def _logarithms(said: Any) -> NDArray[np.float64]:
    """Log-probabilities of every base side by side, floored so that certainty stays finite."""
    logarithms: NDArray[np.float64] = np.log(np.clip(np.concatenate(list(said), axis=1), 1e-4, 1))
    return logarithms
