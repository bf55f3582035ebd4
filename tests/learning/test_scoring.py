import numpy as np
import pytest

from stance.errors import UsageError
from stance.labels import STANCES, LabelSet
from stance.learning.scoring import Predicted, Resampling, reliability, risk_coverage, score, slices


def predicted_of(true, probabilities, groups=None):
    true = np.asarray(true)
    groups = np.arange(len(true)) if groups is None else np.asarray(groups)
    return Predicted(STANCES, true, np.asarray(probabilities, dtype=float), np.ones_like(true), groups)


def test_risk_falls_with_coverage_when_confidence_means_something():
    draw = np.random.default_rng(0)
    probabilities = draw.dirichlet([0.7, 0.7, 0.7], 2000)
    true = np.array([draw.choice(3, p=row) for row in probabilities])
    predicted = predicted_of(true, probabilities)
    area, points = risk_coverage(predicted, Resampling(predicted.groups, 200, 0))
    risks = [point.risk.value for point in points]
    assert risks == sorted(risks)
    assert points[-1].risk.value == pytest.approx(1 - score(predicted, resamples=10).accuracy.value)
    assert points[-1].risk.n == 2000
    assert area.low < area.value < area.high < points[-1].risk.value


def test_the_rows_kept_are_those_whose_risk_is_given():
    true = np.zeros(30, dtype=int)
    confidence = np.linspace(0.9, 0.6, 30)
    labels = np.where(np.arange(30) == 7, 2, 0)
    probabilities = np.column_stack([confidence, (1 - confidence) / 2, (1 - confidence) / 2])
    probabilities[7] = probabilities[7, ::-1]
    predicted = Predicted(STANCES, true, probabilities, true, np.arange(30))
    assert (predicted.labels == labels).all()
    _, points = risk_coverage(predicted, Resampling(predicted.groups, 20, 0))
    for point in points:
        assert point.risk.value == pytest.approx(labels[: point.risk.n].astype(bool).mean())
        assert point.confidence == pytest.approx(confidence[point.risk.n - 1])


def test_the_area_under_risk_coverage_is_the_mean_risk_so_far():
    sure_and_right_first = predicted_of([0, 0, 0, 0], [[0.9, 0.1, 0], [0.8, 0.2, 0], [0.3, 0.7, 0], [0.4, 0.6, 0]])
    area, _ = risk_coverage(sure_and_right_first, Resampling(sure_and_right_first.groups, 50, 0))
    assert area.value == pytest.approx((0 + 0 + 1 / 3 + 2 / 4) / 4)


def test_reliability_points_lie_on_the_diagonal_for_honest_probabilities():
    draw = np.random.default_rng(3)
    probabilities = draw.dirichlet([1, 1, 1], 4000)
    true = np.array([draw.choice(3, p=row) for row in probabilities])
    predicted = predicted_of(true, probabilities)
    points = reliability(predicted, Resampling(predicted.groups, 300, 0))
    assert sum(point.accuracy.n for point in points) == 4000
    inside = [point.accuracy.low <= point.confidence <= point.accuracy.high for point in points]
    assert sum(inside) >= 8
    assert score(predicted, resamples=50).calibration_error.value < 0.03


def test_slices_say_their_n_and_which_are_small():
    true = np.array([0, 1, 2] * 20)
    predicted = predicted_of(true, np.eye(3)[true])
    values = [("x",) if k < 45 else ("y", "z") for k in range(60)]
    found = {cut.value: cut for cut in slices(predicted, {"bloc": values}, resamples=50)}
    assert (found["x"].accuracy.n, found["x"].small) == (45, False)
    assert (found["y"].accuracy.n, found["y"].small, found["y"].groups) == (15, True, 15)
    assert found["x"].macro_f1.value == 1
    neutral = predicted_of([1] * 5, np.eye(3)[[1] * 5])
    assert slices(neutral, {"bloc": [("x",)] * 5}, resamples=10)[0].macro_f1 is None


def test_unordered_labels_have_no_score_that_needs_an_order():
    predicted = Predicted(
        LabelSet(("a", "b"), ordered=False), np.array([0, 1]), np.eye(2), np.zeros(2, int), np.arange(2)
    )
    scores = score(predicted, resamples=20)
    ordered = (scores.ends_f1, scores.amae, scores.flip_rate, scores.ranked_probability_score)
    assert ordered == (None, None, None, None)
    assert scores.log_loss.value == pytest.approx(0)


def test_rows_of_equal_confidence_may_stand_in_any_order():
    right, wrong = [0.8, 0.1, 0.1], [0.1, 0.8, 0.1]
    areas = []
    for rows in ([right] * 10 + [wrong] * 10, [wrong] * 10 + [right] * 10):
        predicted = predicted_of([0] * 20, rows)
        areas.append(risk_coverage(predicted, Resampling(predicted.groups, 50, 0))[0].value)
    assert areas == [pytest.approx(0.5), pytest.approx(0.5)]


def test_the_calibration_error_of_honest_probabilities_has_an_interval_that_reaches_down_to_it():
    low = []
    for seed in range(10):
        draw = np.random.default_rng(seed)
        probabilities = draw.dirichlet([1, 1, 1], 160)
        true = np.array([draw.choice(3, p=row) for row in probabilities])
        error = score(predicted_of(true, probabilities), resamples=200).calibration_error
        assert error.low <= error.value <= error.high
        low.append(error.low)
    assert sum(value > 0.05 for value in low) <= 1


def test_precision_rests_on_the_rows_predicted_and_recall_on_those_that_are():
    scores = score(predicted_of([0, 0, 1, 2], np.eye(3)[[0, 1, 1, 1]]), resamples=20)
    assert (scores.precision["neutral"].n, scores.recall["neutral"].n) == (3, 1)


def test_nothing_to_score_is_an_error():
    with pytest.raises(UsageError, match="there is no row to score"):
        Resampling(np.array([]), 10, 0)
