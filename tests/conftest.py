"""Small real parts the tests share: the seed articles, a few hundred labelled rows, a model trained on them."""

from dataclasses import asdict
from pathlib import Path

import pytest

from stance import store
from stance.corpus import dataset
from stance.labels import NAMES, STANCES
from stance.learning.calibration import Calibration
from stance.learning.classifiers import logistic_regression, pipeline
from stance.learning.evaluation import encode
from stance.learning.features import word_and_char_tfidf
from stance.paths import shipped
from stance.records import Article

DATA = Path(__file__).parent / "data"


@pytest.fixture(scope="session")
def seeds() -> list[Article]:
    return [Article(p.stem, p.read_bytes().decode()) for p in sorted(shipped("seeds").glob("*.txt"))]


@pytest.fixture(scope="session")
def labelled():
    return dataset.read_labels()


@pytest.fixture(scope="session")
def few(labelled):
    """Some sixty families of authored sentences, enough to train on in a moment."""
    families = sorted({row.family for row in labelled if row.origin == "authored" and not row.article})[:60]
    return [row for row in labelled if row.family in set(families)]


@pytest.fixture(scope="session")
def models(few, tmp_path_factory) -> Path:
    """A folder of models with two versions of `tiny`."""
    root = tmp_path_factory.mktemp("models")
    estimator = pipeline(word_and_char_tfidf(char_max=3), logistic_regression())
    estimator.fit([row.text for row in few], encode([row.label for row in few], STANCES))
    probabilities = estimator.predict_proba([row.text for row in few])
    calibration = Calibration.fit(probabilities, encode([row.label for row in few], STANCES))
    manifest = {
        "labels": list(NAMES),
        "target": "Moscow",
        "calibration": asdict(calibration),
        "dataset": {"fingerprint": "f"},
    }
    for _ in range(2):
        store.save(estimator, manifest, name="tiny", root=root)
    return root
