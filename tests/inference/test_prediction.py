import numpy as np
import pytest

import stance
from stance import store
from stance.errors import ArticleError, ChoiceError, ModelError, UsageError
from stance.inference.prediction import Model, Prediction, predict_article, predict_articles
from stance.labels import NAMES, SEVERAL, expected_score
from stance.learning.classifiers import logistic_regression, pipeline
from stance.learning.features import word_and_char_tfidf
from stance.records import Article

TEXTS = ["We will not send troops.", "Moscow is our friend.", "The visit will last two days."]


def test_a_loaded_model_predicts_labels_and_probabilities(models):
    model = stance.load_model("tiny", models)
    probabilities = model.predict_proba(TEXTS)
    assert (model.name, model.version, model.classes_) == ("tiny", 2, NAMES)
    assert probabilities.shape == (3, 3)
    np.testing.assert_allclose(probabilities.sum(axis=1), 1)
    assert model.predict(TEXTS) == [NAMES[k] for k in probabilities.argmax(axis=1)]
    assert model.metadata["files"]
    assert repr(model) == "<stance model tiny@2>"


def test_versions_and_paths_load_the_same_model(models):
    expected = stance.load_model("tiny", models).predict_proba(TEXTS)
    for reference in ("tiny@1", "tiny@latest", models / "tiny" / "1", str(models / "tiny" / "2")):
        np.testing.assert_array_equal(stance.load_model(reference, models).predict_proba(TEXTS), expected)
    with pytest.raises(ChoiceError, match="version of tiny '3' does not exist. Available: 1, 2, latest"):
        stance.load_model("tiny@3", models)


def test_a_model_of_other_labels_predicts_texts_but_no_articles(tmp_path):
    estimator = pipeline(word_and_char_tfidf(), logistic_regression()).fit(["we thank", "we blame"], [1, 0])
    store.save(estimator, {"labels": ["AGAINST", "FAVOR"]}, name="tweets", root=tmp_path)
    model = stance.load_model("tweets", tmp_path)
    assert model.predict(["we thank", "we blame"]) == ["FAVOR", "AGAINST"]
    with pytest.raises(ModelError, match=r"has the labels \['AGAINST', 'FAVOR'\]; articles are labelled with"):
        predict_article(model, Article("a", "We thank them for it."))


def test_texts_of_the_wrong_kind_are_refused(models):
    model = stance.load_model("tiny", models)
    with pytest.raises(UsageError, match=r"takes a list of texts, a single string came; wrap it: \[text\]"):
        model.predict("Minsk said no.")
    with pytest.raises(UsageError, match="one of them is NoneType, not str"):
        model.predict(["Minsk said no.", None])
    assert model.predict([]) == []


def test_rows_carry_offsets_probabilities_and_score(models):
    article = Article("a", "Minsk said no to the request.\n\nMoscow is a friend of ours. They left.")
    rows = predict_article(stance.load_model("tiny", models), article)
    assert [row.sentence for row in rows] == [0, 1, 2]
    for row in rows:
        shares = [row.p_distancing, row.p_neutral, row.p_supportive]
        assert article.text[row.start : row.end] == row.text
        assert sum(shares) == pytest.approx(1)
        assert row.score == pytest.approx(expected_score(shares))
        assert row.label == NAMES[int(np.argmax(shares))]


def test_rows_carry_voice_metadata_and_story(models):
    model = stance.load_model("tiny", models)
    text = "“We will not send troops to that war,” Alexander Lukashenko said on Friday in the capital.\n\nIt rained."
    first = Article("a", text, date="2023-05-04", outlet="Daily", url="http://x.y")
    copy = Article("b", text.replace("Friday", "Monday"))
    rows = list(predict_articles(model, [first, copy]))
    assert (rows[0].holder, rows[0].holder_kind, rows[0].verb) == ("Alexander Lukashenko", "direct_quote", "said")
    assert text[rows[0].quote_start : rows[0].quote_end] == "“We will not send troops to that war,”"
    assert text[rows[0].mention_start : rows[0].mention_end] == "Alexander Lukashenko"
    assert (rows[0].date, rows[0].outlet, rows[0].url) == ("2023-05-04", "Daily", "http://x.y")
    assert (rows[1].holder, rows[1].holder_kind, rows[1].quote_start) == ("author", "author", None)
    assert {row.story for row in rows} == {"a"}


def test_spun_copy_is_normalised_only_when_asked_and_the_row_says_so(models, seeds):
    model = stance.load_model("tiny", models)
    plain, normal = (list(predict_articles(model, [seeds[4]], normalise_spun=on)) for on in (False, True))
    assert not any(row.normalised for row in plain)
    assert sum(row.normalised for row in normal) > 20
    assert [row.text for row in plain] == [row.text for row in normal]
    assert all((a.score == b.score) or b.normalised for a, b in zip(plain, normal, strict=True))
    assert any(a.score != b.score for a, b in zip(plain, normal, strict=True))
    assert all(row.synonym_spun == 1 for row in normal)


def test_a_model_that_reads_its_target_can_be_asked_about_another(models):
    saved = stance.load_model("tiny", models)
    with pytest.raises(UsageError, match="does not read its target, it is always about Moscow"):
        saved.about("Brussels")
    several = Model(saved.estimator, {**saved.metadata, "inputs": {"target": True}, "target": SEVERAL})
    with pytest.raises(ModelError, match="has learnt several targets; say which: model.about"):
        several.predict_proba(["It rained."])
    asked = several.about("Brussels").predict_proba(["It rained."])
    np.testing.assert_array_equal(asked, saved.predict_proba(["Brussels || It rained."]))


