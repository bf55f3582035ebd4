import numpy as np
import pytest
from sklearn.metrics import accuracy_score, cohen_kappa_score, f1_score, precision_score, recall_score

from stance.errors import ChoiceError, UsageError
from stance.labels import NAMES, STANCES, LabelSet
from stance.learning import metrics
from stance.learning.classifiers import logistic_regression, majority, pipeline
from stance.learning.evaluation import (
    Examples,
    Plan,
    article_folds,
    cross_validate,
    design,
    evaluate,
    official_folds,
    out_of_fold,
    probabilities_of,
)
from stance.learning.features import word_and_char_tfidf
from stance.learning.scoring import Predicted, score


def examples(texts, labels, groups, classes=STANCES, **columns):
    rows = [{"text": t, "label": y, "group": str(g)} for t, y, g in zip(texts, labels, groups, strict=True)]
    for name, values in columns.items():
        for row, value in zip(rows, values, strict=True):
            row[name] = value
    return Examples.of(rows, classes)


def made_up(n=300, seed=0):
    random = np.random.default_rng(seed)
    true = random.integers(0, 3, n)
    probabilities = random.dirichlet([1, 1, 1], n)
    probabilities[np.arange(n), true] += random.uniform(0, 1, n)
    probabilities /= probabilities.sum(axis=1, keepdims=True)
    return Predicted(STANCES, true, probabilities, np.full(n, 1), random.integers(0, 40, n))


def test_scores_agree_with_scikit_learn():
    predicted = made_up()
    scores = score(predicted, resamples=50)
    true, guess = predicted.true, predicted.labels
    assert scores.macro_f1.value == pytest.approx(f1_score(true, guess, average="macro"))
    assert scores.accuracy.value == pytest.approx(accuracy_score(true, guess))
    assert scores.quadratic_weighted_kappa.value == pytest.approx(cohen_kappa_score(true, guess, weights="quadratic"))
    for k, name in enumerate(NAMES):
        assert scores.precision[name].value == pytest.approx(precision_score(true == k, guess == k))
        assert scores.recall[name].value == pytest.approx(recall_score(true == k, guess == k))
    assert scores.majority_accuracy.value == pytest.approx(np.mean(true == 1))


def test_intervals_come_from_groups_and_carry_their_n():
    predicted = made_up()
    by_group = score(predicted, resamples=500)
    one_group_each = Predicted(STANCES, predicted.true, predicted.probabilities, predicted.majority, np.arange(300))
    assert by_group.macro_f1.n == 300
    assert by_group.f1["neutral"].n == int((predicted.true == 1).sum())
    assert by_group.macro_f1.low < by_group.macro_f1.value < by_group.macro_f1.high
    twin_groups = Predicted(STANCES, *(np.repeat(a, 4, axis=0) for a in (predicted.true, predicted.probabilities)),
                            np.repeat(predicted.majority, 4), np.repeat(np.arange(300), 4))  # fmt: skip
    wide, narrow = score(one_group_each, resamples=500).macro_f1, score(twin_groups, resamples=500).macro_f1
    assert wide.high - wide.low == pytest.approx(narrow.high - narrow.low, rel=1e-6)


def test_a_perfect_and_a_constant_prediction_have_the_scores_they_must():
    true = np.array([0, 1, 2] * 10)
    perfect = score(Predicted(STANCES, true, np.eye(3)[true], true * 0 + 1, np.arange(30)), resamples=50)
    assert (perfect.macro_f1.value, perfect.quadratic_weighted_kappa.value) == (1, 1)
    assert perfect.majority_macro_f1.value == pytest.approx(1 / 6)
    constant = score(Predicted(STANCES, true, np.eye(3)[true * 0], true * 0, np.arange(30)), resamples=50)
    assert constant.quadratic_weighted_kappa.value == 0


def test_an_unknown_metric_lists_those_that_exist():
    scores = score(made_up(), resamples=10)
    assert scores.metric("macro_f1") == scores.macro_f1.value
    with pytest.raises(ChoiceError, match="Available: accuracy, ends_f1, macro_f1, quadratic_weighted_kappa"):
        scores.metric("f2")


