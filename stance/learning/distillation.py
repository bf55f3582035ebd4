"""Teach a fast student what a slow teacher thinks of text nobody has labelled.

Source: Hinton, Vinyals, Dean (2015), "Distilling the knowledge in a neural network": the student learns the teacher's
probabilities and not its verdicts.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, ClassifierMixin, clone

from stance.learning import pool
from stance.learning.evaluation import fit


class SoftRegression(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """Multinomial logistic regression that learns probabilities, shape (n, classes), as well as class indices.

    The loss is cross-entropy against the target distribution plus an L2 penalty of inverse strength `C`, on the scale
    of scikit-learn's LogisticRegression; minimised by L-BFGS until a step lowers it by less than `tolerance` of itself.
    `X` may be sparse.
    """

    def __init__(self, C: float = 10.0, max_iter: int = 300, tolerance: float = 1e-6) -> None:
        self.C = C
        self.max_iter = max_iter
        self.tolerance = tolerance

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> "SoftRegression":
        """Fit to class indices, shape (n,), or target distributions, shape (n, classes)."""
        from scipy.optimize import minimize

        labels = np.asarray(y)
        if labels.ndim == 1:
            self.classes_, index = np.unique(labels, return_inverse=True)
            targets = np.eye(len(self.classes_))[index]
        else:
            self.classes_, targets = np.arange(labels.shape[1]), labels.astype(float)
        weights = np.ones(len(targets)) if sample_weight is None else np.asarray(sample_weight, dtype=float)
        rows, columns, classes = X.shape[0], X.shape[1], targets.shape[1]
        across = X.T.tocsr() if hasattr(X, "tocsr") else X.T

        def loss(flat: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
            table = flat.reshape(columns + 1, classes)
            logits = X @ table[:-1] + table[-1]
            logits -= logits.max(axis=1, keepdims=True)
            logs = logits - np.log(np.exp(logits).sum(axis=1, keepdims=True))
            misses = (np.exp(logs) * targets.sum(axis=1, keepdims=True) - targets) * weights[:, None]
            gradient = np.empty_like(table)
            gradient[:-1] = across @ misses + table[:-1] / self.C
            gradient[-1] = misses.sum(axis=0)
            value = -(weights[:, None] * targets * logs).sum() + (table[:-1] ** 2).sum() / (2 * self.C)
            return value / rows, gradient.ravel() / rows

        found = minimize(
            loss, np.zeros((columns + 1) * classes), jac=True, method="L-BFGS-B",
            options={"maxiter": self.max_iter, "gtol": self.tolerance, "ftol": self.tolerance},
        )  # fmt: skip
        table = found.x.reshape(columns + 1, classes)
        self.coef_, self.intercept_, self.n_iter_ = table[:-1].T.copy(), table[-1].copy(), int(found.nit)
        return self

    def predict_proba(self, X: Any) -> NDArray[np.float64]:
        """Probability of each class, shape (n, classes)."""
        logits = np.asarray(X @ self.coef_.T + self.intercept_)
        raised = np.exp(logits - logits.max(axis=1, keepdims=True))
        probabilities: NDArray[np.float64] = raised / raised.sum(axis=1, keepdims=True)
        return probabilities

    def predict(self, X: Any) -> NDArray[Any]:
        """Most probable class of each row."""
        predicted: NDArray[Any] = self.classes_[self.predict_proba(X).argmax(axis=1)]
        return predicted


class Distilled(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """Linear student over n-grams of raw texts, taught by a teacher that is fitted inside `fit` and then dropped.

    The teacher is always fitted anew on the rows given, also where it comes from a saved model: in cross-validation it
    never sees the test part. It labels sentences of the pool (see stance.learning.pool; None: no pool) and
    `recombinations` of the rows themselves. The student learns its probabilities, raised to 1 / `temperature`, with
    weight `soft_weight`, and the labels of the rows with weight 1.
    """

    fit_takes_groups = True

    def __init__(
        self,
        teacher: Any,
        features: Any,
        pool: str | None = None,
        pool_size: int = 10000,
        match: str | None = None,
        recombinations: int = 0,
        soft_weight: float = 0.5,
        temperature: float = 1.0,
        C: float = 10.0,
        cache: str | None = None,
        seed: int = 0,
    ) -> None:
        self.teacher = teacher
        self.features = features
        self.pool = pool
        self.pool_size = pool_size
        self.match = match
        self.recombinations = recombinations
        self.soft_weight = soft_weight
        self.temperature = temperature
        self.C = C
        self.cache = cache
        self.seed = seed

    def fit(self, X: Sequence[str], y: Any, groups: Any = None) -> "Distilled":
        """Fit the teacher on the rows, let it label the pool, fit the student on both."""
        texts, labels = np.asarray(X, dtype=object), np.asarray(y)
        unlabelled = self._unlabelled(list(texts))
        teacher = fit(clone(self.teacher), texts, labels, np.arange(len(labels)) if groups is None else groups)
        self.classes_ = np.unique(labels)
        targets = np.eye(len(self.classes_))[np.searchsorted(self.classes_, labels)]
        weights = np.ones(len(labels))
        if unlabelled:
            said = teacher.predict_proba(np.array(unlabelled, dtype=object)) ** (1 / self.temperature)
            targets = np.concatenate([targets, said / said.sum(axis=1, keepdims=True)])
            weights = np.concatenate([weights, np.full(len(said), self.soft_weight)])
        self.features_ = clone(self.features)
        vectors = self.features_.fit_transform([*texts, *unlabelled])
        self.student_ = SoftRegression(C=self.C).fit(vectors, targets, sample_weight=weights)
        self.pool_size_ = len(unlabelled)
        return self

    def _unlabelled(self, texts: list[str]) -> list[str]:
        """Sentences for the teacher to label: of the pool, then recombinations, without the rows themselves."""
        found = (
            pool.sentences(self.pool, count=self.pool_size, match=self.match, cache=self.cache, seed=self.seed)
            if self.pool
            else []
        )
        made = pool.recombined(texts, self.recombinations, self.seed) if self.recombinations else []
        known = set(texts)
        return [text for text in (*found, *made) if text not in known]

    def predict_proba(self, X: Sequence[str]) -> NDArray[np.float64]:
        """Probability of each class by the student, shape (n, classes)."""
        if not len(X):
            return np.zeros((0, len(self.classes_)))
        return self.student_.predict_proba(self.features_.transform(X))

    def predict(self, X: Sequence[str]) -> NDArray[Any]:
        """Most probable class of each text."""
        predicted: NDArray[Any] = self.classes_[self.predict_proba(X).argmax(axis=1)]
        return predicted
