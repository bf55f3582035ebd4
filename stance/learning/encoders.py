"""Frozen networks as feature extractors; they need the extra `encoder` (sentence-transformers, torch, transformers)."""

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, TransformerMixin

from stance.errors import ChoiceError, ExtraError, UsageError
from stance.learning import networks
from stance.paths import replacing


class SentenceEmbedding(TransformerMixin, BaseEstimator):  # type: ignore[misc]
    """Texts to unit vectors, shape (n, dimensions), by a frozen encoder.

    The encoder loads when first needed and stays out of pickles: a saved model names it and loads it again.
    `device` None takes a GPU where there is one; `revision` pins a hub model.
    """

    def __init__(
        self, model: str, batch_size: int = 64, device: str | None = None, revision: str | None = None
    ) -> None:
        self.model = model
        self.batch_size = batch_size
        self.device = device
        self.revision = revision

    def fit(self, X: Sequence[str], y: Any = None) -> "SentenceEmbedding":  # noqa: ARG002
        """Load the encoder; there is nothing to learn."""
        self.dimensions_ = int(self._encoder().get_embedding_dimension())
        return self

    def transform(self, X: Sequence[str]) -> NDArray[np.float32]:
        """Vectors of texts, of length 1."""
        texts = [str(text) for text in X]
        vectors: NDArray[np.float32] = self._encoder().encode(
            texts, batch_size=self.batch_size, normalize_embeddings=True, show_progress_bar=False
        )
        return vectors

    def _encoder(self) -> Any:
        if not hasattr(self, "_loaded"):
            self._loaded = load_encoder(self.model, device=self.device, revision=self.revision)
        return self._loaded

    def __getstate__(self) -> dict[str, Any]:
        """State without the encoder."""
        return {key: value for key, value in super().__getstate__().items() if key != "_loaded"}


POOLINGS = ("mean", "last")


class HiddenStates(TransformerMixin, BaseEstimator):  # type: ignore[misc]
    """Texts to the hidden states of one layer of a frozen language model, shape (n, width), standardised in `fit`.

    Middle layers of a small decoder tell more of a sentence than its last one, which is about the next word. Of a
    decoder all but one of the layers above `layer` are left out. `pooling` is the mean over the tokens or the last
    token. `file` names a GGUF file within a `model` folder that holds one. With `cache`, a folder, vectors are kept
    there and no text is read twice: in cross-validation each would be, once a fold. The network stays out of pickles: a
    saved model names it.
    """

    def __init__(
        self,
        model: str,
        layer: int = 16,
        pooling: str = "mean",
        file: str | None = None,
        batch_size: int = 32,
        max_length: int = 128,
        device: str | None = None,
        cache: str | None = None,
    ) -> None:
        self.model = model
        self.layer = layer
        self.pooling = pooling
        self.file = file
        self.batch_size = batch_size
        self.max_length = max_length
        self.device = device
        self.cache = cache

    def fit(self, X: Sequence[str], y: Any = None) -> "HiddenStates":  # noqa: ARG002
        """Learn mean and spread of every dimension."""
        if self.pooling not in POOLINGS:
            raise ChoiceError("pooling", self.pooling, POOLINGS)
        states = self._states([str(text) for text in X])
        self.mean_, self.spread_ = states.mean(axis=0), states.std(axis=0) + 1e-6
        self.dimensions_ = states.shape[1]
        return self

    def transform(self, X: Sequence[str]) -> NDArray[np.float32]:
        """Standardised states of texts."""
        if not len(X):
            return np.zeros((0, self.dimensions_), dtype=np.float32)
        standardised: NDArray[np.float32] = (self._states([str(text) for text in X]) - self.mean_) / self.spread_
        return standardised

    def _states(self, texts: list[str]) -> NDArray[np.float32]:
        if self.cache is None:
            return self._read(texts)
        marks = [hashlib.sha256(text.encode()).hexdigest() for text in texts]
        path = Path(self.cache) / f"{self._mark()}.npz"
        known = _kept_vectors(path)
        new = {mark: text for mark, text in zip(marks, texts, strict=True) if mark not in known}
        if new:
            known.update(zip(new, self._read(list(new.values())), strict=True))
            _keep_vectors(path, known)
        return np.stack([known[mark] for mark in marks])

    def _mark(self) -> str:
        """Name of what the vectors depend on."""
        parts = (self.model, self.file, self.layer, self.pooling, self.max_length)
        return hashlib.sha256(repr(parts).encode()).hexdigest()[:16]

    def _read(self, texts: list[str]) -> NDArray[np.float32]:
        """States of texts by the network, read in batches of like length."""
        torch, _ = networks.libraries("hidden states")
        tokenizer, network = self._loaded_network(torch)
        ids = networks.token_ids(tokenizer, texts, self.max_length)
        states = np.zeros((len(texts), network.config.hidden_size), dtype=np.float32)
        with torch.inference_mode():
            for rows in networks.batches([len(i) for i in ids], self.batch_size):
                batch = networks.padded(tokenizer, [ids[i] for i in rows], network.device)
                # The output of the last layer kept has passed the final norm; the states before it have not.
                found = network(**batch, output_hidden_states=True).hidden_states[self.layer]
                states[rows] = networks.pooled(found, batch["attention_mask"], self.pooling).float().cpu().numpy()
        return states

    def _loaded_network(self, torch: Any) -> tuple[Any, Any]:
        if not hasattr(self, "_loaded"):
            tokenizer, network = networks.load(self.model, file=self.file, layers=self.layer + 1)
            depth = int(network.config.num_hidden_layers)
            if not 0 <= self.layer <= depth:
                raise UsageError(f"layer={self.layer}: {self.model!r} has the layers 0 to {depth}")
            self._loaded = tokenizer, network.to(networks.device_of(torch, self.device)).eval()
        return self._loaded

    def __getstate__(self) -> dict[str, Any]:
        """State without the network, and without the cache: a saved model keeps nothing of what it reads."""
        kept = {key: value for key, value in super().__getstate__().items() if key != "_loaded"}
        return {**kept, "cache": None}


def _kept_vectors(path: Path) -> dict[str, NDArray[np.float32]]:
    if not path.is_file():
        return {}
    with np.load(path) as kept:
        return dict(zip(kept["marks"].tolist(), kept["vectors"], strict=True))


def _keep_vectors(path: Path, known: dict[str, NDArray[np.float32]]) -> None:
    """Write vectors beside the file and rename: folds that run side by side may lose a vector, never the file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with replacing(path) as scratch:
        np.savez(scratch, marks=np.array(list(known)), vectors=np.stack(list(known.values())))


def load_encoder(model: str, *, device: str | None = None, revision: str | None = None) -> Any:
    """Load a sentence-transformers model; raises ExtraError without the extra, UsageError where it cannot be had."""
    try:
        from sentence_transformers import SentenceTransformer
    except ImportError as error:
        raise ExtraError("a sentence encoder", "encoder", str(error)) from None
    try:
        return SentenceTransformer(model, device=device, revision=revision)
    except (OSError, ValueError) as error:
        reason = str(error).split("\n", 1)[0]
        raise UsageError(f"the encoder {model!r} cannot be loaded ({reason}); give a hub id or a local path") from None
