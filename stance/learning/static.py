"""Static embeddings as features: one vector a token, looked up and averaged, without a network at prediction.

Source: model2vec (Tulkens and van Dongen, 2024), github.com/MinishLab/model2vec.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, TransformerMixin

from stance.errors import ExtraError, UsageError
from stance.learning import networks


class StaticEmbedding(TransformerMixin, BaseEstimator):  # type: ignore[misc]
    """Texts to unit vectors, shape (n, dimensions), by the weighted mean of their tokens' vectors.

    `model` names a model2vec model (extra: static); `distil_from` a sentence encoder to make one from instead (extras:
    static, encoder). Exactly one of the two is given. Vectors (half precision) and tokenizer travel in the pickle, so
    that a saved model needs neither hub nor torch.
    """

    def __init__(
        self,
        model: str | None = None,
        distil_from: str | None = None,
        dimensions: int = 256,
        smoothing: float = 1e-2,
    ) -> None:
        self.model = model
        self.distil_from = distil_from
        self.dimensions = dimensions
        self.smoothing = smoothing

    def fit(self, X: Sequence[str], y: Any = None) -> "StaticEmbedding":  # noqa: ARG002
        """Load the model, or distil one whose token weights come from these texts."""
        if (self.model is None) == (self.distil_from is None):
            raise UsageError(
                "a static embedding needs features.model= (a model2vec model) or features.distil_from= (a sentence "
                "encoder), and not both"
            )
        if self.model is not None:
            self._static = load_static(self.model)
        else:
            self._static = distil(str(self.distil_from), X, dimensions=self.dimensions, smoothing=self.smoothing)
        self.dimensions_ = int(self._static.dim)
        return self

    def transform(self, X: Sequence[str]) -> NDArray[np.float32]:
        """Vectors of texts, of length 1; a text without a known token gets the zero vector."""
        if not len(X):
            return np.zeros((0, self.dimensions_), dtype=np.float32)
        vectors = np.asarray(self._static.encode([str(text) for text in X]), dtype=np.float32)
        lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
        unit: NDArray[np.float32] = vectors / np.maximum(lengths, 1e-12)
        return unit

    def __getstate__(self) -> dict[str, Any]:
        """State with the model as plain arrays and JSON."""
        state = dict(super().__getstate__())
        static = state.pop("_static", None)
        if static is not None:
            state["_kept"] = {
                "vectors": np.asarray(static.embedding, dtype=np.float16),
                "weights": static.weights,
                "mapping": static.token_mapping,
                "tokenizer": static.tokenizer.to_str(),
            }
        return state

    def __setstate__(self, state: dict[str, Any]) -> None:
        """Rebuild the model from what was kept."""
        kept = state.pop("_kept", None)
        super().__setstate__(state)
        if kept:
            from tokenizers import Tokenizer

            self._static = _library().StaticModel(
                kept["vectors"],
                Tokenizer.from_str(kept["tokenizer"]),
                weights=kept["weights"],
                token_mapping=kept["mapping"],
            )


def _library() -> Any:
    try:
        import model2vec
    except ImportError as error:
        raise ExtraError("a static embedding", "static", str(error)) from None
    return model2vec


def load_static(model: str) -> Any:
    """Load a model2vec model by hub id or local path; raises UsageError where it cannot be had."""
    library = _library()
    try:
        return library.StaticModel.from_pretrained(model)
    except (OSError, ValueError, KeyError) as error:
        reason = str(error).split("\n", 1)[0]
        raise UsageError(
            f"the static model {model!r} cannot be loaded ({reason}); give a hub id or the folder of a model2vec "
            "model, or make one of a sentence encoder with features.distil_from="
        ) from None


def distil(encoder: str, texts: Sequence[str], *, dimensions: int = 256, smoothing: float = 1e-2) -> Any:
    """Make a model2vec model of a transformer encoder: each token alone through it, principal components, weights.

    As model2vec.distill does, but tokens are weighed by how often they occur in `texts` and not by a guess from their
    rank: `smoothing` / (`smoothing` + frequency), so that common words count less. It is written out here because
    model2vec's own extra `distill` holds transformers back.
    Source of the weights: Arora, Liang, Ma (2017), "A simple but tough-to-beat baseline for sentence embeddings".
    """
    library = _library()
    tokenizer, network = networks.load(encoder)
    vectors = _token_vectors(tokenizer, network)
    vectors = _principal(vectors, min(dimensions, vectors.shape[1]))
    from tokenizers import Tokenizer

    plain = Tokenizer.from_str(tokenizer.backend_tokenizer.to_str())
    plain.no_padding()
    plain.no_truncation()
    counts = np.full(len(vectors), 0.5)
    for encoding in plain.encode_batch([str(text) for text in texts], add_special_tokens=False):
        np.add.at(counts, encoding.ids, 1)
    weights = smoothing / (smoothing + counts / counts.sum())
    return library.StaticModel((vectors * weights[:, None]).astype(np.float16), plain)


def _token_vectors(tokenizer: Any, network: Any) -> NDArray[np.float32]:
    """Vector of every token of the vocabulary, read alone between the special tokens of its encoder."""
    torch, _ = networks.libraries("distilling a static embedding")
    network.eval()
    first, *rest = tokenizer("")["input_ids"] or [None]
    parts = []
    with torch.inference_mode():
        for start in range(0, len(tokenizer), 512):
            tokens = range(start, min(start + 512, len(tokenizer)))
            ids = [[token] if first is None else [first, token, *rest] for token in tokens]
            batch = networks.padded(tokenizer, ids, network.device)
            parts.append(networks.mean_over_tokens(network(**batch).last_hidden_state, batch["attention_mask"]))
    vectors: NDArray[np.float32] = torch.cat(parts).float().cpu().numpy()
    return vectors


def _principal(vectors: NDArray[np.float32], dimensions: int) -> NDArray[np.float32]:
    """Vectors in the space of their first principal components."""
    centred = vectors - vectors.mean(axis=0)
    _, axes = np.linalg.eigh(centred.T @ centred)
    turned: NDArray[np.float32] = centred @ axes[:, ::-1][:, :dimensions]
    return turned
