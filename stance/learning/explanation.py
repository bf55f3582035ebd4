"""Which words of a sentence moved a classifier: exact sums for linear models over n-grams, occlusion for any other."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import FeatureUnion

WORDS = re.compile(r"\S+")


@dataclass(frozen=True, slots=True)
class Highlight:
    """A word's span in its text and its weight: above 0 it spoke for the class predicted, below 0 against it."""

    start: int
    end: int
    weight: float


@dataclass(frozen=True, slots=True)
class Explanation:
    """Weights of the words of one text; `method` is `linear` (exact, in log-odds) or `occlusion` (in probability)."""

    method: str
    words: tuple[Highlight, ...]


def explain(estimator: Any, text: str, predicted: int, other: int) -> Explanation:
    """Weights of words for the class predicted against another one, both as class indices.

    Of a pipeline of TF-IDF n-grams and multinomial logistic regression the weights are exact: with the difference of
    intercepts they sum to the difference of log-odds. Of any other estimator each word is left out in turn and the
    fall of the predicted class's probability is its weight. Source of occlusion: Zeiler and Fergus (2014), ECCV.
    """
    known = set(getattr(estimator, "classes_", ())) >= {predicted, other}
    if known and _is_linear(estimator) and len(text.lower()) == len(text):
        return Explanation("linear", _contributions(estimator, text, predicted, other))
    return Explanation("occlusion", _occlusion(estimator, text, predicted))


def _is_linear(estimator: Any) -> bool:
    steps = dict(getattr(estimator, "steps", []))
    features, classifier = steps.get("features"), steps.get("classifier")
    return (
        isinstance(features, FeatureUnion)
        and all(_is_plain(part) for _, part in features.transformer_list)
        and isinstance(classifier, LogisticRegression)
        and len(classifier.classes_) > 2
    )


def _is_plain(part: Any) -> bool:
    return isinstance(part, TfidfVectorizer) and part.analyzer in ("word", "char_wb") and part.preprocessor is None


def _contributions(estimator: Any, text: str, predicted: int, other: int) -> tuple[Highlight, ...]:
    features, classifier = (step for _, step in estimator.steps)
    rows = {k: classifier.coef_[list(classifier.classes_).index(k)] for k in (predicted, other)}
    weight = np.asarray(features.transform([text]).todense()).ravel() * (rows[predicted] - rows[other])
    words = [(found.start(), found.end()) for found in WORDS.finditer(text)]
    sums, first = np.zeros(len(words)), 0
    for _, part in features.transformer_list:
        places: dict[int, list[list[int]]] = {}
        for feature, covered in _occurrences(part, text, words):
            places.setdefault(feature, []).append(covered)
        for feature, occurrences in places.items():
            for covered in occurrences:
                sums[covered] += weight[first + feature] / len(occurrences) / len(covered)
        first += len(part.vocabulary_)
    return tuple(Highlight(start, end, float(value)) for (start, end), value in zip(words, sums, strict=True))


def _occurrences(part: Any, text: str, words: Sequence[tuple[int, int]]) -> Iterator[tuple[int, list[int]]]:
    """Each known n-gram of a text, as the vectorizer would find it, with the indices of the words it covers."""
    if part.analyzer == "word":
        tokens = list(re.finditer(part.token_pattern, text.lower() if part.lowercase else text))
        least, most = part.ngram_range
        for size in range(least, most + 1):
            for k in range(len(tokens) - size + 1):
                gram = " ".join(token.group() for token in tokens[k : k + size])
                if gram in part.vocabulary_:
                    yield part.vocabulary_[gram], _covered(words, tokens[k].start(), tokens[k + size - 1].end())
        return
    grams = part.build_analyzer()
    for index, (start, end) in enumerate(words):
        for gram in grams(text[start:end]):
            if gram in part.vocabulary_:
                yield part.vocabulary_[gram], [index]


def _covered(words: Sequence[tuple[int, int]], start: int, end: int) -> list[int]:
    return [k for k, (first, last) in enumerate(words) if first < end and last > start]


def _occlusion(estimator: Any, text: str, predicted: int) -> tuple[Highlight, ...]:
    words = [(found.start(), found.end()) for found in WORDS.finditer(text)]
    without = [" ".join((text[:start] + text[end:]).split()) for start, end in words]
    column = list(estimator.classes_).index(predicted)
    probabilities = estimator.predict_proba([text, *without])[:, column]
    falls = probabilities[0] - probabilities[1:]
    return tuple(Highlight(start, end, float(fall)) for (start, end), fall in zip(words, falls, strict=True))
