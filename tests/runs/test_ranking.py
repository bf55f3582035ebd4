import csv
import json
import zlib
from dataclasses import replace

import numpy as np
import pytest

from stance import store
from stance.errors import ChoiceError, UsageError
from stance.labels import NAMES
from stance.learning.classifiers import majority
from stance.learning.comparison import compare
from stance.runs import ranking, record, table
from stance.runs.ranking import ALIKE, BEST, BETTER, ELSEWHERE, WORSE


def seed_of(name):
    return zlib.crc32(name.encode())


@pytest.fixture
def keep(run_of, config):
    def write(root, name, one, *, seed=None, **changes):
        settings = {**config, "name": name, "seed": seed or seed_of(name)}
        record.write(root / "runs" / name, run_of(one, config=settings, **changes), one, None)

    return write


def ranked(root, **options):
    return ranking.rank(root / "runs", root / "models", resamples=400, **options)


@pytest.fixture
def root(tmp_path, predicted, keep):
    keep(tmp_path, "good", predicted(1, 300, 0.1), overrides=("+experiment=good", "save=false", "seed=1"))
    keep(tmp_path, "like", predicted(2, 300, 0.11), overrides=("+experiment=like", "seed=1"))
    keep(tmp_path, "bad", predicted(3, 300, 0.8), overrides=("+experiment=bad", "classifier.C=9", "seed=1"))
    return tmp_path


def test_runs_are_ranked_and_each_is_compared_with_the_best(root):
    found = ranked(root)
    assert [(place.run.name, place.verdict) for place in found.places][::2] == [("good", BEST), ("bad", WORSE)]
    assert found.places[1].verdict == ALIKE
    assert [place.overrides for place in found.places][::2] == [
        ("+experiment=good",),
        ("+experiment=bad", "classifier.C=9"),
    ]
    best, _, last = found.places
    values = [place.run.metric("macro_f1") for place in (best, last)]
    assert last.lead.difference.value == pytest.approx(values[0] - values[1])
    assert last.lead.adjusted >= last.lead.p_value
    assert best.lead is None


def test_only_the_latest_run_of_a_setting_counts(root, predicted, keep):
    again = predicted(4, 300, 0.05)
    keep(root, "bad again", again, seed=seed_of("bad"), started="2999-01-01")
    assert ranked(root).places[0].run.name == "bad again"
    assert len(ranked(root).places) == 3


def test_runs_on_other_data_are_left_out_and_can_be_asked_for(root, predicted, keep):
    keep(root, "other", predicted(5, 60), fingerprint="e" * 64, started="2000-01-01")
    keep(root, "target", predicted(5, 60), target="Minsk", started="2000-01-01")
    assert (len(ranked(root).places), ranked(root).elsewhere) == (3, 2)
    assert [place.run.name for place in ranked(root, fingerprint="eee").places] == ["other"]
    assert [place.run.name for place in ranked(root, target="Minsk").places] == ["target"]
    with pytest.raises(UsageError, match=r"no finished run has fingerprint=abc and target=None; there are .*eeee"):
        ranked(root, fingerprint="abc")


def test_runs_on_some_of_the_rows_are_compared_on_those_both_predicted(root, predicted, keep):
    fewer = predicted(6, 150, 0.3)
    keep(root, "fewer", fewer)
    (place,) = (place for place in ranked(root).places if place.run.name == "fewer")
    best = predicted(1, 300, 0.1).part(np.arange(300) < 150)
    assert (place.verdict, place.lead.difference.n) == (WORSE, 150)
    assert place.lead.difference == compare(best, fewer, resamples=400, seed=0).difference
    assert place.lead.adjusted == pytest.approx(3 * place.lead.p_value)
    assert "(n = 150)" in table.cells(place, ranked(root))[-3]


def test_a_run_that_is_better_on_the_rows_shared_is_called_so(root, predicted, keep):
    whole = predicted(1, 300, 0.95)
    part = np.arange(300) < 150
    whole.probabilities[part] = np.eye(3)[whole.true[part]]
    keep(root, "whole", whole, fingerprint="e" * 64)
    keep(root, "part", predicted(7, 150, 0.2), fingerprint="e" * 64)
    best, other = ranked(root, fingerprint="eee").places
    assert (best.run.name, other.verdict) == ("part", BETTER)
    assert other.lead.difference.high < 0


