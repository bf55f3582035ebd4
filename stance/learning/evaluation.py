"""Predict rows by models that have not seen their groups: cross-validation, leaving one out, official splits."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from itertools import product
from typing import Any
from zlib import crc32

import numpy as np
from numpy.typing import NDArray
from sklearn.base import clone
from sklearn.model_selection import StratifiedGroupKFold

from stance.errors import ChoiceError, UsageError
from stance.labels import LabelSet
from stance.learning import metrics
from stance.learning.calibration import Calibration
from stance.learning.explanation import Explanation, explain
from stance.learning.scoring import Predicted, Scores, score
from stance.text.inputs import Inputs

Array = NDArray[Any]


def encode(labels: Sequence[str], classes: LabelSet) -> Array:
    """Indices of labels in their set."""
    return np.array([classes.index(label) for label in labels], dtype=np.int64)


@dataclass(frozen=True, slots=True)
class Examples:
    """What a classifier learns from and is measured on; `gold` rows are measured, the others only train.

    `kinds` are the kinds of holder ("" where not known), by which prediction sets are calibrated. No model learns
    from rows that are not `learnt`; they are measured all the same.
    """

    ids: Array
    texts: Array
    true: Array
    groups: Array
    gold: Array
    kinds: Array
    classes: LabelSet
    learnt: Array

    @classmethod
    def of(
        cls,
        rows: Sequence[Mapping[str, Any]],
        classes: LabelSet,
        inputs: Inputs | None = None,
        *,
        families: float = 1.0,
    ) -> "Examples":
        """Examples of dataset rows (`text`, `label`, `group`; `id`, `holder_kind`, and `origin`: `weak` is no gold).

        A row without an `id` is known by its number. Of contrast families (`family`) this share is learnt from.
        """
        return cls(
            np.array([str(row.get("id", k)) for k, row in enumerate(rows)], dtype=object),
            np.array(read_texts(rows, inputs or Inputs()), dtype=object),
            encode([row["label"] for row in rows], classes),
            np.array([row["group"] for row in rows], dtype=object),
            np.array([row.get("origin") != "weak" for row in rows]),
            np.array([row.get("holder_kind") or "" for row in rows], dtype=object),
            classes,
            _learnt(rows, families),
        )


def contrast_families(rows: Iterable[Mapping[str, Any]]) -> set[str]:
    """Names of the families whose rows have more than one label."""
    labels: dict[str, set[str]] = {}
    for row in rows:
        labels.setdefault(row.get("family") or "", set()).add(row["label"])
    return {family for family, found in labels.items() if family and len(found) > 1}


def _learnt(rows: Sequence[Mapping[str, Any]], share: float) -> Array:
    """Which rows are learnt from: all but those of contrast families beyond the share.

    Which families stay hangs on their names alone, and a larger share holds those of a smaller one. Raises UsageError
    for a share that is none, or where nothing is left.
    """
    if not 0 <= share <= 1:
        raise UsageError(f"families is {share}; give the share of contrast families to learn from, 0 to 1")
    left_out = {family for family in contrast_families(rows) if crc32(family.encode()) >= share * 2**32}
    learnt = np.array([row.get("family") not in left_out for row in rows], dtype=bool)
    if len(rows) and not learnt.any():
        raise UsageError(f"families={share} leaves no row to learn from: all belong to contrast families")
    return learnt


def read_texts(rows: Sequence[Mapping[str, Any]], inputs: Inputs) -> list[str]:
    """What a classifier reads of dataset rows: `text`, and `target`, `holder`, `context` where switched on."""
    return [
        inputs.compose(row["text"], target=row.get("target"), holder=row.get("holder"), context=row.get("context"))
        for row in rows
    ]


@dataclass(frozen=True, slots=True)
class Folds:
    """Pairs of training and test rows, the rows measured, and the unit by which they are resampled.

    `held` are rows that no part trains on or measures (an official validation part), which may calibrate; `official`
    says that the parts are those of an official split, `of` in how many folds the rows were laid out.
    """

    parts: tuple[tuple[Array, Array], ...]
    kept: Array
    groups: Array
    held: Array = field(default_factory=lambda: np.array([], dtype=np.int64))
    official: bool = False
    of: int = 0

    def learning_from(self, examples: Examples) -> "Folds":
        """These folds with training parts of rows alone that are learnt from.

        Raises UsageError where a training part would lose a class.
        """
        parts = tuple((train[examples.learnt[train]], test) for train, test in self.parts)
        for (before, _), (after, _) in zip(self.parts, parts, strict=True):
            lost = sorted(set(examples.true[before].tolist()) - set(examples.true[after].tolist()))
            if lost:
                raise UsageError(
                    f"without the contrast families left out a training part has no row that is "
                    f"{examples.classes.names[lost[0]]}; raise families="
                )
        return replace(self, parts=parts)


def grouped_folds(examples: Examples, *, folds: int, seed: int, measured: int | None = None) -> Folds:
    """Stratified folds over the gold rows that never part a group; the other rows join the training parts.

    With `measured` only the first so many folds are measured, for models that take long to fit. Raises UsageError
    where a class has fewer groups than there are folds.
    """
    gold = np.flatnonzero(examples.gold)
    true, groups = examples.true[gold], examples.groups[gold]
    counts = [len(set(groups[true == k])) for k in range(len(examples.classes.names))]
    if folds < 2:
        raise UsageError(f"evaluation.folds is {folds}; cross-validation needs 2 or more")
    if not min(counts):
        absent = [name for name, count in zip(examples.classes.names, counts, strict=True) if not count]
        raise UsageError(f"no row is labelled {', '.join(absent)}; add such rows, or train on other labels")
    if min(counts) < folds:
        raise UsageError(
            f"{folds} folds need {folds} groups of every class, the rarest has {min(counts)}; lower evaluation.folds"
        )
    splitter = StratifiedGroupKFold(folds, shuffle=True, random_state=seed)
    parts = [_with_silver(examples, gold[train], gold[test]) for train, test in splitter.split(true, true, groups)]
    if measured is None:
        return Folds(tuple(parts), gold, examples.groups, of=folds)
    if not 1 <= measured <= folds:
        raise UsageError(f"evaluation.measured is {measured}; of {folds} folds 1 to {folds} can be measured")
    kept = np.sort(np.concatenate([test for _, test in parts[:measured]]))
    return Folds(tuple(parts[:measured]), kept, examples.groups, of=folds)


def _with_silver(examples: Examples, train: Array, test: Array) -> tuple[Array, Array]:
    """Add to a training part the rows that are no gold and share no group with its test part."""
    silver = np.flatnonzero(~examples.gold & ~np.isin(examples.groups, examples.groups[test]))
    return np.concatenate([train, silver]), test


def article_folds(examples: Examples, held: Sequence[str | None], *, together: bool = False) -> Folds:
    """One fold for each value of `held`, trained on all others; rows where it is None only train.

    With `together` one model that has seen none of them predicts them all, which is stricter and one fit.
    Rows that share a group with a held-out row leave the training part with it. Resampled by row, since the
    held-out wholes are few.
    """
    outer = np.array([h or "" for h in held])
    parts = []
    values = sorted({h for h in held if h})
    for part in [values] if together else [[value] for value in values]:
        test = np.flatnonzero(np.isin(outer, part))
        train = np.flatnonzero(~np.isin(examples.groups, examples.groups[test]))
        parts.append((train, test))
    return Folds(tuple(parts), np.flatnonzero(outer != ""), np.arange(len(outer)))


def official_folds(splits: Sequence[str | None]) -> Folds:
    """The official test rows, by a model trained on those marked train; validation rows calibrate."""
    names = np.array([split or "" for split in splits])
    if any(names == ""):
        raise UsageError(
            f"{int((names == '').sum())} of {len(names)} rows have no split though others do; mark them train, "
            "validation or test, or leave data.split out"
        )
    train, test = np.flatnonzero(names == "train"), np.flatnonzero(names == "test")
    if not len(train) or not len(test):
        raise UsageError(f"an official split needs rows marked train and test; there are {sorted(set(names))}")
    return Folds(((train, test),), test, np.arange(len(names)), np.flatnonzero(names == "validation"), official=True)


ARTICLES = ("each", "together", "first_fold", "none")


@dataclass(frozen=True, slots=True)
class Plan:
    """How thoroughly to evaluate.

    `inner` grouped folds inside each training part calibrate it (and choose among the values of `search`, a map from
    a parameter as scikit-learn names it to the values to try); with 0 the other folds' predictions calibrate.
    `errors` confident errors a fold are explained. `coverage` is that of the prediction sets. For models that take
    long to fit, `measured` takes the first so many folds alone, and `articles` the seed articles `together` by one
    more model that saw none of them, by that of the `first_fold` (no fold then learns from any of them, which saves a
    fit), or `none` of them; `each` leaves out one at a time.
    """

    inner: int = 0
    search: Mapping[str, Sequence[Any]] = field(default_factory=dict)
    errors: int = 0
    coverage: float = 0.9
    measured: int | None = None
    articles: str = "each"
    seed: int = 0

    def __post_init__(self) -> None:
        """Refuse what would mean nothing."""
        if self.articles not in ARTICLES:
            raise ChoiceError("evaluation.articles", self.articles, ARTICLES)
        if self.inner == 1 or self.inner < 0:
            raise UsageError(f"evaluation.inner is {self.inner}; give 2 folds or more, or 0 to do without")
        if self.search and not self.inner:
            raise UsageError("evaluation.search chooses by inner folds; give evaluation.inner of 2 or more")
        if not 0.5 <= self.coverage < 1:
            raise UsageError(f"evaluation.coverage is {self.coverage}; it must be at least 0.5 and below 1")
        for name, values in self.search.items():
            if not isinstance(values, list | tuple) or not values:
                raise UsageError(f"evaluation.search.{name} is {values!r}; give a list of values, as in [1, 10]")


@dataclass(frozen=True, slots=True)
class ConfidentError:
    """A row that its fold's model got wrong with confidence, and the words that led it there."""

    row: int
    confidence: float
    explanation: Explanation


