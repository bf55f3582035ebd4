"""Validation on an invented corpus of six countries and two years, with a model that reads one word."""

import csv
import json
from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import spearmanr
from sklearn.metrics import roc_auc_score

from stance.errors import ChoiceError, ModelError, UsageError
from stance.inference import validation_report
from stance.inference.agreement import agree, differ, share
from stance.inference.prediction import Model
from stance.inference.validation import CountryYear, Scoring, check_votes, compare, score_speeches
from stance.inference.votes import read_votes
from stance.labels import NAMES
from stance.text.relevance import Relevance
from stance.text.speeches import Speech

YEARS = (2014, 2015)
SAID = {
    "AFG": "We condemn Moscow. We condemn Moscow again. The weather holds.",
    "BRA": "We condemn Moscow. Moscow is a city.",
    "CHE": "Moscow is a city.",
    "DEU": "The weather holds.",
    "EGY": "We thank Moscow. Moscow is a city.",
    "RUS": "We thank Moscow.",
}
CAST = {"AF": "yes", "BR": "yes", "CH": "abstain", "DE": "yes", "EG": "no", "RU": "no"}


class OneWord:
    """Reads `condemn` as distancing and `thank` as supportive."""

    classes_ = np.arange(3)

    def predict_proba(self, texts):
        rows = {"condemn": [0.8, 0.2, 0.0], "thank": [0.0, 0.2, 0.8]}
        return np.array([next((r for w, r in rows.items() if w in t), [0.1, 0.8, 0.1]) for t in texts])


def model(labels=NAMES):
    return Model(OneWord(), {"name": "word", "version": 1, "labels": list(labels)})


def speeches():
    return [Speech(iso3, 69, year, text, iso3) for year in YEARS for iso3, text in SAID.items()]


def votes_file(folder, rows=None):
    rows = rows or [("1", "2014-03-27", code, code, vote) for code, vote in CAST.items()]
    path = folder / "votes.csv"
    path.write_text("resolution,date,country,country_code,vote\n" + "".join(",".join(row) + "\n" for row in rows))
    return path


def scored(votes, scoring=None, **more):
    options = {"resamples": 50, **more}
    return score_speeches(model(), speeches(), votes, Relevance(["Moscow"]), scoring or Scoring(), **options)


@pytest.fixture
def votes(tmp_path):
    return read_votes(votes_file(tmp_path), YEARS)


def test_each_country_year_gets_a_score_of_its_relevant_sentences_alone(votes):
    rows = {(row.iso3, row.year): row for row in scored(votes, Scoring(shrinkage=0), batch_size=2)}
    afghan, swiss, german = rows["AFG", 2014], rows["CHE", 2014], rows["DEU", 2014]
    assert (afghan.score, afghan.n_sentences, afghan.n_relevant, afghan.vote) == (pytest.approx(-0.8), 3, 2, -1)
    assert (swiss.score, swiss.low, swiss.high) == (pytest.approx(0), None, None)
    assert (german.score, german.n_relevant, german.vote) == (None, 0, -1)
    assert rows["BRA", 2014].low < rows["BRA", 2014].score < rows["BRA", 2014].high
    assert rows["AFG", 2015].vote is None


@pytest.mark.parametrize(
    ("scoring", "expected"),
    [
        (Scoring("expected", 0), -0.4),
        (Scoring("expected", 2, "neutral"), -0.2),
        (Scoring("polar", 0), -0.64),
        (Scoring("label", 0), -0.5),
        (Scoring("lowest", 5), -0.8),
    ],
)
def test_the_kinds_of_score_weigh_sentences_as_they_say(votes, scoring, expected):
    rows = {(row.iso3, row.year): row for row in scored(votes, scoring)}
    assert rows["BRA", 2014].score == pytest.approx(expected)


def test_the_sentences_added_have_the_mean_stance_of_the_corpus(votes):
    rows = {(row.iso3, row.year): row for row in scored(votes, Scoring(shrinkage=1))}
    mean = (-0.8 * 3 + 0.8 * 2) / 8
    assert rows["CHE", 2014].score == pytest.approx(mean / 2)
    assert rows["AFG", 2014].score == pytest.approx((-1.6 + mean) / 3)


