"""Use a saved model: on texts in a service, or on the sentences of a stream of articles."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, compress, islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from stance import store
from stance.errors import ArticleError, ModelError, UsageError
from stance.labels import NAMES, SEVERAL, UNNAMED, expected_score
from stance.learning.calibration import Calibration
from stance.records import Article
from stance.text.actors import Gazetteer
from stance.text.articles import Outcome
from stance.text.inputs import Inputs
from stance.text.reading import Reading, read_stream
from stance.text.spinning import restore
from stance.text.stories import StoryIndex

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Prediction:
    """One labelled sentence of an article.

    `start`, `end` and the spans of quotation and mention count characters in the article as stored; `verb` is the
    writer's framing verb; `story` is shared by near-duplicate articles; `normalised` says that swaps of spun copy
    were undone before labelling. The probabilities sum to 1; `score` is the expected stance in [-1, 1]. `plausible`
    joins by `|` the neighbouring labels that hold the true one at the coverage of the model's calibration; `shares` the
    label shares that the model was told to expect.
    """

    article: str
    story: str
    date: str | None
    outlet: str | None
    url: str | None
    sentence: int
    part: str
    start: int
    end: int
    text: str
    holder: str | None
    holder_kind: str
    quote_start: int | None
    quote_end: int | None
    mention_start: int | None
    mention_end: int | None
    verb: str | None
    label: str
    plausible: str | None
    p_distancing: float
    p_neutral: float
    p_supportive: float
    score: float
    synonym_spun: float
    machine_translated: float
    normalised: bool
    shares: str | None
    model: str
    version: int


SET = "|"
"""Joins the labels of a prediction set, or shares, in one cell."""


class Model:
    """A saved model, ready to predict; `name`, `version` and `metadata` say what it is.

    `classes_` are the labels in the order of the columns of `predict_proba`, `shares` those they are expected in
    (None: as in the data that the model was calibrated on).
    """

    def __init__(self, estimator: Any, manifest: Mapping[str, Any]) -> None:
        self.estimator = estimator
        self.metadata = dict(manifest)
        self.name: str = manifest["name"]
        self.version: int = manifest["version"]
        self.classes_: tuple[str, ...] = tuple(manifest["labels"])
        self.inputs = Inputs(**manifest.get("inputs", {}))
        calibration = manifest.get("calibration")
        self.calibration = Calibration.of(calibration) if calibration else None
        self.shares: tuple[float, ...] | None = None

    def __repr__(self) -> str:
        return f"<stance model {self.name}@{self.version}>"

    def predict_proba(
        self,
        texts: Sequence[str],
        *,
        holders: Sequence[str | None] | None = None,
        contexts: Sequence[str | None] | None = None,
    ) -> "NDArray[np.float64]":
        """Calibrated probability of each class for each text, shape (n, classes), columns as in `classes_`.

        `holders` and `contexts` (the sentence before) are read by a model whose `inputs` have them, else ignored.
        """
        import numpy as np

        if isinstance(texts, str):
            raise UsageError("predict takes a list of texts, a single string came; wrap it: [text]")
        wrong = next((type(text).__name__ for text in texts if not isinstance(text, str)), None)
        if wrong:
            raise UsageError(f"predict takes a list of texts; one of them is {wrong}, not str")
        if not len(texts):
            return np.zeros((0, len(self.classes_)))
        probabilities: NDArray[np.float64] = self.estimator.predict_proba(self._read(texts, holders, contexts))
        probabilities = self.calibration.apply(probabilities) if self.calibration else probabilities
        if self.shares is None or self.calibration is None:
            return probabilities
        return self.calibration.expecting(probabilities, np.array(self.shares))

    def _read(
        self, texts: Sequence[str], holders: Sequence[str | None] | None, contexts: Sequence[str | None] | None
    ) -> list[str]:
        if self.inputs.plain:
            return list(texts)
        target = self.metadata.get("target")
        if self.inputs.target and target == SEVERAL:
            raise ModelError(
                self.name, "has learnt several targets; say which: model.about(target), target= of stance.predict"
            )
        target = None if target == UNNAMED else target
        unknown: list[str | None] = [None] * len(texts)
        rows = zip(
            texts, unknown if holders is None else holders, unknown if contexts is None else contexts, strict=True
        )
        return [self.inputs.compose(text, target=target, holder=who, context=before) for text, who, before in rows]

    def predict(
        self,
        texts: Sequence[str],
        *,
        holders: Sequence[str | None] | None = None,
        contexts: Sequence[str | None] | None = None,
    ) -> list[str]:
        """Most probable label of each text."""
        return [self.classes_[k] for k in self.predict_proba(texts, holders=holders, contexts=contexts).argmax(axis=1)]

    def about(self, target: str) -> "Model":
        """The same model asked about another target; raises UsageError for one that does not read its target."""
        if not self.inputs.target and target != self.metadata.get("target"):
            known = self.metadata.get("target")
            raise UsageError(
                f"{self.name} does not read its target, it is always about {known}; see inputs.target=true"
            )
        other = Model(self.estimator, {**self.metadata, "target": target})
        other.shares = self.shares
        return other

    def expecting(self, shares: Sequence[float]) -> "Model":
        """The same model for texts whose labels come in other shares, given in the order of `classes_`.

        News is mostly neutral, speeches on a war are not: probabilities are moved from the shares of the rows that the
        model was calibrated on to these. Prediction sets keep their coverage only as far as the shares given are right.
        Raises UsageError for shares that are none, ModelError for a model whose own shares are not recorded.
        """
        try:
            given = tuple(float(share) for share in shares)
        except (TypeError, ValueError):
            given = ()
        if len(given) != len(self.classes_) or min(given) <= 0 or not 0.99 <= sum(given) <= 1.01:
            raise UsageError(
                f"shares is {shares!r}; give the share of each of {', '.join(self.classes_)} in that order, each above "
                "0, together 1, as in shares=[0.15,0.7,0.15]"
            )
        if self.calibration is None or not all(self.calibration.shares or (0,)):
            raise ModelError(
                self.name, "does not record the shares of its labels, so others cannot be set: train it again"
            )
        other = Model(self.estimator, self.metadata)
        other.shares = tuple(share / sum(given) for share in given)
        return other

    def check_scale(self) -> None:
        """Raise ModelError unless the labels are those of the scale toward Moscow, which articles are labelled with."""
        if self.classes_ != NAMES:
            raise ModelError(
                self.name, f"has the labels {list(self.classes_)}; articles are labelled with {list(NAMES)}"
            )

    def check_reads_sentences(self, *, before: bool = False) -> None:
        """Raise ModelError for a model that also reads the holder, which is not at hand.

        So for one that reads the sentence before, unless this is at hand (`before`).
        """
        if self.inputs.holder or (self.inputs.context and not before):
            raise ModelError(
                self.name, "reads the holder or the sentence before, and here are sentences alone; use a model without"
            )

    def predict_sets(
        self,
        texts: Sequence[str],
        *,
        holder_kinds: Sequence[str | None] | None = None,
        holders: Sequence[str | None] | None = None,
        contexts: Sequence[str | None] | None = None,
    ) -> list[tuple[str, ...]]:
        """Neighbouring labels of each text that hold the true one at `calibration.coverage`; one label or more.

        With `holder_kinds` each kind is covered on its own. Raises ModelError for a model without a calibration.
        """
        probabilities = self.predict_proba(texts, holders=holders, contexts=contexts)
        return [self._named(row) for row in self.inside(probabilities, holder_kinds)]

    def inside(self, probabilities: "NDArray[np.float64]", holder_kinds: Sequence[str | None] | None) -> "NDArray[Any]":
        """Whether each class is in a row's prediction set, shape (n, classes), from calibrated probabilities."""
        if self.calibration is None:
            raise ModelError(self.name, "was saved without a calibration; train it again to get prediction sets")
        return self.calibration.sets(probabilities, holder_kinds)

    def _named(self, row: "NDArray[Any]") -> tuple[str, ...]:
        return tuple(name for name, member in zip(self.classes_, row, strict=True) if member)


