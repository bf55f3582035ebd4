import numpy as np
import pytest
from sklearn.base import clone

from stance.errors import UsageError
from stance.learning.classifiers import Lexicon, OrdinalLogistic, linear_svm, logistic_regression, pipeline
from stance.learning.features import raw, word_and_char_tfidf

TEXTS = [f"{word} the talks {k}" for k in range(12) for word in ("they condemn", "they schedule", "they thank")]
LABELS = np.array([0, 1, 2] * 12)


@pytest.mark.parametrize("make", [logistic_regression, linear_svm, OrdinalLogistic])
def test_every_classifier_learns_what_a_word_tells_and_gives_probabilities(make):
    model = pipeline(word_and_char_tfidf(char_max=3), clone(make()))
    model.fit(TEXTS, LABELS)
    probabilities = model.predict_proba(TEXTS)
    assert probabilities.shape == (36, 3)
    np.testing.assert_allclose(probabilities.sum(axis=1), 1)
    assert (probabilities >= 0).all()
    assert (model.predict(TEXTS) == LABELS).mean() > 0.9


def test_the_ordinal_model_never_puts_the_middle_last_for_an_extreme():
    points = np.linspace(-3, 3, 61)[:, None]
    labels = np.digitize(points.ravel(), [-1, 1])
    model = OrdinalLogistic(C=1.0).fit(points, labels)
    probabilities = model.predict_proba(points)
    assert (np.diff(probabilities[:, 0]) <= 1e-9).all()
    assert (np.diff(probabilities[:, 2]) >= -1e-9).all()
    assert (model.predict(points) == labels).mean() > 0.85


@pytest.mark.parametrize("labels", [[0, 1], [0, 1, 2, 3]])
def test_the_lexicon_refuses_labels_that_are_not_its_three(labels):
    with pytest.raises(UsageError, match="the lexicon tells three labels along a scale"):
        Lexicon().fit(["a"] * len(labels), np.array(labels))


def test_the_lexicon_counts_words_and_a_tie_is_neutral():
    model = pipeline(raw(), Lexicon()).fit(TEXTS, LABELS)
    texts = ["We thank our friend.", "We condemn the invasion.", "We thank them and condemn the deed.", "It rained."]
    assert model.predict(texts).tolist() == [2, 0, 1, 1]
    assert model.predict_proba(texts).argmax(axis=1).tolist() == [2, 0, 1, 1]
