"""Whether the surface of labelled sentences gives their class away: what a reader of words alone can get right.

Everything is measured grouped, so that no family is on both sides.
"""

import json
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console

from stance.labels import NAMES, STANCES
from stance.learning.classifiers import logistic_regression, majority, pipeline
from stance.learning.evaluation import Array, Examples, cross_validate, fit_predict, score
from stance.learning.features import word_and_char_tfidf
from stance.records import Interval, LabelledSentence

TOPICS = ("Russia", "Moscow", "Putin", "Kremlin", "Ukraine", "sanctions", "gas", "war", "peace")
SIZES = (500, 1000, 2000, 4000)
BOUND_METADATA = 0.45
BOUND_TOPICS = 10.0


@dataclass(frozen=True, slots=True)
class Surface:
    """What the surface gives away; macro-F1 values are grouped, `curve` by number of training rows.

    `topics` holds the share of sentences of each class, in per cent, that a word occurs in; `tied` the words most tied
    to each class with their z-scores.
    """

    majority: Interval
    metadata: Interval
    words: Interval
    family_accuracy: Interval | None
    curve: dict[int, Interval]
    topics: dict[str, dict[str, float]]
    tied: dict[str, list[tuple[str, float]]]

    @property
    def metadata_tells(self) -> bool:
        """Whether bloc, kind and length alone predict the class beyond the bound."""
        return self.metadata.value > BOUND_METADATA

    @property
    def uneven_topics(self) -> list[str]:
        """Topics whose share differs by more than the bound between two classes."""
        return [t for t, shares in self.topics.items() if max(shares.values()) - min(shares.values()) > BOUND_TOPICS]

    def as_dict(self) -> dict[str, Any]:
        """Plain values, to be kept beside a built dataset."""
        return asdict(self)


def check_surface(rows: Sequence[LabelledSentence], groups: Sequence[str], *, folds: int = 5, seed: int = 0) -> Surface:
    """Measure what majority, metadata and bags of words make of authored sentences."""
    plain = [{"text": row.text, "label": row.label, "group": g} for row, g in zip(rows, groups, strict=True)]
    examples = Examples.of(plain, STANCES)
    estimator = pipeline(word_and_char_tfidf(), logistic_regression(seed=seed))
    words = score(cross_validate(estimator, examples, folds=folds, seed=seed), resamples=1000, seed=seed)
    floor = score(cross_validate(pipeline("passthrough", majority()), examples, folds=folds, seed=seed), seed=seed)
    return Surface(
        majority=floor.macro_f1,
        metadata=_metadata(rows, examples, folds=folds, seed=seed),
        words=words.macro_f1,
        family_accuracy=words.family_accuracy,
        curve=_curve(estimator, examples, folds=folds, seed=seed),
        topics=topic_shares(rows),
        tied=tied_words(rows),
    )


def _metadata(rows: Sequence[LabelledSentence], examples: Examples, *, folds: int, seed: int) -> Interval:
    """Macro-F1 of bloc, kind and length alone, as a bag of three words."""
    from sklearn.feature_extraction.text import CountVectorizer

    facts = [f"bloc_{row.bloc} kind_{row.kind} length_{len(row.text.split()) // 4}" for row in rows]
    described = replace(examples, texts=np.array(facts, dtype=object))
    estimator = pipeline(CountVectorizer(analyzer=str.split), logistic_regression(C=1.0))
    return score(cross_validate(estimator, described, folds=folds, seed=seed), resamples=1000, seed=seed).macro_f1


def _curve(estimator: Any, examples: Examples, *, folds: int, seed: int) -> dict[int, Interval]:
    """Macro-F1 by number of training rows: whole groups drawn until there are enough, tested on one fixed fifth."""
    from sklearn.base import clone
    from sklearn.model_selection import StratifiedGroupKFold

    from stance.learning.evaluation import Predicted

    splitter = StratifiedGroupKFold(folds, shuffle=True, random_state=seed)
    train, test = next(splitter.split(examples.true, examples.true, examples.groups))
    order = _by_whole_groups(examples.groups[train], seed)
    curve: dict[int, Interval] = {}
    for size in [*[size for size in SIZES if size < len(train)], len(train)]:
        part = train[order[:size]]
        classes = len(examples.classes.names)
        texts, true = examples.texts, examples.true
        probabilities = fit_predict(clone(estimator), texts[part], true[part], texts[test], classes)
        floor = np.ones(len(test), dtype=np.int64)
        predicted = Predicted(examples.classes, true[test], probabilities, floor, examples.groups[test])
        curve[size] = score(predicted, resamples=1000, seed=seed).macro_f1
    return curve


def _by_whole_groups(groups: Array, seed: int) -> Array:
    """An order of rows in which groups stand together, in random order."""
    names = np.unique(groups)
    place = dict(zip(np.random.default_rng(seed).permutation(names).tolist(), range(len(names)), strict=True))
    return np.argsort([place[group] for group in groups], kind="stable")


