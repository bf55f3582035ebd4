import json
from dataclasses import replace

import numpy as np
import pytest

from stance.errors import RunError, UsageError
from stance.labels import NAMES, STANCES
from stance.learning.scoring import score
from stance.runs import record
from stance.runs.record import PREDICTIONS, RECORD, Run, find_finished, key_of, read, read_predictions, write


def test_a_record_and_its_predictions_come_back_as_they_were_written(tmp_path, predicted, run_of):
    overall, seeds = predicted(), predicted(1, 12)
    run = run_of(overall)
    write(tmp_path / "run", run, overall, seeds)
    assert sorted(path.name for path in (tmp_path / "run").iterdir()) == [PREDICTIONS, RECORD]
    assert read(tmp_path / "run") == replace(run, metrics=json.loads(json.dumps(run.metrics)))
    back, seeds_back = read_predictions(tmp_path / "run", STANCES)
    assert np.array_equal(back.probabilities, overall.probabilities)
    assert list(back.ids) == list(overall.ids)
    assert score(back, resamples=50) == score(overall, resamples=50)
    assert len(seeds_back.true) == 12


def test_the_predictions_hold_no_pickle_and_none_of_the_seeds_where_there_are_none(tmp_path, predicted, run_of):
    write(tmp_path, run_of(predicted()), predicted(), None)
    with np.load(tmp_path / PREDICTIONS, allow_pickle=False) as arrays:
        assert all(arrays[name].dtype != object for name in arrays.files)
    assert read_predictions(tmp_path, STANCES)[1] is None


def test_a_run_that_dies_while_it_writes_is_not_a_finished_one(tmp_path, monkeypatch, predicted):
    def die(*_, **__):
        raise KeyboardInterrupt("while writing")

    monkeypatch.setattr(record.json, "dumps", die)
    run = Run("a", "k", "s", 1, "Moscow", "f", 1, NAMES, True, (), {}, {}, {}, None)
    with pytest.raises(KeyboardInterrupt, match="while writing"):
        write(tmp_path, run, predicted(), None)
    assert [path.name for path in tmp_path.iterdir()] == [PREDICTIONS]
    with pytest.raises(RunError, match=r"has no run\.json; the run was not finished"):
        read(tmp_path)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "is damaged: Expecting property name"),
        ("[]", "is of format None; this version of stance reads up to 1"),
        ('{"format": 2}', "is of format 2; this version of stance reads up to 1"),
        ('{"format": 1, "name": "a"}', "is damaged: it lacks key, started"),
    ],
)
def test_a_damaged_record_says_what_is_wrong_with_it(tmp_path, text, message):
    (tmp_path / RECORD).write_text(text)
    with pytest.raises(RunError, match=message):
        read(tmp_path)


def test_damaged_predictions_say_what_is_wrong_with_them(tmp_path):
    with pytest.raises(RunError, match="is missing; run it again to compare it"):
        read_predictions(tmp_path, STANCES)
    (tmp_path / PREDICTIONS).write_bytes(b"PK\x03\x04nothing")
    with pytest.raises(RunError, match="is damaged"):
        read_predictions(tmp_path, STANCES)
    np.savez_compressed(tmp_path / PREDICTIONS, overall_ids=np.array(["a"]))
    with pytest.raises(RunError, match="is damaged: 'overall_groups"):
        read_predictions(tmp_path, STANCES)


def test_the_key_sees_what_changes_a_result_and_nothing_else(config):
    key = key_of(config, "f")
    for change in ({"name": "b"}, {"models": "elsewhere"}, {"tracking": {"kind": "mlflow"}},
                   {"data": {"labels": "my labels", "ordered": False}}, {"evaluation": {"folds": 5, "jobs": 8}}):  # fmt: skip
        assert key_of({**config, **change}, "f") == key
    for change in ({"seed": 1}, {"data": {"labels": None, "ordered": True}}, {"evaluation": {"folds": 4, "jobs": 1}}):
        assert key_of({**config, **change}, "f") != key
    assert key_of(config, "g") != key
    forth, back = ({**config, "data": {"labels": labels}} for labels in ({"A": "a", "B": "b"}, {"B": "b", "A": "a"}))
    assert key_of(forth, "f") != key_of(back, "f")


def test_the_key_follows_the_files_that_the_settings_name(config, tmp_path):
    (tmp_path / "encoder").mkdir()
    (tmp_path / "encoder" / "weights").write_text("one")
    (tmp_path / "cache").mkdir()
    paths = {
        "model": str(tmp_path / "encoder"),
        "pools": [str(tmp_path / "none.txt")],
        "cache": str(tmp_path / "cache"),
    }
    named = {**config, "classifier": paths}
    key = key_of(named, "f")
    assert key_of(named, "f") == key
    (tmp_path / "cache" / "states").write_text("read once")
    assert key_of(named, "f") == key
    (tmp_path / "encoder" / "weights").write_text("another")
    assert key_of(named, "f") != key


def test_the_latest_finished_run_of_a_key_is_found(tmp_path, predicted, run_of, config):
    one = predicted()
    for name, started in (("x", "2026-01-01"), ("y", "2026-02-01"), ("z", "2026-01-15")):
        write(tmp_path / "deep" / name, run_of(one, started=started), one, None)
    (tmp_path / "damaged").mkdir()
    (tmp_path / "damaged" / RECORD).write_text("{")
    folder, run = find_finished(tmp_path, key_of(config, "f" * 64))
    assert (folder.name, run.started) == ("y", "2026-02-01")
    assert find_finished(tmp_path, "other") is None
    assert find_finished(tmp_path / "nowhere", "other") is None


def test_a_trial_that_is_to_be_saved_is_finished_only_if_its_model_is_there(tmp_path, predicted, run_of, config):
    one, model = predicted(), tmp_path / "models" / "a" / "1"
    write(tmp_path / "x", run_of(one, model=str(model)), one, None)
    key = key_of(config, "f" * 64)
    assert find_finished(tmp_path, key) is not None
    assert find_finished(tmp_path, key, saved_as="a") is None
    model.mkdir(parents=True)
    assert find_finished(tmp_path, key, saved_as="a") is not None
    assert find_finished(tmp_path, key, saved_as="b") is None


def test_a_metric_that_is_not_defined_is_refused(predicted, run_of):
    run = run_of(predicted())
    assert run.metric("macro_f1") == run.metrics["overall"]["macro_f1"]["value"]
    with pytest.raises(UsageError, match="the metric family_accuracy is not defined"):
        replace(run, metrics={"overall": {"family_accuracy": None}}).metric("family_accuracy")