class Memory:
    """An estimator that records which groups it saw, to show what cross-validation gives it."""

    seen: list[tuple[set[str], set[str]]] = []

    def get_params(self, deep=True):
        return {}

    def fit(self, texts, labels):
        self.classes_ = np.unique(labels)
        self.trained = set(texts)
        return self

    def predict_proba(self, texts):
        Memory.seen.append((self.trained, set(texts)))
        return np.full((len(texts), len(self.classes_)), 1 / len(self.classes_))


def test_cross_validation_never_shows_a_group_on_both_sides():
    from joblib import parallel_config

    groups = [f"g{i // 3}" for i in range(90)]
    labels = [NAMES[i % 3] for i in range(90)]
    Memory.seen.clear()
    with parallel_config("sequential"):
        cross_validate(Memory(), examples(groups, labels, groups), folds=5, seed=0)
    assert len(Memory.seen) == 5
    assert all(not trained & tested for trained, tested in Memory.seen)
    assert set.union(*(tested for _, tested in Memory.seen)) == set(groups)


def test_leaving_one_out_holds_back_the_whole_article_and_scores_nothing_else():
    from joblib import parallel_config

    held = [None] * 30 + ["x"] * 10 + ["y"] * 10
    labels = [NAMES[i % 3] for i in range(50)]
    names = [h or f"f{i}" for i, h in enumerate(held)]
    Memory.seen.clear()
    with parallel_config("sequential"):
        rows = examples(names, labels, names)
        predicted = out_of_fold(Memory(), rows, article_folds(rows, held)).raw
    assert [tested for _, tested in Memory.seen] == [{"x"}, {"y"}]
    assert all("x" not in trained or "y" not in trained for trained, _ in Memory.seen)
    assert len(predicted.true) == 20


def seeds_and_others(n=60):
    """Rows of three labels in groups of three; the first ten are of two seed articles, row 20 is a twin of row 3."""
    rows = [
        {"id": f"r{k}", "text": f"r{k}", "label": NAMES[k % 3], "group": f"seed{k}" if k < 10 else f"g{k // 3}"}
        | ({"origin": "seed", "article": f"a{k % 2}"} if k < 10 else {"origin": "weak" if k == 30 else "authored"})
        for k in range(n)
    ]
    rows[20]["group"] = rows[30]["group"] = "seed3"
    return rows


class Telling(Memory):
    """Says of each text its own number, so that what is said can be traced to its row."""

    def predict_proba(self, texts):
        super().predict_proba(texts)
        own = np.array([int(text[1:] or 0) for text in texts]) / 200
        return np.stack([own, own / 2, 1 - 1.5 * own], axis=1)


@pytest.mark.parametrize("measured", [1, 2, None])
def test_the_first_fold_reads_the_seed_articles_and_no_fold_learns_from_them(measured):
    from joblib import parallel_config

    rows, plan = seeds_and_others(), Plan(articles="first_fold", measured=measured, errors=30)
    laid = design(rows, STANCES, folds=3, seed=0, measured=measured, articles="first_fold")
    Memory.seen.clear()
    with parallel_config("sequential"):
        found = evaluate(Telling(), laid, resamples=50, seed=0, plan=plan)
    seeds, fits = {f"r{k}" for k in range(10)}, measured or 3
    predictions = [tested for _, tested in Memory.seen if tested]
    assert len({frozenset(trained) for trained, _ in Memory.seen}) == fits, "one fit a fold and none for the articles"
    assert all(not trained & (seeds | {"r20", "r30"}) for trained, _ in Memory.seen)
    assert seeds <= predictions[0]
    assert set(found.seeds.raw.ids) == seeds
    assert list(found.outcome.raw.ids) == [rows[k]["id"] for k in laid.folds.kept], "n stays that of the folds"
    assert len(set(found.seeds.raw.groups)) == 10, "seed sentences are resampled one by one"
    for said in (found.outcome.raw, found.seeds.raw):
        assert said.probabilities[:, 0].tolist() == [int(name[1:]) / 200 for name in said.ids]
    assert {error.row for error in found.outcome.errors} <= set(laid.folds.kept.tolist())