def topic_shares(rows: Sequence[LabelledSentence]) -> dict[str, dict[str, float]]:
    """Share of the sentences of each class, in per cent, in which each topic word begins a word."""
    texts = {name: [row.text for row in rows if row.label == name] for name in NAMES}
    return {
        topic: {name: _share(re.compile(rf"\b{topic}", re.IGNORECASE), texts[name]) for name in NAMES}
        for topic in TOPICS
    }


def _share(pattern: re.Pattern[str], texts: Sequence[str]) -> float:
    return 100 * sum(bool(pattern.search(text)) for text in texts) / max(len(texts), 1)


def tied_words(rows: Sequence[LabelledSentence], *, most: int = 8) -> dict[str, list[tuple[str, float]]]:
    """Words most tied to one class: log-odds against the other classes with a Dirichlet prior, as z-scores.

    Source: Monroe, Colaresi, Quinn (2008), "Fightin' words", Political Analysis 16(4).
    """
    bags = {name: Counter(w for r in rows if r.label == name for w in _words(r.text)) for name in NAMES}
    everything: Counter[str] = sum(bags.values(), Counter())
    total = sum(everything.values())
    prior = {word: 500 * count / total for word, count in everything.items()}
    tied = {}
    for name, mine in bags.items():
        others = everything - mine
        n, m = sum(mine.values()), sum(others.values())
        scores = []
        for word, alpha in prior.items():
            a, b = mine[word] + alpha, others[word] + alpha
            odds = np.log(a / (n + 500 - a)) - np.log(b / (m + 500 - b))
            scores.append((word, float(odds / np.sqrt(1 / a + 1 / b))))
        tied[name] = sorted(scores, key=lambda pair: -pair[1])[:most]
    return tied


def _words(text: str) -> set[str]:
    return set(re.findall(r"[^\W\d_]+(?:[’'][^\W\d_]+)?", text.lower()))


CACHE = "surface.json"


def checked(
    rows: Sequence[LabelledSentence], groups: Sequence[str], folder: Path, fingerprint: str, *, seed: int = 0
) -> Surface | None:
    """Check the surface, or take the result kept in `folder` if it is of the same content; None for too few rows."""
    path = folder / CACHE
    if path.is_file():
        kept = json.loads(path.read_text(encoding="utf-8"))
        if kept["fingerprint"] == fingerprint and kept["seed"] == seed:
            return _from_dict(kept["surface"])
    grouped = {name: {g for row, g in zip(rows, groups, strict=True) if row.label == name} for name in NAMES}
    smallest = min(map(len, grouped.values()))
    if smallest < 20:
        return None
    found = check_surface(rows, groups, seed=seed)
    record = {"fingerprint": fingerprint, "seed": seed, "surface": found.as_dict()}
    path.write_text(json.dumps(record, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    return found


def _from_dict(kept: Mapping[str, Any]) -> Surface:
    def interval(value: Mapping[str, Any] | None) -> Interval | None:
        return Interval(**value) if value else None

    return Surface(
        majority=Interval(**kept["majority"]),
        metadata=Interval(**kept["metadata"]),
        words=Interval(**kept["words"]),
        family_accuracy=interval(kept["family_accuracy"]),
        curve={int(size): Interval(**value) for size, value in kept["curve"].items()},
        topics=kept["topics"],
        tied={name: [(word, z) for word, z in pairs] for name, pairs in kept["tied"].items()},
    )


def show(surface: Surface | None) -> None:
    """Print what the surface gives away, with the bounds it should keep."""
    console = Console(soft_wrap=True, highlight=False)
    if surface is None:
        console.print("surface check: too few authored groups of a class to measure anything")
        return
    console.print("What the surface of the authored sentences gives away (macro-F1, grouped by family):")
    verdict = "ABOVE" if surface.metadata_tells else "within"
    console.print(f"  majority {surface.majority}, n = {surface.majority.n}")
    console.print(f"  bloc, kind and length alone {surface.metadata}: {verdict} the bound of {BOUND_METADATA}")
    console.print(f"  words and characters (TF-IDF) {surface.words}")
    for size, value in surface.curve.items():
        console.print(f"    trained on {size} rows: {value}, tested on {value.n}")
    if surface.family_accuracy:
        family = surface.family_accuracy
        console.print(f"  contrast families with every member right {family}, n = {family.n}")
    console.print(f"  share of sentences with a topic word, in per cent of {', '.join(NAMES)}:")
    for topic, shares in surface.topics.items():
        mark = "  UNEVEN" if topic in surface.uneven_topics else ""
        console.print(f"    {topic:10s} {'  '.join(f'{shares[name]:5.1f}' for name in NAMES)}{mark}")
    for name, words in surface.tied.items():
        console.print(f"  words most tied to {name} (z): {', '.join(f'{word} {z:.1f}' for word, z in words)}")