@dataclass(frozen=True, slots=True)
class FoldResult:
    """What one fold's model said: raw probabilities of its test rows, of the held rows, and of its inner test rows.

    `fitted` is the model itself, kept for an official split alone.
    """

    probabilities: Array
    held: Array
    inner: Array | None
    chosen: Mapping[str, Any]
    errors: tuple[ConfidentError, ...]
    fitted: Any = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """Raw and calibrated out-of-fold predictions of the rows `folds.kept`, and what came with them.

    `inside` says which classes each row's prediction set holds; `calibrated` is None where nothing could calibrate.
    `fitted` is the model that an official split was measured with, None for others.
    """

    raw: Predicted
    calibrated: Predicted | None
    inside: Array | None
    calibrations: tuple[Calibration, ...]
    chosen: tuple[Mapping[str, Any], ...]
    errors: tuple[ConfidentError, ...]
    fitted: Any = None

    def of(self, rows: Array, kept: Array) -> "Outcome":
        """What was said of `rows`, where `kept` are the rows that were predicted."""
        chosen, wanted = np.isin(kept, rows), set(rows.tolist())
        return replace(
            self,
            raw=self.raw.part(chosen),
            calibrated=self.calibrated and self.calibrated.part(chosen),
            inside=None if self.inside is None else self.inside[chosen],
            errors=tuple(error for error in self.errors if error.row in wanted),
        )


