import numpy as np
import pytest
from sklearn.base import BaseEstimator, ClassifierMixin, clone

from stance.errors import UsageError
from stance.learning.classifiers import logistic_regression, majority, pipeline
from stance.learning.evaluation import fit
from stance.learning.features import raw, word_and_char_tfidf
from stance.learning.stacking import Averaged, Stacked

TEXTS = [f"{word} the talks {k}" for k in range(12) for word in ("they condemn", "they schedule", "they thank")]
LABELS = np.array([0, 1, 2] * 12)
GROUPS = [f"g{k // 3}" for k in range(36)]


class Remembers(ClassifierMixin, BaseEstimator):
    """Knows a label only of a group it was trained on; `seen` collects what was asked of what it had been taught."""

    fit_takes_groups = True
    crossed = 0

    def fit(self, X, y, groups=None):
        assert groups is not None
        self.classes_ = np.unique(y)
        self.groups_ = set(groups)
        return self

    def predict_proba(self, X):
        Remembers.crossed += sum(text.rsplit(" ", 1)[1] in {g[1:] for g in self.groups_} for text in X)
        return np.full((len(X), len(self.classes_)), 1 / len(self.classes_))


class Certain(ClassifierMixin, BaseEstimator):
    """Sure of the first of three classes, whatever it was taught."""

    def fit(self, X, y):
        self.classes_ = np.arange(3)
        return self

    def predict_proba(self, X):
        return np.tile([1.0, 0.0, 0.0], (len(X), 1))


def ngrams():
    return pipeline(word_and_char_tfidf(char_max=3), logistic_regression())


def test_the_head_listens_to_the_base_that_knows():
    model = clone(Stacked({"ngrams": ngrams(), "majority": pipeline(raw(), majority())}))
    fit(model, TEXTS, LABELS, GROUPS)
    probabilities = model.predict_proba(TEXTS)
    np.testing.assert_allclose(probabilities.sum(axis=1), 1)
    assert (model.predict(TEXTS) == LABELS).mean() > 0.9
    assert model.weights_["ngrams"] > 3 * model.weights_["majority"]
    assert model.predict_proba([]).shape == (0, 3)


def test_no_group_vouches_for_itself_in_the_inner_folds():
    Remembers.crossed = 0
    Stacked({"remembers": Remembers(), "ngrams": ngrams()}).fit(TEXTS, LABELS, groups=GROUPS)
    assert Remembers.crossed == 0


@pytest.mark.parametrize("groups", [None, GROUPS])
def test_a_stack_is_fitted_with_and_without_groups(groups):
    assert Stacked({"ngrams": ngrams()}, folds=2).fit(TEXTS, LABELS, groups=groups).classes_.tolist() == [0, 1, 2]


def averaged(weights=None):
    return Averaged({"ngrams": ngrams(), "majority": pipeline(raw(), majority())}, weights)


def test_an_average_is_the_weighted_geometric_mean_of_its_bases():
    model = fit(clone(averaged({"ngrams": 3})), TEXTS, LABELS, GROUPS)
    words, floor = (model.fitted_[name].predict_proba(np.asarray(TEXTS, dtype=object)) for name in model.bases)
    expected = words**0.75 * floor**0.25
    np.testing.assert_allclose(model.predict_proba(TEXTS), expected / expected.sum(axis=1, keepdims=True))
    assert (model.predict(TEXTS) == LABELS).mean() > 0.9
    assert model.predict_proba([]).shape == (0, 3)


def test_an_average_hands_groups_to_bases_that_take_them():
    assert averaged().fit(TEXTS, LABELS).classes_.tolist() == [0, 1, 2]
    assert Averaged({"remembers": Remembers()}).fit(TEXTS, LABELS, groups=GROUPS).fitted_["remembers"].groups_ == set(
        GROUPS
    )


def test_a_base_without_weight_is_not_fitted_and_certainty_stays_finite():
    model = Averaged({"certain": Certain(), "remembers": Remembers()}, {"remembers": 0})
    model.fit(TEXTS, LABELS, groups=GROUPS)
    assert list(model.fitted_) == ["certain"]
    np.testing.assert_allclose(model.predict_proba(TEXTS[:1]), [[1 / 1.0002, 1e-4 / 1.0002, 1e-4 / 1.0002]])


def test_a_base_that_knows_other_classes_is_refused():
    with pytest.raises(UsageError, match=r"the bases \['certain'\] know other classes"):
        Averaged({"certain": Certain()}).fit(TEXTS[:2], LABELS[:2])


@pytest.mark.parametrize(
    "weights", [{"words": 1}, {"ngrams": -1}, {"ngrams": 0, "majority": 0}, {"ngrams": None}, {"ngrams": float("nan")}]
)
def test_weights_that_cannot_be_meant_are_refused(weights):
    with pytest.raises(UsageError, match="give weights of 0 or more"):
        averaged(weights).fit(TEXTS, LABELS)