def load_model(reference: str | Path, root: str | Path | None = None) -> Model:
    """Load a saved model by `name`, `name@3`, `name@latest` or path; `root` defaults to $STANCE_MODELS or ./models."""
    estimator, manifest = store.load(store.find(reference, root))
    if list(estimator.classes_) != list(range(len(manifest["labels"]))):
        raise ModelError(str(reference), f"was trained without all of its labels {manifest['labels']}; train it again")
    return Model(estimator, manifest)


@dataclass(frozen=True, slots=True)
class _Unit:
    """One sentence on its way to the model, with the text the model reads."""

    reading: Reading
    index: int
    story: str
    seen: str
    before: str | None
    normalised: bool


def predict_articles(
    model: Model,
    articles: Iterable[Outcome],
    *,
    batch_size: int = 1024,
    gazetteer: Gazetteer | None = None,
    normalise_spun: bool = False,
) -> Iterator[Prediction | ArticleError]:
    """Label every sentence of a stream of articles, in order, a batch of sentences at a time.

    Errors in the stream are passed on in their place; an article without a sentence becomes one. With
    `normalise_spun`, known swaps of spun copy are undone in what the model reads, and the row says so.
    """
    model.check_scale()
    stories = StoryIndex()
    readings = read_stream(articles, gazetteer=gazetteer)
    stream = chain.from_iterable(_units(reading, stories, normalise_spun=normalise_spun) for reading in readings)
    while batch := list(islice(stream, batch_size)):
        labelled = iter(_label(model, [item for item in batch if isinstance(item, _Unit)]))
        for item in batch:
            yield next(labelled) if isinstance(item, _Unit) else item