def test_a_second_article_of_the_same_id_is_an_error_and_the_first_is_labelled(models):
    model = stance.load_model("tiny", models)
    stream = [Article("1", "One came."), Article("1", "Two left."), Article("2", "Three stayed here.")]
    outcomes = list(predict_articles(model, stream))
    assert [o.article if isinstance(o, Prediction) else str(o) for o in outcomes] == [
        "1",
        "1: is the id of an earlier article too; give each its own, or leave ids out",
        "2",
    ]


def test_order_is_kept_and_errors_stay_in_their_place_whatever_the_batch(models):
    model = stance.load_model("tiny", models)
    stream = [Article("a", "One came. Two left."), ArticleError("b", "is empty"), Article("c", "Three stayed here.")]
    expected = ["a", "a", "b", "c"]
    for batch_size in (1, 2, 100):
        outcomes = list(predict_articles(model, stream, batch_size=batch_size))
        assert [o.article if isinstance(o, Prediction) else o.source for o in outcomes] == expected


def test_an_article_of_furniture_alone_is_an_error_that_says_so(models):
    model = stance.load_model("tiny", models)
    with pytest.raises(ArticleError, match="holds no sentence of an article"):
        predict_article(model, Article("a", "Subscribe to our newsletter\n\nSign in"))


class Echo:
    """An estimator that remembers what it was given to read."""

    classes_ = np.arange(3)

    def __init__(self):
        self.read = []

    def predict_proba(self, texts):
        self.read += list(texts)
        return np.tile([0.2, 0.5, 0.3], (len(texts), 1))


def model_of(**manifest):
    return Model(Echo(), {"name": "echo", "version": 1, "labels": list(NAMES), "target": "Moscow", **manifest})


def test_a_model_reads_holder_and_context_where_it_was_trained_to():
    model = model_of(inputs={"target": True, "holder": True, "context": True})
    model.predict(["No."], holders=["Minsk"], contexts=["War?"])
    model.predict(["No."])
    assert model.estimator.read == ["Moscow || Minsk || War? || No.", "Moscow || unknown || unknown || No."]
    plain = model_of()
    plain.predict(["No."], holders=["Minsk"], contexts=["War?"])
    assert plain.estimator.read == ["No."]
    with pytest.raises(ModelError, match="reads the holder or the sentence before"):
        model.check_reads_sentences()


def test_the_sentences_of_an_article_are_read_with_the_ones_before_them():
    model = model_of(inputs={"target": False, "holder": False, "context": True})
    rows = predict_article(model, Article("a", "The envoy left Minsk on Monday.\nHe said nothing of the war to us.\n"))
    assert model.estimator.read == ["unknown || " + rows[0].text, f"{rows[0].text} || {rows[1].text}"]


def test_probabilities_move_to_the_shares_expected():
    calibration = {"temperature": 1.0, "coverage": 0.9, "thresholds": {"all": 0.5}, "n": 9, "shares": [0.25, 0.5, 0.25]}
    model = model_of(calibration=calibration)
    plain = model.predict_proba(["a"])
    np.testing.assert_allclose(model.expecting([0.25, 0.5, 0.25]).predict_proba(["a"]), plain)
    weighed = plain * [0.1 / 0.25, 0.8 / 0.5, 0.1 / 0.25]
    expecting = model.expecting([0.1, 0.8, 0.1])
    np.testing.assert_allclose(expecting.predict_proba(["a"]), weighed / weighed.sum())
    assert expecting.about("Moscow").shares == (0.1, 0.8, 0.1)
    assert model.shares is None
    row, plain = (predict_article(m, Article("a", "It rained in Minsk.\n"))[0] for m in (expecting, model))
    assert (row.shares, plain.shares) == ("0.1|0.8|0.1", None)
    assert row.p_neutral > plain.p_neutral


@pytest.mark.parametrize("shares", [[0.5, 0.5], [0.5, 0.5, 0], [0.3, 0.3, 0.3], ["a", "b", "c"], 0.5])
def test_shares_that_cannot_be_meant_are_refused(shares):
    model = model_of(
        calibration={"temperature": 1, "coverage": 0.9, "thresholds": {}, "n": 9, "shares": [0.3, 0.4, 0.3]}
    )
    with pytest.raises(UsageError, match="give the share of each of distancing, neutral, supportive in that order"):
        model.expecting(shares)


@pytest.mark.parametrize("calibration", [None, {"temperature": 1.0, "coverage": 0.9, "thresholds": {}, "n": 9}])
def test_a_model_that_does_not_know_its_shares_takes_no_others(calibration):
    with pytest.raises(ModelError, match="does not record the shares of its labels"):
        model_of(calibration=calibration).expecting([0.1, 0.8, 0.1])


def test_prediction_sets_are_neighbours_and_a_model_without_calibration_has_none():
    calibration = {"temperature": 2.0, "coverage": 0.9, "thresholds": {"author": 0.1, "all": 0.55}, "n": 100}
    model = model_of(calibration=calibration)
    assert model.predict_sets(["a"]) == [("neutral", "supportive")]
    assert model.predict_sets(["a", "b"], holder_kinds=["author", "never met"]) == [
        ("neutral",),
        ("neutral", "supportive"),
    ]
    softened = model.predict_proba(["a"])[0]
    assert softened.sum() == pytest.approx(1)
    assert softened[1] < 0.5
    article = Article("a", "The envoy left Minsk on Monday.\n")
    assert predict_article(model, article)[0].plausible in ("neutral", "neutral|supportive")
    assert predict_article(model_of(), article)[0].plausible is None
    with pytest.raises(ModelError, match="was saved without a calibration"):
        model_of().predict_sets(["a"])