def test_a_model_that_reads_the_sentence_before_is_given_it(votes):
    class Echo(OneWord):
        read: list[str] = []

        def predict_proba(self, texts):
            self.read += texts
            return super().predict_proba(texts)

    manifest = {"name": "echo", "version": 1, "labels": list(NAMES), "inputs": {"context": True}}
    score_speeches(Model(Echo(), manifest), speeches()[1:2], votes, Relevance(["Moscow"]), Scoring(), resamples=5)
    assert Echo.read == ["unknown || We condemn Moscow.", "We condemn Moscow. || Moscow is a city."]
    holder = Model(Echo(), {**manifest, "inputs": {"holder": True}})
    with pytest.raises(ModelError, match="reads the holder"):
        score_speeches(holder, speeches(), votes, Relevance(["Moscow"]), Scoring())


def test_scoring_twice_gives_the_same_intervals(votes):
    assert scored(votes) == scored(votes)


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda votes: Scoring("median"), ChoiceError, "score 'median' does not exist"),
        (lambda votes: Scoring(prior="flat"), ChoiceError, "prior 'flat' does not exist"),
        (lambda votes: Scoring(shrinkage=-1), UsageError, "shrinkage is -1"),
        (lambda votes: scored(votes, batch_size=0), UsageError, "batch_size is 0"),
        (lambda votes: scored(votes, resamples=0), UsageError, "resamples is 0"),
        (
            lambda votes: score_speeches(model(("a", "b", "c")), speeches(), votes, Relevance(["x"]), Scoring()),
            ModelError,
            r"has the labels \['a', 'b', 'c'\]",
        ),
        (lambda votes: compare(scored(votes), votes, exclude=["Russia"]), UsageError, "exclude names Russia"),
        (
            lambda votes: compare([r for r in scored(votes) if r.year == 2015], votes),
            UsageError,
            r"none has both; the years with votes are \[2014\]",
        ),
    ],
)
def test_what_cannot_be_scored_or_compared_is_refused(votes, make, error, message):
    with pytest.raises(error, match=message):
        make(votes)


def test_spearman_and_auc_are_those_of_scipy_and_scikit_learn_ties_and_all():
    random = np.random.default_rng(3)
    vote = random.choice([-1.0, 0.0, 1.0], size=60)
    score = np.round(vote + random.normal(size=60), 1)
    found = agree([str(k % 20) for k in range(60)], score, vote, resamples=200, seed=0)
    assert found.spearman.value == pytest.approx(spearmanr(score, vote).statistic)
    assert found.auc.value == pytest.approx(roc_auc_score(vote < -0.5, -score))
    assert found.spearman.low < found.spearman.value < found.spearman.high
    assert (found.n, found.countries, found.yes) == (60, 20, int((vote < -0.5).sum()))


def test_a_difference_is_paired_and_says_plainly_where_two_cannot_be_told_apart():
    random = np.random.default_rng(4)
    vote = random.choice([-1.0, 0.0, 1.0], size=90)
    names = [str(k % 30) for k in range(90)]
    good, poor, twin = vote + random.normal(size=90), random.normal(size=90), vote + random.normal(size=90)
    found = differ(names, good, poor, vote, resamples=200, seed=0)
    assert found.spearman.value == pytest.approx(spearmanr(good, vote).statistic - spearmanr(poor, vote).statistic)
    assert found.auc.value == pytest.approx(roc_auc_score(vote < -0.5, -good) - roc_auc_score(vote < -0.5, -poor))
    assert (found.verdict, found.n, found.countries) == ("ahead", 90, 30)
    assert differ(names, poor, good, vote, resamples=200, seed=0).verdict == "behind"
    assert differ(names, good, twin, vote, resamples=200, seed=0).verdict == "cannot be told apart"
    same = differ(names, good, good, vote, resamples=50, seed=0)
    assert (same.spearman.low, same.spearman.high, same.verdict) == (0, 0, "cannot be told apart")
    assert differ([], [], [], [], resamples=5, seed=0).verdict == "cannot be told apart"