def test_a_seed_article_is_also_read_with_the_prior_that_the_labels_of_the_others_give():
    rows = seeds_and_others()
    laid = design(rows, STANCES, folds=3, seed=0, measured=1, articles="first_fold")
    found = evaluate(Telling(), laid, resamples=50, seed=0, plan=Plan(articles="first_fold", measured=1))
    read, calibration = found.seeds.raw, found.calibration
    assert calibration.shares == tuple(np.bincount(found.outcome.raw.true, minlength=3) / len(found.outcome.raw.true))
    moved = calibration.apply(read.probabilities) / calibration.shares
    for k in range(10):
        others = [NAMES.index(row["label"]) for row in rows[:10] if row["article"] != f"a{k % 2}"]
        moved[k] *= np.bincount(others, minlength=3) + 1
    moved /= moved.sum(axis=1, keepdims=True)
    assert found.seed_articles_moved.log_loss.value == pytest.approx(metrics.log_loss(read.true, moved).mean())
    assert found.seed_articles_moved.log_loss.value != pytest.approx(found.seed_articles.log_loss.value)


def in_families(n=60):
    """Rows of families of three, of which the first ten hold three labels and the last ten one."""
    return [
        {
            "text": f"r{k}",
            "label": NAMES[k % 3 if k < 30 else k // 3 % 3],
            "group": f"f{k // 3}",
            "family": f"f{k // 3}",
        }
        for k in range(n)
    ]


@pytest.mark.parametrize("share", [0, 0.4, 1])
def test_models_learn_from_a_share_of_contrast_families_and_are_measured_on_all(share):
    from joblib import parallel_config

    learnt = {
        row["text"] for row in np.array(in_families())[Examples.of(in_families(), STANCES, families=share).learnt]
    }
    less = {row["text"] for row in np.array(in_families())[Examples.of(in_families(), STANCES, families=0.2).learnt]}
    families = [{f"r{k}" for k in range(3 * f, 3 * f + 3)} for f in range(20)]
    assert all(family <= learnt for family in families[10:]), "a family of one label is no contrast"
    assert all(family <= learnt or not family & learnt for family in families)
    assert share == 0 or less <= learnt
    assert 0 < len(learnt) - 30 < 30 if share == 0.4 else len(learnt) == 30 + 30 * share
    Memory.seen.clear()
    with parallel_config("sequential"):
        evaluate(Memory(), design(in_families(), STANCES, folds=3, seed=0, families=share), resamples=50, seed=0)
    assert set.union(*(trained for trained, _ in Memory.seen)) == learnt
    assert set.union(*(tested for _, tested in Memory.seen)) == {f"r{k}" for k in range(60)}


def test_rows_that_are_not_learnt_from_do_not_calibrate_either():
    estimator, rows = pipeline(word_and_char_tfidf(char_max=3), majority()), in_families()
    found = evaluate(estimator, design(rows, STANCES, folds=3, seed=0, families=0), resamples=20, seed=0)
    assert (found.calibration.n, len(found.outcome.raw.true)) == (30, 60)
    assert {calibration.n for calibration in found.outcome.calibrations} <= {18, 21, 24}
    nested = evaluate(estimator, design(rows, STANCES, folds=3, seed=0, families=0), resamples=20, seed=0, plan=Plan(2))
    assert all(calibration.n <= 24 for calibration in nested.outcome.calibrations)


def test_a_training_part_that_would_lose_a_class_is_refused():
    rows = [row for row in in_families() if row["group"] in {f"f{k}" for k in range(10)} or row["label"] != "neutral"]
    with pytest.raises(UsageError, match="has no row that is neutral; raise families="):
        design(rows, STANCES, folds=3, seed=0, families=0)


def test_seed_articles_are_read_by_models_that_learn_from_the_share_of_families_too():
    from joblib import parallel_config

    rows = seeds_and_others() + [
        {**row, "text": f"x{row['text']}", "id": f"x{k}"} for k, row in enumerate(in_families())
    ]
    Memory.seen.clear()
    with parallel_config("sequential"):
        evaluate(Memory(), design(rows, STANCES, folds=3, seed=0, families=0), resamples=20, seed=0)
    contrasts = {f"xr{k}" for k in range(30)}
    assert len(Memory.seen) == 5
    assert not any(trained & contrasts for trained, _ in Memory.seen)


@pytest.mark.parametrize(("share", "message"), [(1.5, "families is 1.5; give the share"), (0, "leaves no row")])
def test_a_share_of_families_that_cannot_be_meant_is_refused(share, message):
    with pytest.raises(UsageError, match=message):
        Examples.of(in_families(30), STANCES, families=share)


def test_the_first_fold_needs_rows_that_are_of_no_seed_article():
    rows = [{**row, "origin": "seed", "article": row["group"]} for row in seeds_and_others()]
    with pytest.raises(UsageError, match="every training row belongs to a seed article"):
        design(rows, STANCES, folds=3, seed=0, articles="first_fold")


def test_too_few_groups_of_a_class_is_said_before_anything_runs():
    labels = ["neutral"] * 20 + ["distancing"] * 20 + ["supportive"] * 2
    with pytest.raises(UsageError, match="5 folds need 5 groups of every class, the rarest has 2"):
        cross_validate(majority(), examples("x" * 42, labels, range(42)), folds=5, seed=0)


def test_evaluation_is_deterministic_and_beats_the_majority(few):
    from stance.corpus.dataset import groups

    rows = [
        {
            "id": row.id,
            "text": row.text,
            "label": row.label,
            "group": group,
            "origin": row.origin,
            "article": row.article,
        }
        for row, group in zip(few, groups(few), strict=True)
    ]
    estimator = pipeline(word_and_char_tfidf(char_max=3), logistic_regression())
    first, second = (
        evaluate(estimator, design(rows, STANCES, folds=3, seed=0), resamples=100, seed=0) for _ in range(2)
    )
    assert first.overall == second.overall
    assert first.calibration == second.calibration
    assert list(first.predicted.ids) == [row["id"] for row in rows]
    assert first.seed_articles is first.seed_predicted is None
    assert first.seed_articles_moved is None
    parts = {"overall", "seed_articles", "seed_articles_moved"}
    assert set(first.metrics()) == parts | {"official", "saved", "measured", "calibrated"}
    assert first.measured == (3, 3)
    assert first.overall.macro_f1.value > first.overall.majority_macro_f1.value


def test_family_accuracy_counts_contrast_families_with_every_member_right():
    true = np.array([0, 1, 2, 0, 2, 1, 1, 1])
    groups = np.array(["a", "a", "a", "b", "b", "c", "c", "d"])
    guess = np.array([0, 1, 2, 0, 1, 1, 1, 1])
    scores = score(Predicted(STANCES, true, np.eye(3)[guess], true * 0, groups), resamples=50)
    assert (scores.family_accuracy.value, scores.family_accuracy.n) == (0.5, 2)


def test_weak_rows_train_but_are_never_measured():
    from joblib import parallel_config

    groups = [f"g{i}" for i in range(60)]
    labels = [NAMES[i % 3] for i in range(60)]
    origins = ["authored"] * 45 + ["weak"] * 15
    Memory.seen.clear()
    with parallel_config("sequential"):
        predicted = cross_validate(Memory(), examples(groups, labels, groups, origin=origins), folds=3, seed=0)
    weak = set(groups[45:])
    assert len(predicted.true) == 45
    assert all(weak <= trained and not weak & tested for trained, tested in Memory.seen)


def test_an_official_split_is_respected_and_two_labels_have_no_kappa():
    from joblib import parallel_config

    names = [f"t{i}" for i in range(30)]
    rows = [
        {
            "text": t,
            "label": "ab"[i % 2],
            "group": t,
            "split": "train" if i < 20 else "validation" if i < 24 else "test",
        }
        for i, t in enumerate(names)
    ]
    classes = LabelSet(("a", "b"), ordered=False)
    Memory.seen.clear()
    with parallel_config("sequential"):
        results = evaluate(Memory(), design(rows, classes, folds=5, seed=0), resamples=20, seed=0)
    assert Memory.seen == [(set(names[:20]), set(names[24:])), (set(names[:20]), set(names[20:24]))]
    assert results.official
    kept = probabilities_of(results.outcome.fitted, np.array(names[24:], dtype=object), 2)
    np.testing.assert_array_equal(kept, results.outcome.raw.probabilities)
    assert results.overall.quadratic_weighted_kappa is None
    assert results.overall.macro_f1.n == 6
    with pytest.raises(UsageError, match="is not defined for these labels"):
        results.overall.metric("quadratic_weighted_kappa")
    with pytest.raises(UsageError, match="needs rows marked train and test"):
        official_folds(["train"] * 20)
