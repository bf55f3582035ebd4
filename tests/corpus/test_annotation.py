import pytest

from stance.corpus.annotation import agreement, ordinal_alpha

D, N, S = "distancing", "neutral", "supportive"


def test_alpha_is_one_for_equal_passes_and_near_zero_for_unrelated_ones():
    labels = [D, N, S, N] * 30
    assert ordinal_alpha([labels, labels], range(120)).value == 1
    shifted = [N, S, N, D] * 30
    assert ordinal_alpha([labels, shifted], range(120)).value < 0.1


def test_alpha_agrees_with_a_value_worked_out_by_hand():
    # Two coders, four units: DD, NN, SS, DN. Coincidences: n_D=3, n_N=3, n_S=2.
    # Squared ordinal distances: D-N (3+3-3)^2=9, N-S (3+2-2.5)^2=6.25, D-S (8-2.5)^2=30.25.
    # Observed: 2 * 9 / 8. Expected: 2 * (3*3*9 + 3*2*6.25 + 3*2*30.25) / (8*7).
    expected = 1 - (2 * 9 / 8) / (2 * (81 + 37.5 + 181.5) / 56)
    alpha = ordinal_alpha([[D, N, S, D], [D, N, S, N]], range(4), resamples=10)
    assert alpha.value == pytest.approx(expected)


def test_a_far_disagreement_costs_more_than_a_near_one():
    base = [D, N, S] * 20
    near, far = [N, *base[1:]], [S, *base[1:]]
    assert ordinal_alpha([base, far], range(60)).value < ordinal_alpha([base, near], range(60)).value


def test_the_interval_holds_the_value_and_repeats_with_its_seed(labelled):
    seeds = [row for row in labelled if row.origin == "seed"]
    alpha = agreement(seeds, resamples=200)
    assert alpha.n == len(seeds)
    assert alpha.low <= alpha.value <= alpha.high
    assert alpha == agreement(seeds, resamples=200)


def test_the_seed_passes_agree_beyond_the_usual_bound_for_reliable_data(labelled):
    assert agreement([row for row in labelled if row.origin == "seed"], resamples=200).low >= 0.8
