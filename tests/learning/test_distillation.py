import pickle
import tarfile
import textwrap

import numpy as np
import pytest
from scipy import sparse
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.linear_model import LogisticRegression

from stance import store
from stance.errors import UsageError
from stance.labels import NAMES, STANCES
from stance.learning import pool
from stance.learning.classifiers import logistic_regression, pipeline
from stance.learning.distillation import Distilled, SoftRegression
from stance.learning.evaluation import Examples, cross_validate
from stance.learning.features import word_and_char_tfidf

TEXTS = [f"{word} the talks {k}" for k in range(12) for word in ("they condemn", "they schedule", "they thank")]
LABELS = np.array([0, 1, 2] * 12)
GROUPS = [f"g{k // 3}" for k in range(36)]


def features():
    return word_and_char_tfidf(char_max=3)


def ngrams():
    return pipeline(features(), logistic_regression())


class Oracle(ClassifierMixin, BaseEstimator):
    """A teacher that calls everything with a "z" supportive; `taught` holds the texts of every fit."""

    fit_takes_groups = True
    taught = []

    def fit(self, X, y, groups=None):
        Oracle.taught.append(set(X))
        self.classes_ = np.unique(y)
        return self

    def predict_proba(self, X):
        return np.array([[0.1, 0.1, 0.8] if "z" in text else [0.8, 0.1, 0.1] for text in X])


def test_on_hard_labels_it_is_the_logistic_regression_of_scikit_learn():
    draw = np.random.default_rng(0)
    points, labels = draw.normal(size=(80, 4)), draw.integers(3, size=80)
    weights = draw.uniform(0.5, 2, size=80)
    ours = SoftRegression(C=2.0, max_iter=1000, tolerance=1e-10).fit(points, labels, sample_weight=weights)
    theirs = LogisticRegression(C=2.0, tol=1e-8, max_iter=1000).fit(points, labels, sample_weight=weights)
    np.testing.assert_allclose(ours.predict_proba(points), theirs.predict_proba(points), atol=2e-3)
    again = SoftRegression(C=2.0, max_iter=1000, tolerance=1e-10).fit(
        sparse.csr_matrix(points), labels, sample_weight=weights
    )
    np.testing.assert_allclose(again.coef_, ours.coef_, atol=1e-6)


def test_it_learns_probabilities_and_not_verdicts():
    targets = np.array([[0.6, 0.4], [0.1, 0.9]])
    model = SoftRegression(C=1e6, tolerance=1e-10).fit(np.eye(2), targets)
    np.testing.assert_allclose(model.predict_proba(np.eye(2)), targets, atol=0.01)
    assert model.predict(np.eye(2)).tolist() == [0, 1]


def test_the_student_learns_from_the_pool_what_no_label_says(tmp_path):
    (tmp_path / "a.txt").write_text("\n".join(f"The quiz about zebras took {k} full days." for k in range(20)))
    model = Distilled(Oracle(), features(), pool=str(tmp_path), pool_size=15).fit(TEXTS, LABELS, groups=GROUPS)
    assert model.pool_size_ == 15
    assert model.predict(["A quiz about zebras."]).tolist() == [2]
    assert model.predict_proba([]).shape == (0, 3)
    assert "Oracle" not in str({k: v for k, v in model.__dict__.items() if k.endswith("_")})


def test_without_a_pool_the_student_reads_labels_and_recombinations():
    model = Distilled(ngrams(), features(), recombinations=50).fit(TEXTS, LABELS)
    assert 10 < model.pool_size_ <= 50
    assert (model.predict(TEXTS) == LABELS).mean() > 0.9
    np.testing.assert_allclose(pickle.loads(pickle.dumps(model)).predict_proba(TEXTS), model.predict_proba(TEXTS))


def test_in_cross_validation_no_teacher_has_seen_the_test_part():
    Oracle.taught = []
    rows = zip(TEXTS, LABELS, GROUPS, strict=True)
    examples = Examples.of([{"text": t, "label": NAMES[y], "group": g} for t, y, g in rows], STANCES)
    cross_validate(Distilled(Oracle(), features()), examples, folds=3, seed=0)
    assert len(Oracle.taught) == 3
    missed = [set(TEXTS) - taught for taught in Oracle.taught]
    assert set.union(*missed) == set(TEXTS)
    assert sum(map(len, missed)) == len(TEXTS)


def test_the_recipe_of_a_saved_model_is_unfitted(tmp_path):
    model = ngrams().fit(TEXTS, LABELS)
    store.save(model, {"labels": ["a", "b", "c"]}, name="taught", root=tmp_path)
    again = store.recipe("taught@1", root=tmp_path)
    assert not hasattr(again[-1], "coef_")
    assert again[-1].C == model[-1].C


def test_a_pool_is_sampled_with_a_seed_and_kept_until_its_source_changes(tmp_path):
    source, cache = tmp_path / "in", tmp_path / "kept"
    source.mkdir()
    (source / "a.txt").write_text("\n".join(f"Moscow said the number was {k}." for k in range(30)))
    (source / "b.txt").write_text("Nothing of the sort was ever said here.\nMoscow said the number was 3.")
    first = pool.sentences(str(source), count=5, match="Moscow", cache=cache, seed=1)
    assert first == pool.sentences(str(source), count=5, match="Moscow", cache=cache, seed=1)
    assert first != pool.sentences(str(source), count=5, match="Moscow", cache=cache, seed=2)
    assert len(list(cache.iterdir())) == 1
    assert len(pool.sentences(str(source), count=99)) == 31
    (source / "c.txt").write_text("A new file was laid beside the others.")
    assert len(pool.sentences(str(source), count=99, cache=cache)) == 32


def test_a_pool_may_be_a_tar_and_lines_broken_at_a_margin_are_joined(tmp_path):
    said = [f"In the year {k} the assembly heard from many lands how little had been done." for k in range(1990, 2010)]
    (tmp_path / "speech.txt").write_text(textwrap.fill(" ".join(said), 45))
    (tmp_path / ".hidden.txt").write_text("This should not be read at all.")
    with tarfile.open(tmp_path / "all.tar.gz", "w:gz") as archive:
        archive.add(tmp_path / "speech.txt", "speeches/speech.txt")
        archive.add(tmp_path / ".hidden.txt", "speeches/.hidden.txt")
    assert pool.sentences(str(tmp_path / "all.tar.gz"), count=99) == said


@pytest.mark.parametrize(("match", "says"), [("Narnia", "none in which"), ("(", "is not a regular expression")])
def test_a_pool_without_a_fitting_sentence_is_an_error(tmp_path, match, says):
    (tmp_path / "a.txt").write_text("Moscow said that it would not come.")
    with pytest.raises(UsageError, match=says):
        pool.sentences(str(tmp_path / "a.txt"), count=5, match=match)


def test_recombinations_are_new_and_the_same_for_a_seed():
    made = pool.recombined(TEXTS, 20, seed=3)
    assert made == pool.recombined(TEXTS, 20, seed=3)
    assert made
    assert all(set(text.split()) <= {word for line in TEXTS for word in line.split()} for text in made)
