import pytest

from stance.errors import ChoiceError
from stance.labels import NAMES, ORDER, Stance, expected_score


def test_the_scale_runs_from_distancing_to_supportive():
    assert NAMES == ("distancing", "neutral", "supportive")
    assert [label.score for label in ORDER] == [-1, 0, 1]


def test_an_unknown_label_is_refused_with_the_nearest_that_exists():
    with pytest.raises(ChoiceError, match=r"'suportive' does not exist. Did you mean 'supportive'\? Available: dist"):
        Stance.parse("suportive")


def test_expected_score_is_the_mean_of_the_scale():
    assert expected_score([1, 0, 0]) == -1
    assert expected_score([0.2, 0.2, 0.6]) == pytest.approx(0.4)