def _units(
    reading: Reading | ArticleError, stories: StoryIndex, *, normalise_spun: bool
) -> Iterator[_Unit | ArticleError]:
    if isinstance(reading, ArticleError):
        yield reading
        return
    story = stories.add(reading.article.id, reading.kept)
    before: str | None = None
    for index, sentence in enumerate(reading.sentences):
        seen, changed = sentence.text, 0
        if normalise_spun and reading.quality.is_spun:
            seen, changed = restore(sentence.text)
        yield _Unit(reading, index, story, seen, before, changed > 0)
        before = seen


def _label(model: Model, units: Sequence[_Unit]) -> Iterator[Prediction]:
    voices = [unit.reading.voices[unit.index] for unit in units]
    rows = model.predict_proba(
        [unit.seen for unit in units],
        holders=[voice.holder for voice in voices],
        contexts=[unit.before for unit in units],
    )
    best = rows.argmax(axis=1).tolist()
    sets: Any = [None] * len(units)
    if model.calibration:
        sets = model.inside(rows, [voice.holder_kind for voice in voices])
    for unit, row, index, members in zip(units, rows.tolist(), best, sets, strict=True):
        plausible = None if members is None else SET.join(compress(model.classes_, members))
        yield _prediction(model, unit, row, model.classes_[index], plausible)


def _prediction(model: Model, unit: _Unit, row: Sequence[float], label: str, plausible: str | None) -> Prediction:
    reading = unit.reading
    article, sentence, voice = reading.article, reading.sentences[unit.index], reading.voices[unit.index]
    quote, mention = voice.quote or (None, None), voice.mention or (None, None)
    return Prediction(
        article=article.id,
        story=unit.story,
        date=article.date,
        outlet=article.outlet,
        url=article.url,
        sentence=sentence.index,
        part=sentence.part,
        start=sentence.start,
        end=sentence.end,
        text=sentence.text,
        holder=voice.holder,
        holder_kind=voice.holder_kind,
        quote_start=quote[0],
        quote_end=quote[1],
        mention_start=mention[0],
        mention_end=mention[1],
        verb=voice.verb,
        label=label,
        plausible=plausible,
        p_distancing=row[0],
        p_neutral=row[1],
        p_supportive=row[2],
        score=expected_score(row),
        synonym_spun=round(reading.quality.synonym_spun, 3),
        machine_translated=round(reading.quality.machine_translated, 3),
        normalised=unit.normalised,
        shares=None if model.shares is None else SET.join(f"{share:.4g}" for share in model.shares),
        model=model.name,
        version=model.version,
    )


def label_sentences(model: Model, reading: Reading) -> list[tuple[str, float]]:
    """Label and score of each sentence of one article that was read."""
    model.check_scale()
    texts = [sentence.text for sentence in reading.sentences]
    holders = [voice.holder for voice in reading.voices]
    probabilities = model.predict_proba(texts, holders=holders, contexts=[None, *texts[:-1]])
    labels = [model.classes_[k] for k in probabilities.argmax(axis=1)]
    return [(label, expected_score(row)) for label, row in zip(labels, probabilities.tolist(), strict=True)]


def predict_article(model: Model, article: Article) -> list[Prediction]:
    """Label every sentence of one article; raises ArticleError if it has none."""
    rows: list[Prediction] = []
    for outcome in predict_articles(model, [article]):
        if isinstance(outcome, ArticleError):
            raise outcome
        rows.append(outcome)
    return rows
