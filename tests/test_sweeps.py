"""Sweeps as a person runs and interrupts them: real processes, real files."""

import importlib.util
import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import asdict

import pytest

from stance.errors import UsageError

TRAIN = [
    sys.executable, "-m", "stance.train", "+experiment=baseline", "evaluation.folds=2", "evaluation.resamples=20",
    "evaluation.jobs=1", "features.char_max=3", "data.labels=labels", "save=false",
]  # fmt: skip
HAS_SWEEP = all(importlib.util.find_spec(name) for name in ("optuna", "hydra_plugins.hydra_joblib_launcher"))
needs_sweep = pytest.mark.skipif(not HAS_SWEEP, reason="needs the extra sweep")


@pytest.fixture
def folder(few, tmp_path):
    (tmp_path / "labels").mkdir()
    (tmp_path / "labels" / "few.jsonl").write_text("".join(json.dumps(asdict(row)) + "\n" for row in few))
    return tmp_path


def sweep(folder, *arguments):
    return subprocess.run([*TRAIN, *arguments], cwd=folder, capture_output=True, text=True, check=False)


def records(folder):
    return [json.loads(path.read_text()) for path in sorted((folder / "models").rglob("run.json"))]


def interrupted(folder, *arguments, after=1):
    """Start a sweep and kill it, children and all, once some of its trials are finished."""
    process = subprocess.Popen(
        [*TRAIN, *arguments], cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
    )
    try:
        deadline = time.monotonic() + 120
        while len(records(folder)) < after and process.poll() is None and time.monotonic() < deadline:
            time.sleep(0.02)
        assert process.poll() is None, "the sweep ended before it could be interrupted"
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


@pytest.mark.slow
def test_a_killed_sweep_started_again_runs_only_what_was_not_finished(folder, few):
    grid = ("-m", "classifier.C=0.1,0.3,1,3,10,30")
    interrupted(folder, *grid, after=2)
    before = {record["key"]: record["started"] for record in records(folder)}
    assert 2 <= len(before) < 6
    done = sweep(folder, *grid)
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("finished before in models/_runs/sweeps/") == len(before)
    assert done.stdout.count(f"baseline on {len(few)} rows") == 6 - len(before)
    after = {record["key"]: record["started"] for record in records(folder)}
    assert len(records(folder)) == len(after) == 6
    assert before.items() <= after.items()
    assert sorted(record["config"]["classifier"]["C"] for record in records(folder)) == [0.1, 0.3, 1, 3, 10, 30]


@pytest.mark.slow
@needs_sweep
def test_a_killed_search_goes_on_as_if_it_had_not_been_killed(folder, tmp_path_factory):
    search = ("+sweep=baseline", "hydra.sweeper.trials=5", "features.char_min=3")
    interrupted(folder, *search, after=2)
    before = len(records(folder))
    done = sweep(folder, *search)
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("finished before in") >= before
    assert "best of 5 trials" in done.stderr
    whole = tmp_path_factory.mktemp("whole")
    (whole / "labels").symlink_to(folder / "labels")
    assert sweep(whole, *search).returncode == 0
    resumed, uninterrupted = ({record["key"] for record in records(one)} for one in (folder, whole))
    assert resumed == uninterrupted


@pytest.mark.slow
def test_a_failing_trial_loses_no_other_and_rerun_trains_again(folder):
    done = sweep(folder, "-m", "evaluation.folds=500,2")
    assert done.returncode == 2
    assert "error: 500 folds need 500 groups of every class" in done.stderr
    assert [record["config"]["evaluation"]["folds"] for record in records(folder)] == [2]
    again = sweep(folder, "-m", "evaluation.folds=2", "rerun=true")
    assert "finished before" not in again.stdout
    assert len(records(folder)) == 2


@pytest.mark.slow
@needs_sweep
def test_trials_run_side_by_side_and_a_failing_one_loses_no_other(folder):
    parallel = ("hydra/launcher=parallel", "hydra.launcher.n_jobs=2")
    done = sweep(folder, "-m", "evaluation.folds=500,2", *parallel)
    assert "error: 500 folds need 500 groups of every class" in done.stderr
    assert (done.returncode, len(records(folder))) == (2, 1)
    search = ("hydra/sweeper=search", "hydra.sweeper.trials=4", "hydra.sweeper.batch=2", "evaluation.folds=2,500")
    done = sweep(folder, "-m", *search, *parallel)
    assert done.returncode == 1
    assert "of 4 trials failed, the others are kept; the first: 500 folds need" in done.stderr
    assert len(records(folder)) == 1


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["+sweep=baseline"], "hydra/sweeper=search needs a package that is not installed"),
        (
            ["-m", "seed=1,2", "hydra/launcher=parallel"],
            "hydra/launcher=parallel needs a package that is not installed",
        ),
    ],
)
@pytest.mark.skipif(HAS_SWEEP, reason="the extra sweep is installed")
def test_without_the_extra_the_error_names_the_install_line(folder, arguments, message):
    done = sweep(folder, *arguments)
    assert message in done.stderr
    assert "pip install -e '.[sweep]'" in done.stderr
    assert done.returncode == 2


@needs_sweep
def test_a_search_without_a_space_says_how_to_name_one(folder):
    done = sweep(folder, "-m", "hydra/sweeper=search")
    assert "there is nothing to search: name a space, as in 'classifier.C=interval(0.1,100)'" in done.stderr
    assert done.returncode == 2


@needs_sweep
@pytest.mark.parametrize(
    ("override", "expected"),
    [
        ("a=interval(0.5,2)", "FloatDistribution(high=2.0, log=False, low=0.5, step=None)"),
        ("a=tag(log,interval(0.5,2))", "FloatDistribution(high=2.0, log=True, low=0.5, step=None)"),
        ("a=int(interval(1,4))", "IntDistribution(high=4, log=False, low=1, step=1)"),
        ("a=range(1,6,2)", "IntDistribution(high=5, log=False, low=1, step=2)"),
        ("a=range(0,1,0.5)", "CategoricalDistribution(choices=('0.0', '0.5'))"),
        ("a=choice(x,2,true)", "CategoricalDistribution(choices=('x', '2', 'True'))"),
        ("a=x,y", "CategoricalDistribution(choices=('x', 'y'))"),
    ],
)
def test_a_search_space_is_read_as_hydra_writes_it(override, expected):
    from hydra.core.override_parser.overrides_parser import OverridesParser

    from hydra_plugins.stance_search import _distribution

    (parsed,) = OverridesParser.create().parse_overrides([override])
    assert repr(_distribution("a", parsed)) == expected


@needs_sweep
@pytest.mark.parametrize(
    ("override", "message"), [("a=range(3,1)", "is no range upwards"), ("a=glob(*)", "not a=glob")]
)
def test_what_is_no_search_space_is_refused(override, message):
    from hydra.core.override_parser.overrides_parser import OverridesParser

    from hydra_plugins.stance_search import _distribution

    (parsed,) = OverridesParser.create().parse_overrides([override])
    with pytest.raises(UsageError, match=message):
        _distribution("a", parsed)
