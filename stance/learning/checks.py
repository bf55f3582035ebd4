"""Checks of data, splits and results that run on every training: each finding has a code and says what to do.

`docs/checks.md` explains each code. A finding warns; with `strict` it stops the run.
"""

import hashlib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from stance.errors import CheckError, ChoiceError
from stance.learning.evaluation import Design, Evaluation, Examples, Folds
from stance.learning.scoring import SMALL, Resampling, Scores, columns

Array = NDArray[Any]

TWIN = 0.9
"""Cosine of character 3-gram TF-IDF vectors from which two sentences count as near-twins."""
IMBALANCE = 0.6
MISCALIBRATED = 0.05
FEW_GROUPS = 30


@dataclass(frozen=True, slots=True)
class Check:
    """What a code means and what to do about it."""

    title: str
    remedy: str


CHECKS: Mapping[str, Check] = {
    "STN001": Check(
        "a near-twin of a test sentence is in its training part",
        "give the twins one family (or data.group a column that joins them), or drop one of them",
    ),
    "STN002": Check(
        "a group is on both sides of a split",
        "keep the rows of a group (family, article, story) in one split; an official split that parts them inflates",
    ),
    "STN003": Check(
        "a class is missing from a fold",
        "lower evaluation.folds, or label more rows of that class",
    ),
    "STN004": Check(
        "accuracy is quoted on imbalanced data",
        "quote macro-F1 and the majority baseline beside it; accuracy near the majority's share says little",
    ),
    "STN005": Check(
        "the model agrees with the labels better than the annotators with each other",
        "look for leakage (twins, groups parted, labels made by a model or a rule) before believing it",
    ),
    "STN006": Check(
        f"a slice has fewer than {SMALL} rows",
        "read its score as an anecdote, or label more such rows",
    ),
    "STN007": Check(
        "the same text has two labels",
        "adjudicate it, or put its holder or target into the input where that is the difference",
    ),
    "STN008": Check(
        "the model cannot be told from always guessing the majority",
        "check that texts and labels belong together; then more data, or other features",
    ),
    "STN009": Check(
        "probabilities are miscalibrated after calibration",
        "do not read them as frequencies; calibrate on rows like those the model will meet",
    ),
    "STN010": Check(
        "prediction sets cover less than stated",
        "the rows measured differ from those that calibrated: calibrate on rows of the same kind",
    ),
    "STN011": Check(
        "an interval rests on few groups",
        f"below {FEW_GROUPS} groups a bootstrap interval is too narrow; measure on more articles or families",
    ),
    "STN012": Check(
        "supportive and distancing are confused more often than one row in ten",
        "look at the most confident errors: a flip harms an analysis more than a missed stance",
    ),
}


@dataclass(frozen=True, slots=True)
class Finding:
    """One finding of a check: its code and what was found, with numbers."""

    code: str
    found: str

    def __str__(self) -> str:
        """Code, title, what was found, and what to do."""
        check = CHECKS[self.code]
        return f"{self.code} {check.title}: {self.found}. {check.remedy[0].upper()}{check.remedy[1:]}."


def check_data(examples: Examples, folds: Folds) -> list[Finding]:
    """Findings about the rows and their splits, before anything is trained."""
    return [*_twins(examples, folds), *_parted(examples, folds), *_missing(examples, folds), *_disputed(examples)]


def check_results(results: Evaluation, laid: Design, *, agreement: float | None = None) -> list[Finding]:
    """Findings about an evaluation; `agreement` is the annotators' ordinal alpha on rows that were coded twice."""
    scores = results.overall
    found = [
        *_of_scores(scores, "overall", calibrated=results.calibrated),
        *_against_annotators(scores, agreement),
        *_small_slices(laid.measured),
    ]
    if results.seed_articles:
        found += _of_scores(results.seed_articles, "seed articles", calibrated=results.calibrated)
        articles = len({article for article in laid.articles if article})
        found.append(Finding("STN011", f"seed articles: {articles} articles, resampled by sentence"))
    return found + list(_coverage(results))


def check_codes(codes: Sequence[str]) -> None:
    """Raise ChoiceError for a code that does not exist."""
    for code in codes:
        if code not in CHECKS:
            raise ChoiceError("the check", code, CHECKS)


def enforce(findings: Sequence[Finding], *, strict: bool) -> None:
    """Raise CheckError with every finding if `strict`."""
    if strict and findings:
        raise CheckError([str(finding) for finding in findings])


