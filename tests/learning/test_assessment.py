from dataclasses import asdict

import numpy as np
import pytest

from stance.corpus import dataset
from stance.errors import UsageError
from stance.labels import NAMES, STANCES
from stance.learning.assessment import assess, assess_saved
from stance.learning.calibration import Calibration
from stance.learning.classifiers import logistic_regression, majority, pipeline
from stance.learning.evaluation import Examples, Plan, encode, grouped_folds, out_of_fold
from stance.learning.features import word_and_char_tfidf
from stance.learning.report import results
from stance.text.inputs import Inputs


def rows_of(few):
    before, groups = dataset.contexts(few), dataset.groups(few)
    return [{**asdict(row), "group": g, "context": before.get(row.id)} for row, g in zip(few, groups, strict=True)]


def estimator(**options):
    return pipeline(word_and_char_tfidf(char_max=3), logistic_regression(**options))


@pytest.fixture(scope="module")
def assessed(few):
    return assess(
        estimator(), rows_of(few), STANCES, name="tiny", target="Moscow", fingerprint="f", folds=3, resamples=100,
        seed=0, plan=Plan(inner=2, errors=2, seed=0), shares=[0.5],
    )  # fmt: skip


def test_an_assessment_measures_everything_on_rows_not_learnt_from(assessed, few):
    n = len(few)
    assert assessed.evaluation.overall.macro_f1.n == n
    assert len(assessed.temperatures) == 3
    assert [s.kind for s in assessed.sets] == ["all", "attributed_act", "author", "direct_quote", "indirect_quote"]
    assert assessed.sets[0].measured.n == n
    assert 0.8 < assessed.sets[0].measured.value <= 1
    assert [point.share for point in assessed.curve] == [0.5, 1.0]
    assert assessed.curve[0].rows < assessed.curve[1].rows
    assert {s.field for s in assessed.slices} == {"holder_kind", "phenomena", "bloc", "kind", "origin"}
    assert len(assessed.errors) == 6
    for error in assessed.errors:
        assert error.true != error.predicted
        assert [error.text[start:end] for start, end, _ in error.words] == error.text.split()


def test_results_are_plain_data_with_every_number(assessed):
    import json

    plain = results(assessed)
    again = json.loads(json.dumps(plain))
    assert again == plain
    assert again["scores"]["overall"]["macro_f1"]["n"] == assessed.evaluation.overall.macro_f1.n
    assert {finding["code"] for finding in again["findings"]} >= {"STN006"}


def test_a_learning_curve_keeps_every_class_and_refuses_shares_that_are_none(few):
    rows = [{**row, "label": "neutral"} if k % 4 else row for k, row in enumerate(rows_of(few))]
    about = {"name": "tiny", "target": "Moscow", "fingerprint": "f", "folds": 2, "resamples": 20, "seed": 0}
    options = {**about, "plan": Plan(articles="none")}
    curve = assess(estimator(), rows, STANCES, shares=[0.01], **options).curve
    assert 9 <= curve[0].rows < curve[1].rows / 2
    with pytest.raises(UsageError, match="evaluation.shares holds 50; shares of the training groups are above 0"):
        assess(estimator(), rows, STANCES, shares=[50], **options)


def test_searching_chooses_inside_each_training_part_alone(few):
    examples = Examples.of(rows_of(few), STANCES)
    folds = grouped_folds(examples, folds=3, seed=0)
    plan = Plan(inner=2, search={"classifier": [majority(), logistic_regression()]}, seed=0)
    outcome = out_of_fold(estimator(), examples, folds, plan)
    assert [type(chosen["classifier"]).__name__ for chosen in outcome.chosen] == ["LogisticRegression"] * 3


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"inner": 1}, "evaluation.inner is 1; give 2 folds or more"),
        ({"coverage": 90}, "evaluation.coverage is 90; it must be at least 0.5 and below 1"),
        ({"search": {"classifier__C": [1]}}, "give evaluation.inner of 2 or more"),
        ({"inner": 2, "search": {"classifier__C": 5}}, "give a list of values"),
        ({"inner": 2, "search": {"classifier__C": []}}, "give a list of values"),
        ({"articles": "some"}, "evaluation.articles 'some' does not exist"),
    ],
)
def test_a_plan_that_means_nothing_is_refused(options, message):
    with pytest.raises(UsageError, match=message):
        Plan(**options)


def test_a_parameter_to_search_that_does_not_exist_is_refused_by_name(few):
    examples = Examples.of(rows_of(few), STANCES)
    plan = Plan(inner=2, search={"classifier__c": [1.0]})
    with pytest.raises(UsageError, match=r"(?s)'classifier__c' does not exist. Did you mean 'classifier__C'"):
        out_of_fold(estimator(), examples, grouped_folds(examples, folds=3, seed=0), plan)


def test_one_fold_and_seed_articles_together_are_measured_by_one_fit_each(labelled, few):
    from stance.learning.evaluation import article_folds

    examples = Examples.of(rows_of(few), STANCES)
    folds = grouped_folds(examples, folds=5, seed=0, measured=1)
    assert len(folds.parts) == 1
    assert len(folds.kept) == len(folds.parts[0][1]) < len(few) / 2
    with pytest.raises(UsageError, match="evaluation.measured is 9; of 5 folds 1 to 5"):
        grouped_folds(examples, folds=5, seed=0, measured=9)
    held = ["x"] * 5 + ["y"] * 5 + [None] * (len(few) - 10)
    ((train, test),) = article_folds(examples, held, together=True).parts
    assert list(test) == list(range(10))
    assert not set(train) & set(range(10))


def test_without_inner_folds_the_other_folds_calibrate(few):
    examples = Examples.of(rows_of(few), STANCES)
    outcome = out_of_fold(estimator(), examples, grouped_folds(examples, folds=3, seed=0), Plan())
    assert sum(calibration.n for calibration in outcome.calibrations) == 2 * len(few)
    assert (outcome.raw.labels == outcome.calibrated.labels).all()


def test_the_inputs_decide_what_a_classifier_reads(labelled):
    rows = rows_of([row for row in labelled if row.article == "ad1-01"])
    plain, told = Examples.of(rows, STANCES), Examples.of(rows, STANCES, Inputs(target=True, holder=True, context=True))
    assert plain.texts[1] == rows[1]["text"]
    assert told.texts[0] == f"Moscow || {rows[0]['holder']} || unknown || {rows[0]['text']}"
    assert told.texts[1].endswith(f" || {rows[0]['text']} || {rows[1]['text']}")


def test_a_saved_model_is_assessed_with_the_calibration_it_has(few):
    learnt, fresh = few[: len(few) // 2], few[len(few) // 2 :]
    fitted = estimator().fit([row.text for row in learnt], encode([row.label for row in learnt], STANCES))
    own = fitted.predict_proba([row.text for row in learnt])
    calibration = Calibration.fit(own, encode([row.label for row in learnt], STANCES))
    about = {"name": "tiny@1", "target": "Moscow", "fingerprint": "f", "resamples": 50, "seed": 0}
    assessed = assess_saved(fitted, calibration, rows_of(fresh), STANCES, errors=3, **about)
    assert assessed.evaluation.overall.macro_f1.n == len(fresh)
    assert assessed.coverage == 0.9
    expected = [NAMES[k] for k in fitted.predict([row.text for row in fresh])]
    assert [STANCES.names[k] for k in assessed.evaluation.predicted.labels] == expected
    without = assess_saved(fitted, None, rows_of(fresh), STANCES, **about)
    assert without.sets == ()
    assert np.isclose(without.before["log_loss"].value, without.evaluation.overall.log_loss.value)
