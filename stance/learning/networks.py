"""Small transformers for training: loaded, kept inside a pickle, and fed in batches of like length.

Needs the extra `encoder` (torch, transformers); nothing here imports it before it is called.
"""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator

from stance.errors import ExtraError, UsageError
from stance.text.inputs import SEPARATOR

WINDOW = 16
"""Batches that are sorted by length together: enough to save padding, few enough to keep their order random."""


def libraries(what: str) -> tuple[Any, Any]:
    """Modules torch and transformers; raises ExtraError naming what needs them."""
    try:
        import torch
        import transformers
    except ImportError as error:
        raise ExtraError(what, "encoder", str(error)) from None
    return torch, transformers


def load(
    model: str, *, classes: int | None = None, dropout: float | None = None, file: str | None = None,
    layers: int | None = None,
) -> tuple[Any, Any]:  # fmt: skip
    """Tokenizer and network of a hub id or local path: a classifier of so many classes, or the bare encoder for None.

    `dropout` None leaves the model's own; `file` names a GGUF file in the model's folder (packages gguf, accelerate);
    `layers` drops those above so many. Raises UsageError where the model cannot be had.
    """
    torch, transformers = libraries("a transformer")
    level = transformers.logging.get_verbosity()
    transformers.logging.set_verbosity_error()
    try:
        where = {"gguf_file": file} if file else {}
        tokenizer = transformers.AutoTokenizer.from_pretrained(model, **where)
        tokenizer.pad_token = tokenizer.pad_token or tokenizer.eos_token
        tokenizer.padding_side = "right"
        shape = {} if classes is None else {"num_labels": classes}
        config = transformers.AutoConfig.from_pretrained(model, **where, **shape)
        if dropout is not None:
            for name in ("hidden_dropout_prob", "attention_probs_dropout_prob", "classifier_dropout"):
                setattr(config, name, dropout)
        maker = _maker(transformers, classifies=classes is not None)
        network = maker.from_pretrained(model, config=config, dtype=torch.float32, **where)
    except ImportError as error:
        raise ExtraError(f"the model {model!r}", None, str(error)) from None
    except (OSError, ValueError) as error:
        reason = str(error).split("\n", 1)[0]
        raise UsageError(f"the encoder {model!r} cannot be loaded ({reason}); give a hub id or a local path") from None
    finally:
        transformers.logging.set_verbosity(level)
    if layers is not None and hasattr(network, "layers"):
        network.layers = network.layers[:layers]
    return tokenizer, network


def _maker(transformers: Any, *, classifies: bool) -> Any:
    return transformers.AutoModelForSequenceClassification if classifies else transformers.AutoModel


def keep(tokenizer: Any, network: Any) -> dict[str, Any]:
    """What a pickle needs to rebuild both: weights in half precision, architecture, the tokenizer as its own JSON."""
    weights = {name: value.detach().cpu().numpy() for name, value in network.state_dict().items()}
    return {
        "weights": {k: v.astype(np.float16) if v.dtype == np.float32 else v for k, v in weights.items()},
        "architecture": network.config.to_dict(),
        "classifies": type(network).__name__.endswith("ForSequenceClassification"),
        "tokenizer": tokenizer.backend_tokenizer.to_str(),
        "special": {k: str(v) for k, v in tokenizer.special_tokens_map.items() if isinstance(v, str)},
    }


def rebuild(kept: dict[str, Any]) -> tuple[Any, Any]:
    """Tokenizer and network from what `keep` gave; no hub is asked."""
    torch, transformers = libraries("a saved transformer")
    from tokenizers import Tokenizer

    tokenizer = transformers.PreTrainedTokenizerFast(
        tokenizer_object=Tokenizer.from_str(kept["tokenizer"]), **kept["special"]
    )
    architecture = dict(kept["architecture"])
    config = transformers.AutoConfig.for_model(architecture.pop("model_type"), **architecture)
    network = _maker(transformers, classifies=kept.get("classifies", True)).from_config(config)
    weights = {
        k: torch.from_numpy(v.astype(np.float32) if v.dtype == np.float16 else v) for k, v in kept["weights"].items()
    }
    network.load_state_dict(weights)
    return tokenizer, network


class KeepsNetwork(BaseEstimator):  # type: ignore[misc]
    """Base of estimators that hold `_tokenizer` and `_network`: both travel in the pickle, so that no hub is asked."""

    def __getstate__(self) -> dict[str, Any]:
        """State with the network as plain arrays and dicts."""
        state: dict[str, Any] = dict(super().__getstate__())
        network, tokenizer = state.pop("_network", None), state.pop("_tokenizer", None)
        if network is not None:
            state["_kept"] = keep(tokenizer, network)
        return state

    def __setstate__(self, state: dict[str, Any]) -> None:
        """Rebuild network and tokenizer from what was kept."""
        kept = state.pop("_kept", None)
        super().__setstate__(state)
        if kept:
            self._tokenizer, self._network = rebuild(kept)


def device_of(torch: Any, wanted: str | None) -> str:
    """The device asked for, else a GPU where there is one."""
    return wanted or ("cuda" if torch.cuda.is_available() else "cpu")


def token_ids(tokenizer: Any, texts: Sequence[str], max_length: int) -> list[list[int]]:
    """Token ids of each text with its special tokens, cut to `max_length`.

    A sentence loses its end; one that has its holder or the sentence before in front of it loses of these first.
    """
    named = [str(text) for text in texts]
    ids: list[list[int]] = [[] for _ in named]
    for side, composed in (("right", False), ("left", True)):
        places = [k for k, text in enumerate(named) if (SEPARATOR in text) is composed]
        tokenizer.truncation_side = side
        found = tokenizer([named[k] for k in places], truncation=True, max_length=max_length) if places else None
        for place, one in zip(places, found["input_ids"] if found else [], strict=True):
            ids[place] = one
    return ids


