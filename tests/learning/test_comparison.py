from dataclasses import replace

import numpy as np
import pytest

from stance.errors import ChoiceError, UsageError
from stance.labels import STANCES, LabelSet
from stance.learning.comparison import compare, compare_all, holm, match
from stance.learning.scoring import Predicted, score


def predicted(true, guess, groups=None, ids=None):
    n = len(true)
    return Predicted(
        STANCES, np.asarray(true), np.eye(3)[guess], np.full(n, 1),
        np.arange(n) if groups is None else np.asarray(groups),
        np.array([f"r{i}" for i in range(n)] if ids is None else ids, dtype=object),
    )  # fmt: skip


def noisy(true, share, seed):
    random = np.random.default_rng(seed)
    return np.where(random.random(len(true)) < share, (true + 1) % 3, true)


TRUE = np.random.default_rng(0).integers(0, 3, 600)


@pytest.mark.parametrize("metric", ["macro_f1", "quadratic_weighted_kappa", "accuracy"])
def test_a_model_cannot_be_told_apart_from_itself(metric):
    model = predicted(TRUE, noisy(TRUE, 0.3, 1))
    found = compare(model, model, metric, resamples=200)
    assert (found.difference.value, found.difference.low, found.difference.high, found.difference.n) == (0, 0, 0, 600)
    assert (found.p_value, found.verdict) == (1, "cannot be told apart")


def test_a_clearly_better_model_is_found_from_either_side():
    good, bad = predicted(TRUE, noisy(TRUE, 0.1, 1)), predicted(TRUE, noisy(TRUE, 0.4, 2))
    found, turned = compare(good, bad, resamples=1000), compare(bad, good, resamples=1000)
    assert (found.verdict, turned.verdict) == ("A is better", "B is better")
    assert found.difference.value == pytest.approx(score(good).macro_f1.value - score(bad).macro_f1.value)
    assert turned.difference.value == -found.difference.value
    assert turned.difference.high == pytest.approx(-found.difference.low)
    assert found.p_value == pytest.approx(2 / 1001)
    assert 0 < found.difference.low < found.difference.value < found.difference.high


def test_a_small_difference_that_pairing_shows_is_lost_to_unpaired_intervals():
    base = noisy(TRUE, 0.3, 1)
    better = base.copy()
    better[np.flatnonzero(base != TRUE)[:12]] = TRUE[np.flatnonzero(base != TRUE)[:12]]
    first, second = predicted(TRUE, better), predicted(TRUE, base)
    assert score(first).accuracy.low < score(second).accuracy.high
    assert compare(first, second, "accuracy").verdict == "A is better"


def test_families_of_like_rows_do_not_pass_for_evidence():
    """One model wins 9 of 14 families of twenty rows alike: strong by rows, nothing by families."""
    families = np.repeat(np.arange(14), 20)
    true = np.tile([0, 1, 2, 1], 70)
    right, wrong = true, (true + 1) % 3
    first = np.where(families < 9, right, wrong)
    second = np.where(families < 9, wrong, right)
    by_row = compare(predicted(true, first), predicted(true, second), "accuracy")
    by_family = compare(predicted(true, first, families), predicted(true, second, families), "accuracy")
    assert by_row.verdict == "A is better"
    assert by_family.verdict == "cannot be told apart"
    assert by_family.difference.value == by_row.difference.value == pytest.approx(4 / 14)


def test_rows_are_matched_by_id_in_whatever_order_they_come():
    first, second = predicted(TRUE, noisy(TRUE, 0.1, 1)), predicted(TRUE, noisy(TRUE, 0.2, 2))
    order = np.random.default_rng(5).permutation(len(TRUE))
    shuffled = Predicted(
        STANCES, second.true[order], second.probabilities[order], second.majority[order],
        second.groups[order], second.ids[order],
    )  # fmt: skip
    assert compare(first, shuffled, resamples=200) == compare(first, second, resamples=200)
    assert list(match(first, shuffled).ids) == list(first.ids)


def test_other_rows_labels_classes_and_metrics_are_refused_with_counts():
    model = predicted(TRUE, TRUE)
    with pytest.raises(UsageError, match="the rows differ: 600 and 500, 500 in both"):
        compare(model, predicted(TRUE[:500], TRUE[:500]))
    with pytest.raises(UsageError, match="the rows differ: 600 and 600, 599 in both"):
        compare(model, predicted(TRUE, TRUE, ids=[*model.ids[:-1], "other"]))
    with pytest.raises(UsageError, match="the true labels of 2 of 600 rows differ"):
        compare(model, predicted(np.concatenate([(TRUE[:2] + 1) % 3, TRUE[2:]]), TRUE))
    unordered = replace(model, classes=LabelSet(("a", "b", "c"), ordered=False))
    with pytest.raises(UsageError, match="the labels differ: distancing, neutral, supportive and a, b, c"):
        compare(model, unordered)
    with pytest.raises(UsageError, match="quadratic_weighted_kappa is not defined"):
        compare(unordered, unordered, "quadratic_weighted_kappa")
    with pytest.raises(ChoiceError, match="metric 'f2' does not exist. Available: accuracy, ends_f1, macro_f1"):
        compare(model, model, "f2")


def test_a_predicted_without_ids_is_no_row_in_common():
    bare = replace(predicted(TRUE, TRUE), ids=np.empty(0, dtype=object))
    with pytest.raises(UsageError, match="600 and 600, 0 in both"):
        compare(bare, bare)


def test_holm_gives_the_published_adjustment():
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert holm([0.6, 0.9]) == [1.0, 1.0]
    assert holm([]) == []


def test_many_comparisons_are_corrected_together():
    base = predicted(TRUE, noisy(TRUE, 0.3, 1))
    others = [predicted(TRUE, noisy(TRUE, 0.3 + 0.02 * k, 10 + k)) for k in range(5)]
    together = compare_all(base, others, resamples=500)
    apart = [compare(base, other, resamples=500) for other in others]
    assert [one.p_value for one in together] == [one.p_value for one in apart]
    assert [one.adjusted for one in together] == holm([one.p_value for one in apart])
    assert all(one.adjusted >= one.p_value for one in together)
    assert compare_all(base, []) == []


def test_chance_is_called_a_difference_no_more_often_than_it_should():
    """Sixty pairs of equally good models on 80 families: about three in sixty may be told apart at 5 %."""
    random, hits = np.random.default_rng(3), 0
    for _ in range(60):
        true = random.integers(0, 3, 240)
        groups = np.repeat(np.arange(80), 3)
        luck = [np.repeat(random.random(80) < 0.4, 3) for _model in range(2)]
        first, second = (np.where(bad, (true + 1) % 3, true) for bad in luck)
        found = compare(predicted(true, first, groups), predicted(true, second, groups), "accuracy", resamples=400)
        hits += found.verdict != "cannot be told apart"
    assert hits <= 7