@pytest.mark.parametrize("shared", [0, 29])
def test_runs_that_share_too_few_rows_are_shown_and_not_compared(root, predicted, keep, shared):
    other = predicted(6, 150, 0.3)
    ids = np.array([f"other-{k}" for k in range(150)], dtype=object)
    ids[:shared] = other.ids[:shared]
    keep(root, "apart", replace(other, ids=ids))
    (place,) = (place for place in ranked(root).places if place.run.name == "apart")
    assert (place.verdict, place.lead) == (ELSEWHERE, None)


def test_damaged_records_are_named_and_skipped(root):
    (root / "runs" / "like" / record.PREDICTIONS).write_bytes(b"no")
    (root / "runs" / "odd").mkdir()
    (root / "runs" / "odd" / record.RECORD).write_text("{")
    found = ranked(root)
    assert [place.run.name for place in found.places] == ["good", "bad"]
    assert [reason.split(":")[0].removeprefix(f"{root}/runs/") for reason in found.damaged] == [
        "odd/run.json",
        "like/predictions.npz",
    ]


def test_saved_models_with_predictions_are_ranked_too(tmp_path, predicted, run_of, config):
    one = predicted(1, 90)
    run = run_of(one)
    manifest = {
        "labels": list(NAMES), "ordered": True, "target": "Moscow", "config": run.config, "metrics": run.metrics,
        "dataset": {"fingerprint": run.fingerprint, "rows": 90},
        "run": {"key": run.key, "started": run.started, "seconds": 2.0, "overrides": []},
    }  # fmt: skip

    def extras(folder, _):
        record.write_predictions(folder, one, None)

    path = store.save(majority(), manifest, name="a", root=tmp_path / "models", write_extras=extras)
    store.save(majority(), {"labels": list(NAMES)}, name="bare", root=tmp_path / "models")
    (place,) = ranked(tmp_path).places
    assert (place.run.name, place.run.model, place.folder) == ("a", str(path), path)
    store.save(majority(), {"labels": list(NAMES)}, name="old", root=tmp_path / "models", write_extras=extras)
    assert "old/1/manifest.json: says nothing of its run" in ranked(tmp_path).damaged[0]


def test_without_a_run_the_error_says_what_to_run(tmp_path):
    with pytest.raises(UsageError, match=r"no finished run below .*; make one with: python -m stance.train \+exp"):
        ranked(tmp_path)


def test_too_few_resamples_for_so_many_runs_are_told(root):
    assert not ranked(root).is_too_coarse
    coarse = replace(ranked(root), resamples=50)
    assert coarse.is_too_coarse
    assert any("raise resamples=" in note for note in table.notes(coarse))


def test_a_ranking_is_written_as_csv_markdown_and_json(root):
    found = ranked(root)
    for suffix in ("csv", "md", "json"):
        table.write(found, str(root / f"board.{suffix}"))
    with (root / "board.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["name"] for row in rows] == [place.run.name for place in found.places]
    assert float(rows[2]["lead_low"]) == found.places[2].lead.difference.low
    assert rows[0]["lead"] == ""
    assert json.loads((root / "board.json").read_text())["places"][0]["macro_f1_n"] == 300
    markdown = (root / "board.md").read_text()
    assert markdown.count("\n| ") == 5
    assert "Holm's correction" in markdown


def test_an_output_that_cannot_be_written_is_refused(tmp_path):
    (tmp_path / "there.csv").write_text("")
    with pytest.raises(ChoiceError, match="Available: .csv, .json, .md"):
        table.check_target("board.xls", overwrite=False)
    with pytest.raises(UsageError, match="exists; add overwrite=true"):
        table.check_target(str(tmp_path / "there.csv"), overwrite=False)
    with pytest.raises(UsageError, match="does not exist; create it first"):
        table.check_target(str(tmp_path / "no" / "a.csv"), overwrite=False)
    table.check_target(str(tmp_path / "there.csv"), overwrite=True)


def test_the_metric_ranked_by_comes_first(root, capsys):
    found = ranked(root, metric="accuracy")
    table.show(found)
    assert table.columns(found)[3:5] == ["n", "accuracy"]
    assert "3 runs by accuracy toward Moscow, n = 300" in capsys.readouterr().out
    with pytest.raises(ChoiceError, match="metric 'f2' does not exist"):
        ranked(root, metric="f2")
