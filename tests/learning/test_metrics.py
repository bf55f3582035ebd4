import numpy as np
import pytest
from sklearn.metrics import f1_score, mean_absolute_error
from sklearn.metrics import log_loss as sk_log_loss

from stance.learning import metrics


def random_rows(n=400, seed=3):
    draw = np.random.default_rng(seed)
    return draw.integers(0, 3, n), draw.dirichlet([1, 1, 1], n)


def table(true, labels, classes=3):
    counts = np.zeros((1, classes, classes))
    np.add.at(counts[0], (true, labels), 1)
    return counts


def test_metrics_of_confusions_agree_with_scikit_learn():
    true, probabilities = random_rows()
    labels = probabilities.argmax(axis=1)
    confusion = table(true, labels)
    by_class = f1_score(true, labels, average=None)
    assert metrics.ends_f1(confusion)[0] == pytest.approx((by_class[0] + by_class[2]) / 2)
    errors = [mean_absolute_error(true[true == k], labels[true == k]) for k in range(3)]
    assert metrics.amae(confusion)[0] == pytest.approx(np.mean(errors))
    assert metrics.log_loss(true, probabilities).mean() == pytest.approx(sk_log_loss(true, probabilities))


def test_a_flip_is_an_end_taken_for_the_other_end():
    confusion = np.array([[[6, 2, 2], [0, 10, 0], [1, 0, 9]]], dtype=float)
    assert metrics.flip_rate(confusion)[0] == pytest.approx(3 / 20)


def test_the_ranked_probability_score_punishes_distance_along_the_scale():
    true = np.array([0, 0, 0, 0])
    sure = np.array([[1.0, 0, 0], [0, 1, 0], [0, 0, 1], [0.5, 0.5, 0]])
    assert metrics.ranked_probability_score(true, sure).tolist() == [0, 0.5, 1, 0.125]


def test_amae_counts_a_rare_class_as_much_as_a_common_one():
    rare_missed = np.array([[[0, 1, 0], [0, 98, 0], [0, 0, 1]]], dtype=float)
    assert metrics.amae(rare_missed)[0] == pytest.approx(1 / 3)
    assert metrics.accuracy(rare_missed)[0] == pytest.approx(0.99)


def test_calibration_error_is_the_mean_gap_of_confidence_and_accuracy():
    counts, confidence, hits = np.array([[10.0, 30]]), np.array([[9.0, 15]]), np.array([[5.0, 15]])
    assert metrics.calibration_error(counts, confidence, hits)[0] == pytest.approx(4 / 40)


def test_bins_hold_equal_shares_and_never_part_ties():
    index = metrics.confidence_bins(np.linspace(0.3, 1, 100), 10)
    assert np.bincount(index).tolist() == [10] * 10
    assert set(metrics.confidence_bins(np.full(50, 0.7), 10)) == {1}
