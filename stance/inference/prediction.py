"""Use a saved model: on texts in a service, or on the sentences of a stream of articles."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from stance import store
from stance.errors import ArticleError, ModelError, UsageError
from stance.labels import NAMES, expected_score
from stance.records import Article, Sentence
from stance.text.articles import Outcome
from stance.text.sentences import read_sentences

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Prediction:
    """One labelled sentence; `score` is the expected stance in [-1, 1], the probabilities sum to 1."""

    article: str
    sentence: int
    start: int
    end: int
    text: str
    label: str
    p_distancing: float
    p_neutral: float
    p_supportive: float
    score: float
    holder: str | None
    part: str
    model: str
    version: int


class Model:
    """A saved model, ready to predict; `name`, `version` and `metadata` say what it is.

    `classes_` are the labels in the order of the columns of `predict_proba`.
    """

    def __init__(self, estimator: Any, manifest: Mapping[str, Any]) -> None:
        self._estimator = estimator
        self.metadata = dict(manifest)
        self.name: str = manifest["name"]
        self.version: int = manifest["version"]
        self.classes_: tuple[str, ...] = tuple(manifest["labels"])

    def __repr__(self) -> str:
        return f"<stance model {self.name}@{self.version}>"

    def predict_proba(self, texts: Sequence[str]) -> "NDArray[np.float64]":
        """Probability of each class for each text, shape (n, 3), columns as in `classes_`."""
        import numpy as np

        if isinstance(texts, str):
            raise UsageError("predict takes a list of texts, a single string came; wrap it: [text]")
        wrong = next((type(text).__name__ for text in texts if not isinstance(text, str)), None)
        if wrong:
            raise UsageError(f"predict takes a list of texts; one of them is {wrong}, not str")
        if not len(texts):
            return np.zeros((0, len(self.classes_)))
        probabilities: NDArray[np.float64] = self._estimator.predict_proba(texts)
        return probabilities

    def predict(self, texts: Sequence[str]) -> list[str]:
        """Most probable label of each text."""
        return [self.classes_[k] for k in self.predict_proba(texts).argmax(axis=1)]


def load_model(reference: str | Path, root: str | Path | None = None) -> Model:
    """Load a saved model by `name`, `name@3`, `name@latest` or path; `root` defaults to $STANCE_MODELS or ./models."""
    estimator, manifest = store.load(store.find(reference, root))
    if tuple(manifest["labels"]) != NAMES:
        raise ModelError(
            str(reference), f"has the labels {manifest['labels']}, this version of stance knows {list(NAMES)}"
        )
    if list(estimator.classes_) != list(range(len(NAMES))):
        raise ModelError(
            str(reference), f"was trained without all of {', '.join(NAMES)}; train it on rows of every class"
        )
    return Model(estimator, manifest)


def predict_articles(
    model: Model, articles: Iterable[Outcome], *, batch_size: int = 1024
) -> Iterator[Prediction | ArticleError]:
    """Label every sentence of a stream of articles, in order, a batch of sentences at a time.

    Errors in the stream are passed on in their place; an article without a sentence becomes one.
    """
    stream = chain.from_iterable(map(_sentences, articles))
    while batch := list(islice(stream, batch_size)):
        sentences = [item for item in batch if isinstance(item, Sentence)]
        labelled = iter(_label(model, sentences))
        for item in batch:
            yield next(labelled) if isinstance(item, Sentence) else item


def _sentences(article: Outcome) -> Sequence[Sentence | ArticleError]:
    if isinstance(article, ArticleError):
        return [article]
    sentences = read_sentences(article)
    if not sentences:
        return [ArticleError(article.id, "holds no sentence of an article; every line reads as page furniture")]
    return sentences


def _label(model: Model, sentences: Sequence[Sentence]) -> Iterator[Prediction]:
    rows = model.predict_proba([sentence.text for sentence in sentences])
    for sentence, row, best in zip(sentences, rows.tolist(), rows.argmax(axis=1).tolist(), strict=True):
        distancing, neutral, supportive = row
        yield Prediction(
            article=sentence.article,
            sentence=sentence.index,
            start=sentence.start,
            end=sentence.end,
            text=sentence.text,
            label=model.classes_[best],
            p_distancing=distancing,
            p_neutral=neutral,
            p_supportive=supportive,
            score=expected_score(row),
            holder=sentence.holder,
            part=sentence.part,
            model=model.name,
            version=model.version,
        )


def predict_article(model: Model, article: Article) -> list[Prediction]:
    """Label every sentence of one article; raises ArticleError if it has none."""
    rows: list[Prediction] = []
    for outcome in predict_articles(model, [article]):
        if isinstance(outcome, ArticleError):
            raise outcome
        rows.append(outcome)
    return rows
