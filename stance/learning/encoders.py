"""Sentence encoders as feature extractors; they need the extra `encoder` (sentence-transformers, torch)."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, TransformerMixin

from stance.errors import ExtraError, UsageError


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
