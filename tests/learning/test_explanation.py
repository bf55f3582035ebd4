import numpy as np
import pytest

from stance.learning.classifiers import OrdinalLogistic, logistic_regression, pipeline
from stance.learning.explanation import explain
from stance.learning.features import word_and_char_tfidf

TEXTS = [
    "Minsk will not support the war, the “minister” said.",
    "Minsk supports Moscow in the war, the minister said.",
    "The minister arrives in Minsk on 4 May.",
    "We don't accept any war at all.",
    "We stand with Moscow, come what may.",
    "A meeting on gas is due at 9 p.m. in Minsk.",
]
TRUE = np.array([0, 2, 1, 0, 2, 1])


def test_linear_contributions_sum_to_the_difference_of_log_odds():
    fitted = pipeline(word_and_char_tfidf(), logistic_regression()).fit(TEXTS, TRUE)
    classifier = fitted.named_steps["classifier"]
    for text in [*TEXTS, "Nothing known: Übermut im Ärger!", "we  don't\nsupport   it"]:
        explained = explain(fitted, text, 2, 0)
        odds = fitted.decision_function([text])[0]
        expected = odds[2] - odds[0] - (classifier.intercept_[2] - classifier.intercept_[0])
        assert explained.method == "linear"
        assert sum(word.weight for word in explained.words) == pytest.approx(expected)
        assert [text[word.start : word.end] for word in explained.words] == text.split()


def test_other_models_are_explained_by_leaving_words_out():
    fitted = pipeline(word_and_char_tfidf(), OrdinalLogistic()).fit(TEXTS, TRUE)
    explained = explain(fitted, TEXTS[1], 2, 0)
    assert explained.method == "occlusion"
    strongest = max(explained.words, key=lambda word: word.weight)
    without = TEXTS[1][: strongest.start] + TEXTS[1][strongest.end :]
    fall = fitted.predict_proba([TEXTS[1]])[0, 2] - fitted.predict_proba([" ".join(without.split())])[0, 2]
    assert strongest.weight == pytest.approx(fall)
    assert strongest.weight > 0
