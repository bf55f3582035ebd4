"""Predictions and run records made up for the tests of this folder."""

import numpy as np
import pytest

from stance.labels import NAMES, STANCES
from stance.learning.evaluation import Evaluation, Outcome
from stance.learning.scoring import Predicted, score
from stance.runs import record
from stance.runs.record import Run, key_of

CONFIG = {"name": "a", "seed": 0, "data": {"labels": None, "ordered": False}, "evaluation": {"folds": 5, "jobs": 1}}


def predicted(seed=0, n=60, wrong=0.3):
    random = np.random.default_rng(seed)
    true = np.arange(n) % 3
    probabilities = random.dirichlet([1, 1, 1], n)
    probabilities[np.arange(n), true] += np.where(random.random(n) < wrong, 0, 1)
    ids = np.array([f"row-{i} é" for i in range(n)], dtype=object)
    return Predicted(STANCES, true, probabilities, true * 0 + 1, np.array([f"g{i // 3}" for i in range(n)]), ids)


def run_of(one, *, config=CONFIG, started=None, fingerprint="f" * 64, **changes):
    results = Evaluation(score(one, resamples=50), None, False, None, Outcome(one, None, None, (), (), ()), None)
    values = {
        "name": config["name"], "key": key_of(config, fingerprint), "started": started or record.now(), "seconds": 1.5,
        "target": "Moscow", "fingerprint": fingerprint, "rows": len(one.true), "labels": NAMES, "ordered": True,
        "overrides": ("+experiment=a",), "config": config, "metrics": results.metrics(),
        "packages": record.versions(), "model": None, **changes,
    }  # fmt: skip
    return Run(**values)


@pytest.fixture(name="predicted")
def _predicted():
    return predicted


@pytest.fixture(name="run_of")
def _run_of():
    return run_of


@pytest.fixture(name="config")
def _config():
    return CONFIG