def _twins(examples: Examples, folds: Folds) -> Iterator[Finding]:
    from sklearn.feature_extraction.text import TfidfVectorizer

    vectors = TfidfVectorizer(analyzer="char_wb", ngram_range=(3, 3)).fit_transform(examples.texts)
    pairs = []
    for train, test in folds.parts:
        for start in range(0, len(test), 500):
            rows = test[start : start + 500]
            close = (vectors[rows] @ vectors[train].T).tocoo()
            near = close.data >= TWIN
            pairs += [(rows[i], train[j]) for i, j in zip(close.row[near], close.col[near], strict=True)]
    if pairs:
        tests = len({test for test, _ in pairs})
        first = [f"{examples.ids[test]} ~ {examples.ids[train]}" for test, train in pairs[:3]]
        yield Finding("STN001", f"{tests} test rows of {len(folds.kept)} (cosine >= {TWIN}): {', '.join(first)} ...")


def _parted(examples: Examples, folds: Folds) -> Iterator[Finding]:
    parted = {
        group for train, test in folds.parts for group in set(examples.groups[train]) & set(examples.groups[test])
    }
    if parted:
        yield Finding("STN002", f"{len(parted)} groups: {', '.join(map(str, sorted(parted)[:3]))} ...")


def _missing(examples: Examples, folds: Folds) -> Iterator[Finding]:
    for number, (train, test) in enumerate(folds.parts, 1):
        for side, rows in (("training", train), ("test", test)):
            absent = [name for k, name in enumerate(examples.classes.names) if k not in examples.true[rows]]
            if absent:
                yield Finding("STN003", f"fold {number}, {side} part: no {', '.join(absent)}")


def _disputed(examples: Examples) -> Iterator[Finding]:
    labels: dict[str, set[int]] = {}
    for text, true in zip(examples.texts[examples.gold], examples.true[examples.gold], strict=True):
        key = hashlib.sha256(" ".join(str(text).lower().split()).encode()).hexdigest()
        labels.setdefault(key, set()).add(int(true))
    disputed = sum(len(found) > 1 for found in labels.values())
    if disputed:
        yield Finding("STN007", f"{disputed} texts of {len(labels)}")


def _of_scores(scores: Scores, where: str, *, calibrated: bool) -> list[Finding]:
    total = sum(scores.support.values())
    name, most = Counter(scores.support).most_common(1)[0]
    found = []
    absent = [name for name, count in scores.support.items() if not count]
    if absent:
        found.append(Finding("STN003", f"{where}: no row measured is {', '.join(absent)}; its F1 counts as 0"))
    if most / total >= IMBALANCE:
        found.append(Finding("STN004", f"{where}: {most / total:.0%} of {total} rows are {name}"))
    if scores.macro_f1.low <= scores.majority_macro_f1.value:
        found.append(Finding("STN008", f"{where}: macro-F1 {scores.macro_f1}, majority {scores.majority_macro_f1}"))
    if calibrated and scores.calibration_error.low > MISCALIBRATED:
        found.append(Finding("STN009", f"{where}: calibration error {scores.calibration_error}, n = {total}"))
    if scores.groups < FEW_GROUPS:
        found.append(Finding("STN011", f"{where}: {scores.groups} groups"))
    if scores.flip_rate and scores.flip_rate.low > 0.1:
        found.append(Finding("STN012", f"{where}: {scores.flip_rate}, n = {scores.flip_rate.n}"))
    return found


def _against_annotators(scores: Scores, agreement: float | None) -> Iterator[Finding]:
    kappa = scores.quadratic_weighted_kappa
    if agreement is not None and kappa and kappa.low > agreement:
        yield Finding("STN005", f"quadratic weighted kappa {kappa}, annotators' alpha {agreement:.3f}, n = {kappa.n}")


def _small_slices(rows: Sequence[Mapping[str, Any]]) -> Iterator[Finding]:
    counts = [
        (field, value, n)
        for field, values in columns(rows).items()
        for value, n in Counter(v for row in values for v in row).items()
    ]
    small = [f"{field} {value} (n = {n})" for field, value, n in counts if n < SMALL]
    if small:
        yield Finding("STN006", f"{len(small)} of {len(counts)} slices: {', '.join(small[:5])}")


def _coverage(results: Evaluation) -> Iterator[Finding]:
    outcome, calibration = results.outcome, results.calibration
    if outcome.inside is None or calibration is None:
        return
    hits = outcome.inside[np.arange(len(outcome.raw.true)), outcome.raw.true]
    share = Resampling(outcome.raw.groups, 1000, 0).mean(hits.astype(float))
    if share.high < calibration.coverage:
        yield Finding("STN010", f"{share} measured, {calibration.coverage:.2f} stated, n = {share.n}")
