import numpy as np
import pytest

from stance.errors import ExtraError, UsageError
from stance.labels import STANCES
from stance.learning.classifiers import logistic_regression, pipeline
from stance.learning.evaluation import Examples
from stance.learning.features import word_and_char_tfidf
from stance.learning.selection import suggest, suspect


def test_the_uncertain_come_first_and_twins_do_not_come_twice():
    texts = ["gas prices rose", "gas prices rose", "the envoy resigned", "a choir sang"]
    probabilities = np.array([[0.34, 0.33, 0.33], [0.34, 0.33, 0.33], [0.5, 0.3, 0.2], [0.98, 0.01, 0.01]])
    assert suggest(texts, probabilities, 2) == [0, 2]
    assert sorted(suggest(texts, probabilities, 99)) == [0, 1, 2, 3]
    with pytest.raises(UsageError, match="no sentence to choose from"):
        suggest([], np.zeros((0, 3)), 5)


def test_a_wrong_label_is_among_the_suspects_where_cleanlab_is_installed():
    words = {"distancing": "refuses condemns", "neutral": "schedules counts", "supportive": "thanks praises"}
    rows = [
        {"text": f"minsk {words[label]} number {k}", "label": label, "group": f"{label}{k}"}
        for label in words
        for k in range(15)
    ]
    rows[0]["label"] = "supportive"
    examples = Examples.of(rows, STANCES)
    estimator = pipeline(word_and_char_tfidf(), logistic_regression())
    try:
        import cleanlab  # noqa: F401
    except ImportError:
        with pytest.raises(ExtraError, match=r"pip install -e '\.\[suspect\]'"):
            suspect(estimator, examples, folds=3, seed=0)
        return
    found = suspect(estimator, examples, folds=3, seed=0)
    assert (found[0].index, found[0].given, found[0].suggested) == (0, "supportive", "distancing")
