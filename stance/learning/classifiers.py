"""Factories of classifiers, and the pipeline that joins one to its features."""

from typing import Any

from sklearn.dummy import DummyClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline


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
