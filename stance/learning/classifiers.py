"""Factories of classifiers, and the pipeline that joins one to its features."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.calibration import CalibratedClassifierCV
from sklearn.dummy import DummyClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline
from sklearn.svm import LinearSVC

from stance.errors import UsageError


def logistic_regression(
    *,
    C: float = 10.0,
    class_weight: str | None = "balanced",
    max_iter: int = 2000,
    seed: int = 0,
) -> LogisticRegression:
    """Multinomial logistic regression; `C` is the inverse strength of its L2 penalty, as in scikit-learn."""
    return LogisticRegression(C=C, class_weight=class_weight, max_iter=max_iter, random_state=seed)


def majority() -> DummyClassifier:
    """Always the most frequent class of the training rows: the floor every other classifier stands on."""
    return DummyClassifier(strategy="prior")


def pipeline(features: Any, classifier: Any) -> Pipeline:
    """Join an unfitted feature extractor and an unfitted classifier into one estimator over raw texts."""
    return Pipeline([("features", features), ("classifier", classifier)])


def linear_svm(*, C: float = 0.3, class_weight: str | None = "balanced", seed: int = 0) -> CalibratedClassifierCV:
    """Linear support vector machine, its margins turned into probabilities by Platt scaling on three inner folds."""
    return CalibratedClassifierCV(LinearSVC(C=C, class_weight=class_weight, random_state=seed), method="sigmoid", cv=3)


class OrdinalLogistic(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """Ordinal classifier over classes 0 < 1 < ...: one logistic regression a threshold, P(y > k).

    Probabilities are differences of the thresholds', which are first made to fall along the scale.
    Source: Frank and Hall (2001), "A simple approach to ordinal classification", ECML.
    """

    def __init__(
        self, C: float = 10.0, class_weight: str | None = "balanced", max_iter: int = 2000, seed: int = 0
    ) -> None:
        self.C = C
        self.class_weight = class_weight
        self.max_iter = max_iter
        self.seed = seed

    def fit(self, X: Any, y: Any) -> "OrdinalLogistic":
        """Fit one binary model for each pair of neighbouring classes; y holds class indices."""
        self.classes_ = np.unique(y)
        self.thresholds_ = [
            logistic_regression(C=self.C, class_weight=self.class_weight, max_iter=self.max_iter, seed=self.seed).fit(
                X, y > k
            )
            for k in self.classes_[:-1]
        ]
        return self

    def predict_proba(self, X: Any) -> NDArray[np.float64]:
        """Probability of each class, shape (n, classes)."""
        above = np.stack([model.predict_proba(X)[:, 1] for model in self.thresholds_], axis=1)
        above = np.minimum.accumulate(above, axis=1)
        edges = np.concatenate([np.ones((len(above), 1)), above, np.zeros((len(above), 1))], axis=1)
        probabilities: NDArray[np.float64] = -np.diff(edges, axis=1)
        return probabilities

    def predict(self, X: Any) -> NDArray[Any]:
        """Most probable class of each row."""
        predicted: NDArray[Any] = self.classes_[self.predict_proba(X).argmax(axis=1)]
        return predicted


SUPPORTIVE_WORDS = (
    "thank", "friend", "ally", "brother", "support", "stand with", "partner", "right to", "defend", "liberat",
    "gratitude", "side by side", "welcome", "cooperat", "lift sanctions", "legitimate",
)  # fmt: skip
DISTANCING_WORDS = (
    "condemn", "aggress", "invasion", "illegal", "occup", "annex", "sanction", "withdraw", "refus", "unprovoked",
    "sovereign", "territorial integrity", "war crime", "violat", "reject", "denounc",
)  # fmt: skip


class Lexicon(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """Classifier of raw texts by seed words, written down once and not tuned on any data: the keyword reading.

    The side with more of its words wins; a tie is neutral. `fit` only learns how often each verdict is right.
    Needs the classes 0, 1, 2 along the scale.
    """

    def fit(self, X: Any, y: Any) -> "Lexicon":
        """Count, for each verdict, the true classes of the training rows; raises UsageError for other classes."""
        self.classes_ = np.arange(3)
        if not np.isin(y, self.classes_).all() or int(np.max(y)) != 2:
            raise UsageError("the lexicon tells three labels along a scale; train another experiment on these labels")
        counts = np.ones((3, 3))
        np.add.at(counts, (self._verdicts(X), np.asarray(y)), 1)
        self.shares_ = counts / counts.sum(axis=1, keepdims=True)
        return self

    @staticmethod
    def _verdicts(texts: Any) -> NDArray[np.int64]:
        def verdict(text: str) -> int:
            low = text.lower()
            lead = sum(word in low for word in SUPPORTIVE_WORDS) - sum(word in low for word in DISTANCING_WORDS)
            return 1 + (lead > 0) - (lead < 0)

        return np.array([verdict(text) for text in texts], dtype=np.int64)

    def predict_proba(self, X: Any) -> NDArray[np.float64]:
        """Probability of each class, shape (n, 3): the verdict's with most weight, whatever the shares learnt."""
        verdicts = self._verdicts(X)
        probabilities: NDArray[np.float64] = 0.5 * np.eye(3)[verdicts] + 0.5 * self.shares_[verdicts]
        return probabilities

    def predict(self, X: Any) -> NDArray[Any]:
        """The verdict of the words."""
        return self._verdicts(X)
