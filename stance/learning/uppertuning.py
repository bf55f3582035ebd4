"""Tune the upper layers of a small decoder as a classifier; needs the extra `encoder` (torch, transformers).

The lower layers stay as they were, so that each text passes through them once, not once an epoch: what a laptop can
train of a language model in minutes. In the layers tuned every token sees the whole sentence, not only what came
before it, and the mean over the tokens is classified.
"""

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import ClassifierMixin

from stance.errors import UsageError
from stance.learning import networks
from stance.paths import replacing

Array = NDArray[Any]


class UpperTuned(ClassifierMixin, networks.KeepsNetwork):  # type: ignore[misc]
    """Decoder of raw texts over class indices 0, 1, ..., layers `frozen` to `layers` tuned, those above dropped.

    Loss: cross-entropy plus `ordinal_weight` times the squared distance of cumulative distributions. `epochs` are run
    to the end, with a falling learning rate. `file` names a GGUF file within a `model` folder that holds one. With
    `cache`, a folder, the states of the frozen layers are kept there and no text is read twice. Weights, tokenizer and
    architecture are kept in the pickle (half precision), so that a saved model needs no hub.
    Source: attention freed of its mask, BehnamGhader et al. (2024), "LLM2Vec", COLM.
    """

    def __init__(
        self,
        model: str,
        file: str | None = None,
        frozen: int = 12,
        layers: int = 17,
        epochs: int = 3,
        learning_rate: float = 1e-4,
        batch_size: int = 32,
        max_length: int = 96,
        ordinal_weight: float = 1.0,
        dropout: float = 0.1,
        device: str | None = None,
        cache: str | None = None,
        seed: int = 0,
    ) -> None:
        self.model = model
        self.file = file
        self.frozen = frozen
        self.layers = layers
        self.epochs = epochs
        self.learning_rate = learning_rate
        self.batch_size = batch_size
        self.max_length = max_length
        self.ordinal_weight = ordinal_weight
        self.dropout = dropout
        self.device = device
        self.cache = cache
        self.seed = seed

    def fit(self, X: Sequence[str], y: Any) -> "UpperTuned":
        """Tune for `epochs`; `history_` holds the mean training loss of each."""
        torch, transformers = networks.libraries("tuning a decoder")
        transformers.set_seed(self.seed)
        self.classes_, index = np.unique(np.asarray(y), return_inverse=True)
        self._tokenizer, self._network = networks.load(self.model, file=self.file, layers=self.layers)
        if not 0 < self.frozen < self.layers <= len(self._network.layers):
            raise UsageError(
                f"frozen={self.frozen}, layers={self.layers}: {self.model!r} has {len(self._network.layers)} of the "
                "layers asked for; keep at most so many, and freeze fewer than are kept"
            )
        self._network.config.num_hidden_layers = self.layers
        self._network.to(networks.device_of(torch, self.device))
        self._head = _head(torch, self._network, len(self.classes_))
        states = self._lower(torch, [str(text) for text in X])
        tuned = [p for layer in self._network.layers[self.frozen :] for p in layer.parameters()]
        rates = [
            {"params": tuned, "lr": self.learning_rate},
            {"params": list(self._head.parameters()), "lr": 5 * self.learning_rate},
        ]
        optimiser = torch.optim.AdamW(rates, weight_decay=0.01, fused=True)
        steps = self.epochs * -(-len(states) // self.batch_size)
        schedule = transformers.get_linear_schedule_with_warmup(optimiser, steps // 10, steps)
        draw, self.history_ = np.random.default_rng(self.seed), []
        for _ in range(self.epochs):
            losses = [
                self._step(torch, [states[i] for i in rows], index[rows], optimiser, schedule)
                for rows in networks.batches([len(s) for s in states], self.batch_size, draw)
            ]
            self.history_.append(float(np.mean(losses)))
        return self

    def _step(self, torch: Any, states: Sequence[Array], index: Array, optimiser: Any, schedule: Any) -> float:
        self._network.train()
        self._head.train()
        logits = self._logits(torch, states, dropout=self.dropout)
        target = torch.eye(len(self.classes_), device=logits.device)[torch.as_tensor(index, device=logits.device)]
        loss = networks.ordinal_loss(logits, target, self.ordinal_weight).mean()
        return networks.step(torch, loss, optimiser, schedule)

    def _logits(self, torch: Any, states: Sequence[Array], *, dropout: float = 0.0) -> Any:
        """Class scores of one batch from the states below the tuned layers."""
        network, longest = self._network, max(len(s) for s in states)
        padded = np.zeros((len(states), longest, states[0].shape[1]), dtype=np.float32)
        mask = np.zeros((len(states), longest), dtype=np.float32)
        for row, found in enumerate(states):
            padded[row, : len(found)], mask[row, : len(found)] = found, 1
        hidden = torch.nn.functional.dropout(torch.from_numpy(padded).to(network.device), dropout)
        present = torch.from_numpy(mask).to(network.device)
        places = torch.arange(longest, device=network.device)[None]
        turns = network.rotary_emb(hidden, places)
        seen = torch.zeros(len(states), 1, longest, longest, device=network.device)
        seen = seen.masked_fill(present[:, None, None, :] == 0, -1e9)
        for layer in network.layers[self.frozen :]:
            given = layer(hidden, attention_mask=seen, position_ids=places, position_embeddings=turns)
            hidden = given[0] if isinstance(given, tuple) else given
        return self._head(networks.mean_over_tokens(hidden, present))

    def predict_proba(self, X: Sequence[str]) -> NDArray[np.float64]:
        """Probability of each class, shape (n, classes)."""
        torch, _ = networks.libraries("a tuned decoder")
        probabilities = np.zeros((len(X), len(self.classes_)))
        if not len(X):
            return probabilities
        device = networks.device_of(torch, self.device)
        self._network.to(device)
        self._head.to(device)
        states = self._lower(torch, [str(text) for text in X])
        self._network.eval()
        self._head.eval()
        with torch.inference_mode():
            for rows in networks.batches([len(s) for s in states], self.batch_size):
                logits = self._logits(torch, [states[i] for i in rows])
                probabilities[rows] = logits.double().softmax(dim=1).cpu().numpy()
        return probabilities

    def predict(self, X: Sequence[str]) -> NDArray[Any]:
        """Most probable class of each text."""
        predicted: NDArray[Any] = self.classes_[self.predict_proba(X).argmax(axis=1)]
        return predicted

    def _lower(self, torch: Any, texts: list[str]) -> list[Array]:
        """States of each text's tokens above the frozen layers, (tokens, width), half precision."""
        if self.cache is None:
            return self._read(torch, texts)
        parts = (self.model, self.file, self.frozen, self.max_length)
        path = Path(self.cache) / f"tokens-{hashlib.sha256(repr(parts).encode()).hexdigest()[:16]}.npz"
        marks = [hashlib.sha256(text.encode()).hexdigest() for text in texts]
        known = _kept(path)
        new = {mark: text for mark, text in zip(marks, texts, strict=True) if mark not in known}
        if new:
            known.update(zip(new, self._read(torch, list(new.values())), strict=True))
            path.parent.mkdir(parents=True, exist_ok=True)
            with replacing(path) as scratch:
                lengths = np.array([len(states) for states in known.values()])
                np.savez(
                    scratch, marks=np.array(list(known)), lengths=lengths, states=np.concatenate([*known.values()])
                )
        return [known[mark] for mark in marks]

    def _read(self, torch: Any, texts: list[str]) -> list[Array]:
        self._network.eval()
        layers, self._network.layers = self._network.layers, self._network.layers[: self.frozen + 1]
        ids = networks.token_ids(self._tokenizer, texts, self.max_length)
        found: list[Array] = [np.zeros((0, 0))] * len(texts)
        with torch.inference_mode():
            for rows in networks.batches([len(i) for i in ids], self.batch_size):
                batch = networks.padded(self._tokenizer, [ids[i] for i in rows], self._network.device)
                states = self._network(**batch, output_hidden_states=True).hidden_states[self.frozen]
                for place, row in enumerate(rows):
                    found[row] = states[place, : len(ids[row])].cpu().numpy().astype(np.float16)
        self._network.layers = layers
        return found

    def __getstate__(self) -> dict[str, Any]:
        """State with the head as arrays and without the cache: a saved model keeps nothing of what it reads."""
        state = {**super().__getstate__(), "cache": None}
        head = state.pop("_head", None)
        if head is not None:
            state["_head_kept"] = [value.detach().cpu().numpy() for value in head.state_dict().values()]
        return state

    def __setstate__(self, state: dict[str, Any]) -> None:
        """Rebuild network and head."""
        kept = state.pop("_head_kept", None)
        super().__setstate__(state)
        if kept:
            torch, _ = networks.libraries("a tuned decoder")
            self._head = _head(torch, self._network, len(self.classes_))
            names = self._head.state_dict().keys()
            self._head.load_state_dict({name: torch.from_numpy(value) for name, value in zip(names, kept, strict=True)})


def _head(torch: Any, network: Any, classes: int) -> Any:
    width = network.config.hidden_size
    return torch.nn.Sequential(torch.nn.LayerNorm(width), torch.nn.Linear(width, classes)).to(network.device)


def _kept(path: Path) -> dict[str, Array]:
    if not path.is_file():
        return {}
    with np.load(path, allow_pickle=False) as kept:
        ends = kept["lengths"].cumsum()
        return dict(zip(kept["marks"].tolist(), np.split(kept["states"], ends[:-1]), strict=True))
