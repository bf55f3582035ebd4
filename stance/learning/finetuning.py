"""Fine-tune a small transformer as a classifier; needs the extra `encoder` (torch, transformers).

A plain training loop: AdamW with linear warm-up and decay, a loss that adds the squared distance of cumulative
distributions (how far along the scale a prediction errs) to cross-entropy, early stopping on a validation part that
parts no group. Batches hold sentences of like length, since on two cores most of the time goes to padding and dropout.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import ClassifierMixin

from stance.errors import UsageError
from stance.learning import networks
from stance.learning.calibration import move

MONITORS = ("macro_f1", "loss")


class FineTuned(ClassifierMixin, networks.KeepsNetwork):  # type: ignore[misc]
    """Transformer classifier of raw texts over class indices 0, 1, ... along a scale.

    Labels are class indices, shape (n,), or soft targets, shape (n, classes). Weights, tokenizer and architecture are
    kept in the pickle (half precision), so that a saved model needs no hub. `history_` holds loss and macro-F1 on the
    validation part after each epoch; `monitor` says which of them is followed: the loss rises with confidence long
    before the labels get worse.

    `dropout` None leaves the model's own; 0 trains a quarter faster on a CPU. `layer_decay` below 1 slows the lower
    layers; `frozen` leaves the embeddings and so many of the lowest layers as they were, which saves their backward
    pass. `class_weight` "balanced" weighs rare classes up. `prior` gives the share of each class where the model is to
    be used: probabilities are moved from the shares it was trained on to these. `validation` is the share of rows held
    back to stop early, more where the rarest class has too few rows for so small a share.
    `pretrained_share` moves the tuned weights (not those of the head) back by this share toward the pre-trained ones,
    which costs a little on text like that trained on and gains on other text.
    Sources: of the prior Saerens, Latinne, Decaestecker (2002), Neural Computation 14(1), eq. 2.4; of the last
    Wortsman et al. (2022), "Robust fine-tuning of zero-shot models", CVPR.
    """

    fit_takes_groups = True

    def __init__(
        self,
        model: str,
        epochs: int = 6,
        learning_rate: float = 5e-5,
        batch_size: int = 32,
        max_length: int = 96,
        ordinal_weight: float = 1.0,
        label_smoothing: float = 0.0,
        class_weight: str | None = None,
        prior: list[float] | None = None,
        layer_decay: float = 1.0,
        dropout: float | None = None,
        frozen: int | None = None,
        pretrained_share: float = 0.0,
        validation: float = 0.1,
        monitor: str = "macro_f1",
        patience: int = 2,
        device: str | None = None,
        seed: int = 0,
    ) -> None:
        self.model = model
        self.epochs = epochs
        self.learning_rate = learning_rate
        self.batch_size = batch_size
        self.max_length = max_length
        self.ordinal_weight = ordinal_weight
        self.label_smoothing = label_smoothing
        self.class_weight = class_weight
        self.prior = prior
        self.layer_decay = layer_decay
        self.dropout = dropout
        self.frozen = frozen
        self.pretrained_share = pretrained_share
        self.validation = validation
        self.monitor = monitor
        self.patience = patience
        self.device = device
        self.seed = seed

    def fit(self, X: Sequence[str], y: Any, groups: Any = None) -> "FineTuned":
        """Train until `monitor` has not got better for `patience` epochs, and keep the best weights.

        Raises UsageError for a monitor unknown, a share that is none, or a prior that does not fit the classes.
        """
        torch, transformers = networks.libraries("fine-tuning")
        transformers.set_seed(self.seed)
        if self.monitor not in MONITORS:
            raise UsageError(f"monitor is {self.monitor!r}; give one of {', '.join(MONITORS)}")
        if not 0 < self.validation <= 0.5:
            raise UsageError(f"validation is {self.validation}; hold back a share above 0 and up to 0.5 of the rows")
        if not 0 <= self.pretrained_share < 1:
            raise UsageError(f"pretrained_share is {self.pretrained_share}; give a share of 0 or more and below 1")
        targets = self._targets(np.asarray(y))
        if self.prior is not None and len(self.prior) != len(self.classes_):
            raise UsageError(f"prior is {self.prior}; give one share for each of the {len(self.classes_)} classes")
        self._tokenizer, self._network = networks.load(self.model, classes=len(self.classes_), dropout=self.dropout)
        self._network.to(networks.device_of(torch, self.device))
        networks.freeze(self._network, self.frozen)
        start = {name: value.clone() for name, value in self._network.base_model.state_dict().items()}
        ids = networks.token_ids(self._tokenizer, X, self.max_length)
        train, held = self._validation_part(targets.argmax(axis=1), groups)
        optimiser = networks.optimiser(
            torch, self._network, learning_rate=self.learning_rate, layer_decay=self.layer_decay
        )
        steps = self.epochs * -(-len(train) // self.batch_size)
        schedule = transformers.get_linear_schedule_with_warmup(optimiser, steps // 10, steps)
        draw, best, at, self.history_ = np.random.default_rng(self.seed), None, 0, []
        for _ in range(self.epochs):
            self._epoch(torch, [ids[i] for i in train], targets[train], optimiser, schedule, draw)
            self.history_.append(self._validate(torch, [ids[i] for i in held], targets[held]))
            if best is None or self._gain(at) > 0:
                best = {name: value.detach().cpu().clone() for name, value in self._network.state_dict().items()}
                at = len(self.history_) - 1
            elif len(self.history_) - 1 - at >= self.patience:
                break
        self._network.load_state_dict(best)
        for name, value in self._network.base_model.state_dict().items():
            if value.is_floating_point():
                value.lerp_(start[name], self.pretrained_share)
        return self

    def __setstate__(self, state: dict[str, Any]) -> None:
        """Rebuild a model, one too that was saved before these parameters existed."""
        super().__setstate__({"pretrained_share": 0.0, "monitor": "loss", **state})

    def _targets(self, labels: NDArray[Any]) -> NDArray[np.float32]:
        """Target distributions, shape (n, classes); sets the classes, their shares and their weights."""
        if labels.ndim == 1:
            self.classes_, index = np.unique(labels, return_inverse=True)
            targets = np.eye(len(self.classes_))[index]
        else:
            self.classes_, targets = np.arange(labels.shape[1]), labels.astype(float)
        self.shares_ = targets.mean(axis=0)
        even = self.class_weight == "balanced"
        self._weights = 1 / (len(self.classes_) * self.shares_) if even else np.ones(len(self.classes_))
        smoothed = (1 - self.label_smoothing) * targets + self.label_smoothing / len(self.classes_)
        return smoothed.astype(np.float32)

    def _validation_part(self, labels: NDArray[Any], groups: Any) -> tuple[NDArray[Any], NDArray[Any]]:
        from sklearn.model_selection import StratifiedGroupKFold

        grouped = np.arange(len(labels)) if groups is None else np.asarray(groups)
        rarest = int(np.unique(labels, return_counts=True)[1].min())
        folds = max(2, min(round(1 / self.validation), rarest, len(np.unique(grouped))))
        train, held = next(
            StratifiedGroupKFold(folds, shuffle=True, random_state=self.seed).split(labels, labels, grouped)
        )
        return train, held

    def _epoch(
        self, torch: Any, ids: list[list[int]], targets: Any, optimiser: Any, schedule: Any, draw: Any
    ) -> None:  # fmt: skip
        self._network.train()
        for batch in networks.batches([len(i) for i in ids], self.batch_size, draw):
            loss = self._loss(torch, self._logits([ids[i] for i in batch]), targets[batch])
            networks.step(torch, loss, optimiser, schedule)

    def _loss(self, torch: Any, logits: Any, targets: NDArray[np.float32]) -> Any:
        """Cross-entropy plus the weighted squared distance of cumulative distributions, for target distributions."""
        target = torch.as_tensor(targets, device=logits.device)
        weights = torch.as_tensor(self._weights, dtype=target.dtype, device=logits.device)
        losses = networks.ordinal_loss(logits, target, self.ordinal_weight)
        return (losses * (target * weights).sum(dim=1)).mean()

    def _validate(self, torch: Any, ids: list[list[int]], targets: Any) -> dict[str, float]:
        from sklearn.metrics import f1_score

        with torch.inference_mode():
            logits = self._all_logits(torch, ids)
            loss = float(self._loss(torch, logits, targets))
        found = f1_score(targets.argmax(axis=1), logits.numpy().argmax(axis=1), average="macro")
        return {"loss": loss, "macro_f1": float(found)}

    def _gain(self, at: int) -> float:
        """How much better the last epoch is than epoch `at`."""
        gain = self.history_[-1][self.monitor] - self.history_[at][self.monitor]
        return -gain if self.monitor == "loss" else gain

    def _logits(self, ids: list[list[int]]) -> Any:
        return self._network(**networks.padded(self._tokenizer, ids, self._network.device)).logits

    def _all_logits(self, torch: Any, ids: list[list[int]]) -> Any:
        """Logits of every text in its place, read in batches of like length."""
        self._network.eval()
        logits = torch.zeros(len(ids), len(self.classes_))
        for batch in networks.batches([len(i) for i in ids], 64):
            logits[torch.as_tensor(batch)] = self._logits([ids[i] for i in batch]).float().cpu()
        return logits

    def predict_proba(self, X: Sequence[str]) -> NDArray[np.float64]:
        """Probability of each class, shape (n, classes)."""
        torch, _ = networks.libraries("a fine-tuned model")
        if not len(X):
            return np.zeros((0, len(self.classes_)))
        self._network.to(networks.device_of(torch, self.device))
        with torch.inference_mode():
            logits = self._all_logits(torch, networks.token_ids(self._tokenizer, X, self.max_length))
            exact = logits.double().softmax(dim=1).numpy()
        probabilities: NDArray[np.float64] = exact / exact.sum(axis=1, keepdims=True)
        if self.prior is None:
            return probabilities
        return move(probabilities, self._learnt_shares(), np.asarray(self.prior))

    def _learnt_shares(self) -> NDArray[np.float64]:
        """Shares of the classes as the loss weighed them, shape (classes,)."""
        weighed = self.shares_ * self._weights
        shares: NDArray[np.float64] = weighed / weighed.sum()
        return shares

    def predict(self, X: Sequence[str]) -> NDArray[Any]:
        """Most probable class of each text."""
        predicted: NDArray[Any] = self.classes_[self.predict_proba(X).argmax(axis=1)]
        return predicted