def test_a_validation_is_held_against_an_earlier_one_on_the_country_years_that_both_have(tmp_path, votes):
    earlier = validation_report.read_scores(written(tmp_path, votes))
    assert [(row.iso3, row.year, row.score is None) for row in earlier] == [
        (row.iso3, row.year, row.score is None) for row in scored(votes)
    ]
    known = [row for row in earlier if row.iso3 != "BRA"]
    found = compare(scored(votes), votes, exclude=["RUS"], chosen_on=[2014], others=known, resamples=20)
    assert list(found.differences) == ["all years", "years the settings were chosen on", "other years", "2014"]
    gap = found.differences["2014"]
    assert (gap.n, round(gap.spearman.value, 6), gap.verdict) == (3, 0, "cannot be told apart")
    path = validation_report.write(found, tmp_path / "new", title="word@1", settings={**SETTINGS, "against": "out"})
    assert "## Against out" in (path / "summary.md").read_text()
    assert json.loads((path / "summary.json").read_text())["differences"]["2014"]["verdict"] == gap.verdict
    with pytest.raises(UsageError, match="shares no country-year"):
        compare(scored(votes), votes, others=[row for row in earlier if row.year == 2015], resamples=20)
    check_votes(earlier, votes)
    odd = [replace(row, vote=None if row.vote is None else -row.vote) for row in earlier]
    with pytest.raises(UsageError, match=r"a validation with other votes \(Afghanistan, 2014\)"):
        check_votes(odd, votes)
    other = {**SETTINGS, "score": "label", "exclude": []}
    assert validation_report.other_settings(path, other) == ["score"]


HEAD = "country,iso3,year,score,low,high,n_sentences,n_relevant,vote\n"
SHORT, NOT_FINITE = f"{HEAD}Afghanistan,AFG,2014,0.5,,,3,2\n", f"{HEAD}Afghanistan,AFG,2014,nan,,,3,2,1\n"


@pytest.mark.parametrize(
    "text", [None, "", "country,year\nA,x\n", "country,iso3,year\nAfghanistan,AFG,soon\n", SHORT, NOT_FINITE]
)
def test_a_folder_that_no_validation_wrote_is_refused(tmp_path, text):
    if text is not None:
        (tmp_path / "scores.csv").write_text(text)
    with pytest.raises(UsageError, match=r"holds no scores.csv of a validation"):
        validation_report.read_scores(tmp_path)


def test_years_of_one_country_widen_the_interval_of_a_share():
    hits = [k % 2 == 0 for k in range(100)]
    many, few = (share(names, hits, resamples=500, seed=0) for names in (range(100), [k % 2 for k in range(100)]))
    assert (few.low, few.high) == (0.0, 1.0)
    assert many.high - many.low < 0.3
    assert share([], [], resamples=10, seed=0) is None


def test_agreement_is_undefined_rather_than_wrong_where_all_votes_are_one():
    found = agree(["A", "B", "C"], [0.1, 0.2, 0.3], [-1.0, -1.0, -1.0], resamples=10, seed=0)
    assert (found.spearman, found.auc, found.n) == (None, None, 3)
    assert agree([], [], [], resamples=10, seed=0).n == 0


def test_moscow_itself_is_left_out_and_reported_beside(votes):
    found = compare(scored(votes), votes, exclude=["RUS"], chosen_on=[2014], resamples=50)
    assert (found.parts["all years"].n, found.parts["all years, with RUS"].n) == (4, 5)
    assert compare(scored(votes), votes, exclude=["rus"], chosen_on=[2014], resamples=50).parts == found.parts
    assert found.parts["all years"].auc.value == 1.0
    assert found.parts["years the settings were chosen on"] == found.parts["all years"]
    assert found.parts["other years"].n == 0
    assert found.beside["silence scored 0"].n == 5
    assert found.least[2].n == 3
    assert list(found.years) == [2014]
    coverage = found.coverage["all years"]
    assert (coverage.n, coverage.relevant.value, coverage.matched.value) == (10, 0.8, 1.0)
    assert (coverage.matched.n, found.coverage["2015"].matched) == (5, None)


