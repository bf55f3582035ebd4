"""The records that flow through the package: articles, their sentences, and labelled sentences."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Article:
    """One news article as stored; every offset in the package points into `text`."""

    id: str
    text: str
    title: str | None = None
    date: str | None = None
    outlet: str | None = None
    author: str | None = None
    url: str | None = None
    metadata: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence of an article, with exact character offsets: `article.text[start:end] == text`."""

    text: str
    start: int
    end: int
    article: str
    index: int
    part: str = "body"


@dataclass(frozen=True, slots=True)
class LabelledSentence:
    """One record of the labelled data; the fields are those of data/CODEBOOK.md.

    `start` and `end` are offsets into the stored article for seed sentences, into the sentences of its document joined
    by newlines for authored ones, and None where a sentence stands alone.
    `annotators` holds the labels of the independent passes in order; `label` is the adjudicated one. `soft` holds
    the probabilities that rules gave a weakly labelled sentence, along the scale.
    """

    id: str
    text: str
    label: str
    target: str
    holder: str | None
    holder_kind: str | None
    two_sided: bool
    article: str | None
    start: int | None
    end: int | None
    origin: str
    annotators: tuple[str, ...]
    adjudicated: bool
    note: str
    family: str
    bloc: str | None = None
    kind: str | None = None
    phenomena: tuple[str, ...] = ()
    soft: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class Interval:
    """A measured number with its 95 % bootstrap interval and the number of rows it rests on."""

    value: float
    low: float
    high: float
    n: int

    def __str__(self) -> str:
        """Three decimals, as in `0.812 [0.780, 0.841]`."""
        return f"{self.value:.3f} [{self.low:.3f}, {self.high:.3f}]"