def out_of_fold(estimator: Any, examples: Examples, folds: Folds, plan: Plan | None = None) -> Outcome:
    """Predict each part's test rows by an estimator fitted on its training rows alone, and calibrate them on others.

    Folds run side by side inside `joblib.parallel_config(n_jobs=...)`.
    """
    from joblib import Parallel, delayed

    plan = plan or Plan()
    jobs = (delayed(_run_fold)(estimator, examples, train, test, folds, plan) for train, test in folds.parts)
    results: list[FoldResult] = Parallel()(jobs)
    classes = len(examples.classes.names)
    probabilities = np.zeros((len(examples.true), classes))
    majority = np.zeros(len(examples.true), dtype=np.int64)
    for (train, test), result in zip(folds.parts, results, strict=True):
        probabilities[test] = result.probabilities
        majority[test] = np.bincount(examples.true[train], minlength=classes).argmax()
    kept = folds.kept
    raw = Predicted(
        examples.classes,
        examples.true[kept],
        probabilities[kept],
        majority[kept],
        folds.groups[kept],
        examples.ids[kept],
    )
    calibrated, inside, calibrations = _calibrate(examples, folds, results, probabilities, plan)
    return Outcome(
        raw,
        None if calibrated is None else replace(raw, probabilities=calibrated[kept]),
        None if inside is None else inside[kept],
        calibrations,
        tuple(result.chosen for result in results if result.chosen),
        tuple(error for result in results for error in result.errors),
        results[0].fitted,
    )


