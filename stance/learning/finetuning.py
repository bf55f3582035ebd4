"""Fine-tune a small transformer as a classifier; needs the extra `encoder` (torch, transformers).

A plain training loop: AdamW with linear warm-up and decay, a loss that adds the squared distance of cumulative
distributions (how far along the scale a prediction errs) to cross-entropy, early stopping on a validation part that
parts no group.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, ClassifierMixin

from stance.errors import ExtraError, UsageError


class FineTuned(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """Transformer classifier of raw texts over class indices 0, 1, ... along a scale.

    Weights, tokenizer and architecture are kept in the pickle (half precision), so that a saved model needs no hub.
    `history_` holds the validation loss after each epoch.
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
        validation: float = 0.1,
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
        self.validation = validation
        self.patience = patience
        self.device = device
        self.seed = seed

    def fit(self, X: Sequence[str], y: Any, groups: Any = None) -> "FineTuned":
        """Train until the validation loss has not fallen for `patience` epochs, and keep the best weights."""
        torch, transformers = _libraries()
        transformers.set_seed(self.seed)
        texts, labels = [str(text) for text in X], np.asarray(y)
        self.classes_ = np.unique(labels)
        self._tokenizer, self._network = _load(self.model, len(self.classes_))
        train, held = self._validation_part(labels, groups)
        optimiser = torch.optim.AdamW(self._network.parameters(), lr=self.learning_rate, weight_decay=0.01)
        steps = self.epochs * -(-len(train) // self.batch_size)
        schedule = transformers.get_linear_schedule_with_warmup(optimiser, steps // 10, steps)
        draw, best, self.history_ = np.random.default_rng(self.seed), None, []
        for _ in range(self.epochs):
            order = draw.permutation(train)
            self._epoch(torch, [texts[i] for i in order], labels[order], optimiser, schedule)
            self.history_.append(self._loss_on(torch, [texts[i] for i in held], labels[held]))
            if self.history_[-1] == min(self.history_):
                best = {name: value.detach().cpu().clone() for name, value in self._network.state_dict().items()}
            elif len(self.history_) - 1 - int(np.argmin(self.history_)) >= self.patience:
                break
        self._network.load_state_dict(best)
        return self

    def _validation_part(self, labels: NDArray[Any], groups: Any) -> tuple[NDArray[Any], NDArray[Any]]:
        from sklearn.model_selection import StratifiedGroupKFold

        grouped = np.arange(len(labels)) if groups is None else np.asarray(groups)
        folds = max(2, round(1 / self.validation))
        train, held = next(
            StratifiedGroupKFold(folds, shuffle=True, random_state=self.seed).split(labels, labels, grouped)
        )
        return train, held

    def _epoch(self, torch: Any, texts: Sequence[str], labels: NDArray[Any], optimiser: Any, schedule: Any) -> None:
        network = self._network.to(self._device(torch)).train()
        for start in range(0, len(texts), self.batch_size):
            part = slice(start, start + self.batch_size)
            loss = self._loss(torch, self._logits(torch, texts[part]), labels[part])
            loss.backward()
            torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
            optimiser.step()
            schedule.step()
            optimiser.zero_grad()

    def _loss(self, torch: Any, logits: Any, labels: NDArray[Any]) -> Any:
        """Cross-entropy plus the weighted ranked probability score."""
        index = np.searchsorted(self.classes_, labels)
        target = torch.as_tensor(index, dtype=torch.long, device=logits.device)
        steps = torch.arange(len(self.classes_), device=logits.device)
        reached = (steps[None, :] >= target[:, None]).float()
        distance = ((logits.softmax(dim=1).cumsum(dim=1) - reached) ** 2).sum(dim=1).mean()
        return torch.nn.functional.cross_entropy(logits, target) + self.ordinal_weight * distance

    def _loss_on(self, torch: Any, texts: Sequence[str], labels: NDArray[Any]) -> float:
        with torch.inference_mode():
            self._network.eval()
            parts = [self._logits(torch, texts[k : k + 256]) for k in range(0, len(texts), 256)]
            return float(self._loss(torch, torch.cat(parts), labels))

    def _logits(self, torch: Any, texts: Sequence[str]) -> Any:
        device = self._device(torch)
        batch = self._tokenizer(
            list(texts), padding=True, truncation=True, max_length=self.max_length, return_tensors="pt"
        ).to(device)
        return self._network.to(device)(**batch).logits

    def _device(self, torch: Any) -> str:
        return self.device or ("cuda" if torch.cuda.is_available() else "cpu")

    def predict_proba(self, X: Sequence[str]) -> NDArray[np.float64]:
        """Probability of each class, shape (n, classes)."""
        torch, _ = _libraries()
        texts = [str(text) for text in X]
        with torch.inference_mode():
            self._network.eval()
            parts = [
                self._logits(torch, texts[k : k + 64]).softmax(dim=1).float().cpu().numpy()
                for k in range(0, len(texts), 64)
            ]
        rows = np.concatenate(parts) if parts else np.zeros((0, len(self.classes_)))
        exact = rows.astype(np.float64)
        probabilities: NDArray[np.float64] = exact / exact.sum(axis=1, keepdims=True)
        return probabilities

    def predict(self, X: Sequence[str]) -> NDArray[Any]:
        """Most probable class of each text."""
        predicted: NDArray[Any] = self.classes_[self.predict_proba(X).argmax(axis=1)]
        return predicted

    def __getstate__(self) -> dict[str, Any]:
        """State with weights in half precision, architecture as a dict and the tokenizer as its own JSON."""
        state = dict(super().__getstate__())
        network, tokenizer = state.pop("_network", None), state.pop("_tokenizer", None)
        if network is not None:
            weights = {k: v.detach().cpu().numpy() for k, v in network.state_dict().items()}
            state["_kept"] = {
                "weights": {k: v.astype(np.float16) if v.dtype == np.float32 else v for k, v in weights.items()},
                "architecture": network.config.to_dict(),
                "tokenizer": tokenizer.backend_tokenizer.to_str(),
                "special": {k: str(v) for k, v in tokenizer.special_tokens_map.items() if isinstance(v, str)},
            }
        return state

    def __setstate__(self, state: dict[str, Any]) -> None:
        """Rebuild network and tokenizer from what was kept; no hub is asked."""
        kept = state.pop("_kept", None)
        super().__setstate__(state)
        if kept:
            self._tokenizer, self._network = _rebuild(kept)


def _libraries() -> tuple[Any, Any]:
    try:
        import torch
        import transformers
    except ImportError as error:
        raise ExtraError("fine-tuning", "encoder", str(error)) from None
    return torch, transformers


def _load(model: str, classes: int) -> tuple[Any, Any]:
    _, transformers = _libraries()
    level = transformers.logging.get_verbosity()
    transformers.logging.set_verbosity_error()
    try:
        tokenizer = transformers.AutoTokenizer.from_pretrained(model)
        network = transformers.AutoModelForSequenceClassification.from_pretrained(model, num_labels=classes)
    except (OSError, ValueError) as error:
        reason = str(error).split("\n", 1)[0]
        raise UsageError(f"the encoder {model!r} cannot be loaded ({reason}); give a hub id or a local path") from None
    finally:
        transformers.logging.set_verbosity(level)
    return tokenizer, network


def _rebuild(kept: dict[str, Any]) -> tuple[Any, Any]:
    torch, transformers = _libraries()
    from tokenizers import Tokenizer

    tokenizer = transformers.PreTrainedTokenizerFast(
        tokenizer_object=Tokenizer.from_str(kept["tokenizer"]), **kept["special"]
    )
    architecture = dict(kept["architecture"])
    config = transformers.AutoConfig.for_model(architecture.pop("model_type"), **architecture)
    network = transformers.AutoModelForSequenceClassification.from_config(config)
    weights = {
        k: torch.from_numpy(v.astype(np.float32) if v.dtype == np.float16 else v) for k, v in kept["weights"].items()
    }
    network.load_state_dict(weights)
    return tokenizer, network
