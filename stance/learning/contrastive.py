"""Pull sentences of one class together and push apart those of another, then classify; needs the extra `encoder`.

Source: Tunstall et al. (2022), "Efficient few-shot learning without prompts" (SetFit), which trains an encoder on
pairs by their cosine similarity and puts a logistic regression on top. SetFit encodes two sentences for every pair;
here a batch is encoded once and every pair within it is used, which on a CPU buys many more pairs for the same time.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import ClassifierMixin

from stance.learning import networks
from stance.learning.classifiers import logistic_regression


class Contrastive(ClassifierMixin, networks.KeepsNetwork):  # type: ignore[misc]
    """Classifier of raw texts over class indices: an encoder tuned on contrasts, logistic regression on its vectors.

    Pairs of one class are to have the cosine similarity 1, of two classes 0. Members of a group stand side by side, so
    that most share a batch, and their pairs with different labels (the members of a contrast family) weigh
    `hard_weight` times as much: they share their words and differ in what matters. `frozen` leaves the embeddings and
    so many of the lowest layers as they were.
    """

    fit_takes_groups = True

    def __init__(
        self,
        model: str,
        epochs: int = 2,
        learning_rate: float = 5e-5,
        batch_size: int = 32,
        max_length: int = 96,
        hard_weight: float = 4.0,
        dropout: float | None = None,
        frozen: int | None = None,
        C: float = 1.0,
        class_weight: str | None = "balanced",
        device: str | None = None,
        seed: int = 0,
    ) -> None:
        self.model = model
        self.epochs = epochs
        self.learning_rate = learning_rate
        self.batch_size = batch_size
        self.max_length = max_length
        self.hard_weight = hard_weight
        self.dropout = dropout
        self.frozen = frozen
        self.C = C
        self.class_weight = class_weight
        self.device = device
        self.seed = seed

    def fit(self, X: Sequence[str], y: Any, groups: Any = None) -> "Contrastive":
        """Tune the encoder on the pairs of every batch, then fit the head on all rows."""
        torch, transformers = networks.libraries("contrastive tuning")
        transformers.set_seed(self.seed)
        labels = np.asarray(y)
        families = np.arange(len(labels)) if groups is None else np.unique(np.asarray(groups), return_inverse=True)[1]
        self._tokenizer, self._network = networks.load(self.model, dropout=self.dropout)
        self._network.to(networks.device_of(torch, self.device))
        networks.freeze(self._network, self.frozen)
        self._tune(torch, transformers, networks.token_ids(self._tokenizer, X, self.max_length), labels, families)
        self.head_ = logistic_regression(C=self.C, class_weight=self.class_weight, seed=self.seed)
        self.head_.fit(self.transform(X), labels)
        self.classes_ = self.head_.classes_
        return self

    def _tune(
        self, torch: Any, transformers: Any, ids: list[list[int]], labels: NDArray[Any], families: NDArray[Any]
    ) -> None:
        optimiser = networks.optimiser(torch, self._network, learning_rate=self.learning_rate)
        steps = self.epochs * -(-len(ids) // self.batch_size)
        schedule = transformers.get_linear_schedule_with_warmup(optimiser, steps // 10, steps)
        draw, lengths = np.random.default_rng(self.seed), [len(i) for i in ids]
        self.history_: list[float] = []
        for _ in range(self.epochs):
            self._network.train()
            losses = []
            for batch in networks.batches(lengths, self.batch_size, draw, groups=families):
                loss = self._loss(torch, self._vectors([ids[i] for i in batch]), labels[batch], families[batch])
                losses.append(networks.step(torch, loss, optimiser, schedule))
            self.history_.append(float(np.mean(losses)))

    def _loss(self, torch: Any, vectors: Any, labels: NDArray[Any], families: NDArray[Any]) -> Any:
        """Weighted mean squared error of the cosine similarities of all pairs of a batch.

        Pairs of one class and pairs of two weigh the same in sum, whatever their number.
        """
        same = labels[:, None] == labels[None, :]
        kin = families[:, None] == families[None, :]
        weights = np.where(kin & ~same, self.hard_weight, 1.0)
        np.fill_diagonal(weights, 0.0)
        for side in (same, ~same):
            weights = np.where(side, weights / max(weights[side].sum(), 1.0), weights)
        wanted = torch.as_tensor(same, dtype=vectors.dtype, device=vectors.device)
        share = torch.as_tensor(weights / 2, dtype=vectors.dtype, device=vectors.device)
        return (share * (vectors @ vectors.T - wanted) ** 2).sum()

    def _vectors(self, ids: list[list[int]]) -> Any:
        """Unit vectors of one batch: the mean over its tokens, normalised."""
        batch = networks.padded(self._tokenizer, ids, self._network.device)
        return unit(networks.mean_over_tokens(self._network(**batch).last_hidden_state, batch["attention_mask"]))

    def transform(self, X: Sequence[str]) -> NDArray[np.float32]:
        """Vectors of texts by the tuned encoder, of length 1."""
        torch, _ = networks.libraries("a contrastively tuned model")
        self._network.to(networks.device_of(torch, self.device)).eval()
        ids = networks.token_ids(self._tokenizer, X, self.max_length) if len(X) else []
        vectors = np.zeros((len(ids), self._network.config.hidden_size), dtype=np.float32)
        with torch.inference_mode():
            for batch in networks.batches([len(i) for i in ids], 64):
                vectors[batch] = self._vectors([ids[i] for i in batch]).float().cpu().numpy()
        return vectors

    def predict_proba(self, X: Sequence[str]) -> NDArray[np.float64]:
        """Probability of each class, shape (n, classes)."""
        if not len(X):
            return np.zeros((0, len(self.classes_)))
        probabilities: NDArray[np.float64] = self.head_.predict_proba(self.transform(X))
        return probabilities

    def predict(self, X: Sequence[str]) -> NDArray[Any]:
        """Most probable class of each text."""
        predicted: NDArray[Any] = self.classes_[self.predict_proba(X).argmax(axis=1)]
        return predicted


def unit(vectors: Any) -> Any:
    """Torch vectors scaled to length 1."""
    return vectors / vectors.norm(dim=1, keepdim=True).clamp_min(1e-12)