def _run_fold(estimator: Any, examples: Examples, train: Array, test: Array, folds: Folds, plan: Plan) -> FoldResult:
    classes, inner, held = len(examples.classes.names), None, folds.held
    chosen: dict[str, Any] = {}
    if plan.search or (plan.inner and not len(held)):
        chosen, inner = choose(estimator, examples, train, plan)
    fitted = clone(estimator).set_params(**chosen) if chosen else clone(estimator)
    fit(fitted, examples.texts[train], examples.true[train], examples.groups[train])
    probabilities = probabilities_of(fitted, examples.texts[test], classes)
    held_out = probabilities_of(fitted, examples.texts[held], classes) if len(held) else np.zeros((0, classes))
    errors = _explain_errors(fitted, examples, test, probabilities, plan.errors)
    return FoldResult(probabilities, held_out, inner, chosen, errors, fitted if folds.official else None)


def choose(estimator: Any, examples: Examples, train: Array, plan: Plan) -> tuple[dict[str, Any], Array]:
    """Parameters of `plan.search` with the best inner macro-F1, and their raw probabilities of the gold training rows.

    Raises UsageError for a parameter that the estimator does not have.
    """
    unknown = set(plan.search) - set(estimator.get_params())
    if unknown:
        raise ChoiceError("evaluation.search", min(unknown), estimator.get_params())
    gold = train[examples.gold[train]]
    splitter = StratifiedGroupKFold(plan.inner, shuffle=True, random_state=plan.seed)
    parts = list(splitter.split(gold, examples.true[gold], examples.groups[gold]))
    classes, best = len(examples.classes.names), -1.0
    for values in product(*plan.search.values()):
        parameters = dict(zip(plan.search, values, strict=True))
        probabilities = np.zeros((len(gold), classes))
        for part, rest in parts:
            rows, _ = _with_silver(examples, gold[part], gold[rest])
            rows = rows[np.isin(rows, train)]
            fitted = clone(estimator).set_params(**parameters)
            fit(fitted, examples.texts[rows], examples.true[rows], examples.groups[rows])
            probabilities[rest] = probabilities_of(fitted, examples.texts[gold[rest]], classes)
        table = np.zeros((1, classes, classes))
        np.add.at(table[0], (examples.true[gold], probabilities.argmax(axis=1)), 1)
        value = float(metrics.macro_f1(table)[0])
        if value > best:
            best, chosen, kept = value, parameters, probabilities
    return chosen, kept