def padded(tokenizer: Any, ids: Sequence[list[int]], device: str) -> Any:
    """One batch of token ids as padded tensors."""
    return tokenizer.pad({"input_ids": list(ids)}, return_tensors="pt").to(device)


def mean_over_tokens(states: Any, mask: Any) -> Any:
    """Mean of the states of each row's own tokens, (rows, tokens, width) to (rows, width)."""
    weights = mask.unsqueeze(-1).to(states.dtype)
    return (states * weights).sum(dim=1) / weights.sum(dim=1)


def pooled(states: Any, mask: Any, pooling: str) -> Any:
    """One state for each row, (rows, tokens, width) to (rows, width): the mean, or that of its last token."""
    if pooling == "mean":
        return mean_over_tokens(states, mask)
    ends = mask.sum(dim=1) - 1
    return states[range(len(states)), ends]


def batches(
    lengths: Sequence[int], size: int, draw: np.random.Generator | None = None, groups: Any = None
) -> Iterator[NDArray[np.intp]]:
    """Row indices in batches of like length, which cuts padding; in random order if `draw` is given.

    Rows that share one of `groups` stay together in a batch as far as its size allows.
    """
    sizes = np.asarray(lengths)
    if draw is None:
        order = np.argsort(sizes, kind="stable")
        yield from (order[start : start + size] for start in range(0, len(order), size))
        return
    order = _shuffled(draw, len(sizes), groups)
    for start in range(0, len(order), size * WINDOW):
        window = order[start : start + size * WINDOW]
        if groups is None:
            window = window[np.argsort(sizes[window], kind="stable")]
        cut = [window[at : at + size] for at in range(0, len(window), size)]
        for k in draw.permutation(len(cut)):
            yield cut[k]


def _shuffled(draw: np.random.Generator, rows: int, groups: Any) -> NDArray[np.intp]:
    """Rows in random order, or groups in random order, each with its rows side by side."""
    if groups is None:
        return draw.permutation(rows)
    _, codes = np.unique(np.asarray(groups), return_inverse=True)
    return np.argsort(draw.permutation(codes.max() + 1)[codes], kind="stable")


def optimiser(torch: Any, network: Any, *, learning_rate: float, layer_decay: float = 1.0) -> Any:
    """AdamW over the parameters that train, the fused kernel (six times faster on a CPU than the default).

    With `layer_decay` below 1 each layer below the top learns at that share of the rate of the one above.
    Source: Howard and Ruder (2018), ULMFiT, section 3.2 (discriminative fine-tuning).
    """
    depth = int(getattr(network.config, "num_hidden_layers", 0))
    rates: dict[float, list[Any]] = {}
    for name, parameter in network.named_parameters():
        if parameter.requires_grad:
            rate = learning_rate * layer_decay ** _below_top(name, depth)
            rates.setdefault(rate, []).append(parameter)
    parts = [{"params": parameters, "lr": rate} for rate, parameters in rates.items()]
    return torch.optim.AdamW(parts, lr=learning_rate, weight_decay=0.01, fused=True)


def step(torch: Any, loss: Any, optimiser: Any, schedule: Any) -> float:
    """Descend by one batch's loss, gradients clipped to length 1; returns the loss."""
    loss.backward()
    trained = [parameter for part in optimiser.param_groups for parameter in part["params"]]
    torch.nn.utils.clip_grad_norm_(trained, 1.0)
    optimiser.step()
    schedule.step()
    optimiser.zero_grad()
    return float(loss.detach())


def ordinal_loss(logits: Any, target: Any, weight: float) -> Any:
    """Cross-entropy plus `weight` times the squared distance of cumulative distributions, one number a row.

    `target` holds distributions over the classes, shape (rows, classes) as the logits.
    """
    reached = logits.softmax(dim=1).cumsum(dim=1)
    distance = ((reached - target.cumsum(dim=1)) ** 2).sum(dim=1)
    return weight * distance - (target * logits.log_softmax(dim=1)).sum(dim=1)


def _below_top(name: str, depth: int) -> int:
    """Layers between a parameter and the head, by its name: 0 for the head, depth + 1 for the embeddings."""
    if "embeddings" in name:
        return depth + 1
    layer = _layer(name)
    return 0 if layer is None else depth - layer


def _layer(name: str) -> int | None:
    """Number of the layer that a parameter belongs to, by its name."""
    return next((int(part) for part in name.split(".") if part.isdigit()), None)


def freeze(network: Any, layers: int | None) -> None:
    """Leave the embeddings and so many of the lowest layers as they were trained; None freezes nothing.

    Most of a small encoder's weights are embeddings, of which few are met, and what is frozen costs no backward pass.
    The bias that the layers of MPNet share counts as an embedding. Raises UsageError unless 0 <= layers < the
    network's, or where its layers cannot be told apart by the names of their weights.
    """
    if layers is None:
        return
    depth = int(network.config.num_hidden_layers)
    if not 0 <= layers < depth:
        raise UsageError(f"frozen={layers}: the network has {depth} layers; freeze 0 to {depth - 1}, or null")
    named = dict(network.base_model.named_parameters())
    if layers and len({_layer(name) for name in named} - {None}) < depth:
        raise UsageError(f"frozen={layers}: {type(network).__name__} shares its layers; set frozen=0 or null")
    for name, parameter in named.items():
        if _below_top(name, depth) > depth - layers or "relative_attention_bias" in name:
            parameter.requires_grad_(False)
    for parameter in network.base_model.get_input_embeddings().parameters():
        parameter.requires_grad_(False)