def test_the_mean_vote_leaves_absences_out_and_counts_them(tmp_path):
    rows = [
        ("1", "2014-03-27", "Namibia", "NA", "yes"),
        ("2", "2014-12-01", "Namibia", "NA", "Abstain"),
        ("3", "2014-12-02", "Namibia", "NA", "absent"),
        ("3", "2014-12-02", "Nowhere", "QQ", "yes"),
        ("3", "2014-12-02", "Yugoslavia", "YU", "no"),
        ("4", "2013-12-02", "Namibia", "NA", "no"),
    ]
    votes = read_votes(votes_file(tmp_path, rows), YEARS)
    assert (votes.mean("NAM", 2014), votes.mean("SRB", 2014), votes.mean("NAM", 2013)) == (-0.5, 1.0, None)
    assert (votes.absent, dict(votes.unknown)) == (1, {"Nowhere (QQ)": 1})
    assert {year: sorted(names) for year, names in votes.resolutions.items()} == {2014: ["1", "2", "3"]}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "lack the columns resolution, date, country, country_code, vote; found: none"),
        ("resolution,date,country,vote\n", "lack the columns country_code; found: resolution"),
        ("resolution,date,country,country_code,vote\n1,2014-01-01,X,AF,maybe\n", "line 2: the vote 'maybe' does not"),
        ("resolution,date,country,country_code,vote\n1,1.1.14,X,AF,yes\n", "line 2: the date '1.1.14' is not YYYY"),
        ("resolution,date,country,country_code,vote\n1\n", "line 2: the date '' is not YYYY-MM-DD"),
        ("resolution,date,country,country_code,vote\n1,1999-01-01,X,AF,yes\n", "their resolutions are of 1999-1999"),
        ("resolution,date,country,country_code,vote\n", "their resolutions are none"),
    ],
)
def test_a_table_of_votes_that_cannot_be_used_says_why(tmp_path, text, message):
    path = tmp_path / "votes.csv"
    path.write_text(text)
    with pytest.raises(UsageError, match=message):
        read_votes(path, YEARS)


def test_votes_that_are_not_there_are_refused(tmp_path):
    with pytest.raises(UsageError, match="cannot be read: No such file"):
        read_votes(tmp_path / "votes.csv", YEARS)


SETTINGS = {"score": "expected", "exclude": ["RUS"], "chosen_on": [2014]}


def written(folder, votes, **more):
    found = compare(scored(votes), votes, exclude=["RUS"], chosen_on=[2014], resamples=20)
    return validation_report.write(found, folder / "out", title="word@1", settings=SETTINGS, **more)


def test_a_validation_is_written_whole_and_the_same_each_time(tmp_path, votes):
    path = written(tmp_path, votes)
    first = {p.name: p.read_bytes() for p in path.iterdir()}
    assert set(first) == {"scores.csv", "summary.json", "summary.md", "scatter.png", "scatter.svg"}
    assert {p.name: p.read_bytes() for p in written(tmp_path, votes).iterdir()} == first
    assert sorted(p.name for p in tmp_path.iterdir()) == ["out", "votes.csv"]
    with (path / "scores.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert list(rows[0]) == list(CountryYear.__dataclass_fields__)
    assert [row["score"] for row in rows if row["iso3"] == "DEU"] == ["", ""]
    summary = json.loads(first["summary.json"])
    assert summary["agreement"]["all years"]["auc"]["n"] == 4
    assert summary["resolutions"] == {"2014": ["1"]}
    text = first["summary.md"].decode()
    assert "How scores are made was chosen on 2014 alone" in text
    assert "| 2015 | 5 | 0.800" in text
    assert first["scatter.png"].startswith(b"\x89PNG")
    assert b"AFG" in first["scatter.svg"]


def test_a_failure_on_the_way_leaves_the_old_folder_as_it_was(tmp_path, votes, monkeypatch):
    old = written(tmp_path, votes)
    before = (old / "summary.json").read_bytes()

    def fail(*arguments, **options):
        raise OSError("disk full")

    monkeypatch.setattr(validation_report, "draw", fail)
    with pytest.raises(OSError, match="disk full"):
        written(tmp_path, votes)
    assert (old / "summary.json").read_bytes() == before
    assert sorted(p.name for p in tmp_path.iterdir()) == ["out", "votes.csv"]


def test_an_output_that_would_be_lost_is_refused(tmp_path, votes):
    path = written(tmp_path, votes)
    with pytest.raises(UsageError, match="exists; add overwrite=true"):
        validation_report.check_folder(path, overwrite=False)
    validation_report.check_folder(path, overwrite=True)
    (path / "thesis.txt").write_text("x")
    with pytest.raises(UsageError, match=r"holds thesis.txt, which no validation wrote"):
        validation_report.check_folder(path, overwrite=True)
    with pytest.raises(UsageError, match="does not exist; create it first"):
        validation_report.check_folder(tmp_path / "a" / "b", overwrite=False)