def _calibrate(
    examples: Examples, folds: Folds, results: Sequence[FoldResult], probabilities: Array, plan: Plan
) -> tuple[Array | None, Array | None, tuple[Calibration, ...]]:
    """Calibrate each fold's test rows on other rows, each predicted by a model that had not learnt from it.

    An official validation part comes first, then inner folds, then the other folds (whose models have learnt from this
    fold's test rows: one temperature and a few bounds carry little of that, and `inner` avoids it). Rows that are not
    learnt from do not calibrate either.
    """
    calibrated, inside = np.zeros_like(probabilities), np.zeros(probabilities.shape, dtype=bool)
    learnt = []
    for (train, test), result in zip(folds.parts, results, strict=True):
        if len(folds.held):
            rows, seen = folds.held, result.held
        elif result.inner is not None:
            rows, seen = train[examples.gold[train]], result.inner
        else:
            rows = np.concatenate([[], *(other for _, other in folds.parts if other is not test)]).astype(int)
            seen = probabilities[rows]
        rows, seen = rows[examples.learnt[rows]], seen[examples.learnt[rows]]
        if not len(rows):
            return None, None, ()
        kinds = list(examples.kinds)
        calibration = Calibration.fit(seen, examples.true[rows], [kinds[k] for k in rows], coverage=plan.coverage)
        calibrated[test] = calibration.apply(probabilities[test])
        inside[test] = calibration.sets(calibrated[test], [kinds[k] for k in test])
        learnt.append(calibration)
    return calibrated, inside, tuple(learnt)


def outcome_of_fitted(
    fitted: Any, calibration: Calibration | None, examples: Examples, kept: Array, *, errors: int = 0
) -> Outcome:
    """What a fitted estimator says of the rows kept; the majority baseline is that of these rows."""
    classes, true = len(examples.classes.names), examples.true[kept]
    probabilities = probabilities_of(fitted, examples.texts[kept], classes)
    majority = np.full(len(kept), np.bincount(true, minlength=classes).argmax())
    raw = Predicted(examples.classes, true, probabilities, majority, examples.groups[kept], examples.ids[kept])
    worst = _explain_errors(fitted, examples, kept, probabilities, errors)
    if calibration is None:
        return Outcome(raw, None, None, (), (), worst)
    calibrated = calibration.apply(probabilities)
    inside = calibration.sets(calibrated, list(examples.kinds[kept]))
    return Outcome(raw, replace(raw, probabilities=calibrated), inside, (calibration,), (), worst)


def _explain_errors(
    fitted: Any, examples: Examples, test: Array, probabilities: Array, count: int
) -> tuple[ConfidentError, ...]:
    labels, true = probabilities.argmax(axis=1), examples.true[test]
    wrong = np.flatnonzero(labels != true)
    worst = wrong[np.argsort(-probabilities[wrong].max(axis=1), kind="stable")][:count]
    return tuple(
        ConfidentError(
            int(test[k]),
            float(probabilities[k].max()),
            explain(fitted, examples.texts[test[k]], int(labels[k]), int(true[k])),
        )
        for k in worst
    )


def cross_validate(estimator: Any, examples: Examples, *, folds: int, seed: int) -> Predicted:
    """Raw out-of-fold predictions of the gold rows by stratified cross-validation that never parts a group."""
    return out_of_fold(estimator, examples, grouped_folds(examples, folds=folds, seed=seed)).raw


def fit(estimator: Any, texts: Any, true: Array, groups: Any) -> Any:
    """Fit an estimator or pipeline, handing the groups to a last step that keeps a validation part of its own."""
    name, last = estimator.steps[-1] if hasattr(estimator, "steps") else ("", estimator)
    if not getattr(last, "fit_takes_groups", False):
        return estimator.fit(texts, true)
    return estimator.fit(texts, true, **{f"{name}__groups" if name else "groups": groups})


def probabilities_of(fitted: Any, texts: Array, classes: int) -> Array:
    """Probabilities over all classes, shape (n, classes), also of an estimator that has not met every class."""
    probabilities = np.zeros((len(texts), classes))
    probabilities[:, fitted.classes_] = fitted.predict_proba(texts)
    return probabilities


