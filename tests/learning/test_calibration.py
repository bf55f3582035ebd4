import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stance.errors import UsageError
from stance.learning.calibration import Calibration, fit_temperature, nonconformity, sharpen, threshold


def draw_rows(n, seed, temperature=1.0):
    """Rows whose labels are drawn from the very probabilities, which are then sharpened or softened."""
    draw = np.random.default_rng(seed)
    honest = draw.dirichlet([1, 1, 1], n)
    true = np.array([draw.choice(3, p=row) for row in honest])
    return sharpen(honest, 1 / temperature), true


def test_the_temperature_that_distorted_probabilities_is_found_again():
    for temperature in (0.5, 1.0, 2.5):
        probabilities, true = draw_rows(6000, 1, temperature)
        assert fit_temperature(probabilities, true) == pytest.approx(temperature, rel=0.1)


def test_calibrating_keeps_the_labels_and_lowers_the_log_loss():
    probabilities, true = draw_rows(2000, 2, 2.0)
    calibration = Calibration.fit(probabilities, true)
    calibrated = calibration.apply(probabilities)
    rows = np.arange(2000)
    assert (calibrated.argmax(axis=1) == probabilities.argmax(axis=1)).all()
    assert -np.log(calibrated[rows, true]).mean() < -np.log(probabilities[rows, true]).mean()
    assert calibrated.sum(axis=1) == pytest.approx(1)


def test_sets_cover_as_often_as_stated_for_every_kind_of_holder():
    probabilities, true = draw_rows(8000, 3, 1.5)
    kinds = ["author" if k % 2 else "direct_quote" for k in range(8000)]
    calibration = Calibration.fit(probabilities[:4000], true[:4000], kinds[:4000], coverage=0.9)
    calibrated = calibration.apply(probabilities[4000:])
    inside = calibration.sets(calibrated, kinds[4000:])
    hits = inside[np.arange(4000), true[4000:]]
    for kind in ("author", "direct_quote"):
        assert hits[np.array(kinds[4000:]) == kind].mean() == pytest.approx(0.9, abs=0.025)


@given(st.lists(st.floats(0.001, 1), min_size=3, max_size=6), st.floats(0, 1))
def test_the_classes_under_any_bound_are_neighbours_and_hold_the_likeliest(weights, bound):
    row = np.array([weights]) / sum(weights)
    inside = np.flatnonzero(nonconformity(row)[0] <= bound)
    assert row.argmax() in inside
    assert (np.diff(inside) == 1).all()


def test_bounds_are_those_of_split_conformal_prediction():
    pytest.importorskip("crepes")
    from crepes import ConformalClassifier

    probabilities, true = draw_rows(500, 5)
    scores = nonconformity(probabilities)
    ours = scores[250:] <= threshold(scores[np.arange(250), true[:250]], 0.9)
    theirs = (
        ConformalClassifier()
        .fit(scores[np.arange(250), true[:250]])
        .predict_set(scores[250:], confidence=0.9, smoothing=False)
    )
    assert (ours == theirs.astype(bool)).all()


def test_too_few_rows_bound_nothing_and_an_unseen_kind_takes_the_widest_bound():
    assert threshold(np.array([0.1, 0.2, 0.3]), 0.9) == 1.0
    probabilities, true = draw_rows(305, 4)
    kinds = ["author"] * 300 + ["act"] * 5
    calibration = Calibration.fit(probabilities, true, kinds)
    assert calibration.thresholds["act"] == 1.0
    assert calibration.sets(probabilities[:1], ["never met"]).all()
    assert not calibration.sets(np.array([[0.98, 0.01, 0.01]]), ["author"]).all()


def test_the_bound_of_every_class_leaves_none_out():
    draw = np.random.default_rng(0)
    probabilities = draw.dirichlet([1, 1, 1], 2000)
    probabilities[::2, 2] = 0
    probabilities /= probabilities.sum(axis=1, keepdims=True)
    assert Calibration(1.3, 0.9, {"all": 1.0}, 3).sets(sharpen(probabilities, 1.3)).all()


def test_a_coverage_that_means_nothing_is_refused():
    with pytest.raises(UsageError, match=r"coverage is 1.0; it must be at least 0.5 and below 1"):
        Calibration.fit(np.full((4, 3), 1 / 3), np.zeros(4, dtype=int), coverage=1.0)