def fit_predict(estimator: Any, train: Array, true: Array, test: Array, classes: int, *, groups: Any = None) -> Array:
    """Fit on the training part and return probabilities of the test part over all classes, shape (n, classes)."""
    return probabilities_of(fit(estimator, train, true, groups), test, classes)


@dataclass(frozen=True, slots=True)
class Evaluation:
    """Scores overall, by grouped cross-validation or on the official test part, and over the seed articles.

    Scores are of calibrated probabilities where something could calibrate. `seed_articles` are scores over the seed
    articles, each read by a model that had seen nothing of it; None where there are none. `calibration` is that of a
    model fitted on all rows; `outcome` and `seeds` are the predictions themselves; `seed_articles_moved` are scores of
    the latter, calibrated and moved to the label shares of the other articles; `saved` says that they are of a model
    fitted before, `measured` how many folds of how many were measured.
    """

    overall: Scores
    seed_articles: Scores | None
    official: bool
    calibration: Calibration | None
    outcome: Outcome
    seeds: Outcome | None
    saved: bool = False
    measured: tuple[int, int] | None = None
    seed_articles_moved: Scores | None = None

    def metrics(self) -> dict[str, Any]:
        """The scores as plain data, without the predictions."""
        return {
            "overall": asdict(self.overall),
            "seed_articles": asdict(self.seed_articles) if self.seed_articles else None,
            "seed_articles_moved": asdict(self.seed_articles_moved) if self.seed_articles_moved else None,
            "official": self.official,
            "saved": self.saved,
            "measured": self.measured,
            "calibrated": self.calibrated,
        }

    @property
    def calibrated(self) -> bool:
        """Whether the scores are of calibrated probabilities."""
        return self.outcome.calibrated is not None

    @property
    def predicted(self) -> Predicted:
        """Predictions that were scored overall."""
        return self.outcome.calibrated or self.outcome.raw

    @property
    def seed_predicted(self) -> Predicted | None:
        """Predictions that were scored over the seed articles."""
        return (self.seeds.calibrated or self.seeds.raw) if self.seeds else None


@dataclass(frozen=True, slots=True)
class Design:
    """Which rows are measured by models of which others, laid out once for the checks and for the evaluation.

    `articles` is the seed article of each row, None elsewhere.
    """

    rows: Sequence[Mapping[str, Any]]
    examples: Examples
    folds: Folds
    official: bool
    articles: tuple[str | None, ...]

    @property
    def measured(self) -> list[Mapping[str, Any]]:
        """The rows measured, in the order of their predictions."""
        return [self.rows[k] for k in self.folds.kept.tolist()]

    @property
    def article_rows(self) -> Array:
        """Indices of the sentences of seed articles."""
        return np.flatnonzero([bool(article) for article in self.articles])


def design(
    rows: Sequence[Mapping[str, Any]],
    classes: LabelSet,
    *,
    folds: int,
    seed: int,
    measured: int | None = None,
    articles: str = "each",
    inputs: Inputs | None = None,
    families: float = 1.0,
) -> Design:
    """Lay out dataset rows (`text`, `label`, `group`, `origin`, `article`, `split`) for an evaluation.

    Rows with an official split are trained on their train part and measured on their test part; others are
    cross-validated in grouped folds, none of which learns from a seed article where `articles` is "first_fold".
    Models learn from the share `families` of contrast families.
    """
    examples = Examples.of(rows, classes, inputs, families=families)
    splits = [row.get("split") for row in rows]
    official = any(splits)
    laid = official_folds(splits) if official else grouped_folds(examples, folds=folds, seed=seed, measured=measured)
    laid = laid.learning_from(examples)
    held = tuple(row.get("article") if row.get("origin") == "seed" else None for row in rows)
    found = Design(rows, examples, laid, official, held)
    if official or articles != "first_fold" or not any(held):
        return found
    return replace(found, folds=_unlearnt(examples, laid, found.article_rows))


def evaluate(estimator: Any, laid: Design, *, resamples: int, seed: int, plan: Plan | None = None) -> Evaluation:
    """Evaluate an unfitted estimator as laid out, and over the seed articles where there are any."""
    plan = plan or Plan()
    seeds = None
    asked = any(laid.articles) and not laid.official
    if asked and plan.articles == "first_fold":
        outcome, seeds = _with_articles(estimator, laid, plan)
    else:
        outcome = out_of_fold(estimator, laid.examples, laid.folds, plan)
        if asked and plan.articles != "none":
            held = article_folds(laid.examples, laid.articles, together=plan.articles == "together")
            seeds = out_of_fold(estimator, laid.examples, held.learning_from(laid.examples), replace(plan, errors=0))
    said, final = outcome.calibrated or outcome.raw, _final_calibration(outcome, laid, plan)
    read = (seeds.calibrated or seeds.raw) if seeds else None
    articles = [article for article in laid.articles if article]
    moved = _moved(seeds.raw, final, articles) if seeds and final else None
    return Evaluation(
        score(said, resamples=resamples, seed=seed),
        score(read, resamples=resamples, seed=seed) if read else None,
        laid.official,
        final,
        outcome,
        seeds,
        measured=(len(laid.folds.parts), laid.folds.of) if laid.folds.of else None,
        seed_articles_moved=score(moved, resamples=resamples, seed=seed) if moved else None,
    )


def _moved(read: Predicted, calibration: Calibration, articles: Sequence[str]) -> Predicted | None:
    """Raw predictions of articles, calibrated and moved to the shares that the labels of the other articles have.

    One row of each class is added to these. None where there is one article alone.
    """
    if len(set(articles)) < 2:
        return None
    names, expected = np.array(articles), np.zeros_like(read.probabilities)
    for article in set(articles):
        others = np.bincount(read.true[names != article], minlength=expected.shape[1]) + 1
        expected[names == article] = others / others.sum()
    return replace(read, probabilities=calibration.expecting(calibration.apply(read.probabilities), expected))


def _with_articles(estimator: Any, laid: Design, plan: Plan) -> tuple[Outcome, Outcome]:
    """Outcomes of the folds and of the seed articles: no fold learns from these, the first fold's model reads them."""
    seeds = laid.article_rows
    folds = _unlearnt(laid.examples, laid.folds, seeds)
    (train, test), *others = folds.parts
    rest = [(train, left) for train, test in others if len(left := np.setdiff1d(test, seeds))]
    kept = np.union1d(folds.kept, seeds)
    parts = ((train, np.union1d(test, seeds)), *rest)
    read = out_of_fold(estimator, laid.examples, replace(folds, parts=parts, kept=kept), plan)
    ours = read.of(seeds, kept)
    calibrated = ours.calibrated and replace(ours.calibrated, groups=seeds)
    by_row = replace(ours, raw=replace(ours.raw, groups=seeds), calibrated=calibrated, errors=())
    return read.of(folds.kept, kept), by_row


def _unlearnt(examples: Examples, folds: Folds, rows: Array) -> Folds:
    """Folds whose training parts hold none of these rows and nothing that shares a group with them."""
    free = ~np.isin(examples.groups, examples.groups[rows])
    parts = tuple((train[free[train]], test) for train, test in folds.parts)
    if not all(len(train) for train, _ in parts):
        raise UsageError(
            "evaluation.articles is first_fold, and every training row belongs to a seed article; "
            "set evaluation.articles=each or none"
        )
    return replace(folds, parts=parts)


def _final_calibration(outcome: Outcome, laid: Design, plan: Plan) -> Calibration | None:
    """Calibration for a model fitted on all rows: that of the official split, or one learnt from all folds together."""
    if laid.official:
        return outcome.calibrations[0] if outcome.calibrations else None
    kept = laid.folds.kept
    raw, learnt = outcome.raw.part(laid.examples.learnt[kept]), laid.examples.learnt[kept]
    if not learnt.any():
        return None
    return Calibration.fit(raw.probabilities, raw.true, list(laid.examples.kinds[kept[learnt]]), coverage=plan.coverage)
