"""A tiny decoder made on the spot: the real class, real files, no hub."""

import pickle

import numpy as np
import pytest

torch = pytest.importorskip("torch")
transformers = pytest.importorskip("transformers")

from stance.errors import UsageError  # noqa: E402
from stance.learning.uppertuning import UpperTuned  # noqa: E402

WORDS = "we thank support help condemn reject refuse leave meet visit count weigh moscow war gas the".split()
TEXTS = [f"{verb} the {thing}" for verb in WORDS[1:12] for thing in ("moscow", "war", "gas", "gas we")]
LABELS = np.array(
    [2 if verb in WORDS[1:4] else 0 if verb in WORDS[4:8] else 1 for verb in WORDS[1:12] for _ in range(4)]
)


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    from tokenizers import Tokenizer
    from tokenizers.models import WordLevel
    from tokenizers.pre_tokenizers import Whitespace

    folder = tmp_path_factory.mktemp("decoder")
    words = Tokenizer(
        WordLevel({"[UNK]": 0, "[PAD]": 1, **{word: k + 2 for k, word in enumerate(WORDS)}}, unk_token="[UNK]")
    )
    words.pre_tokenizer = Whitespace()
    transformers.PreTrainedTokenizerFast(tokenizer_object=words, unk_token="[UNK]", pad_token="[PAD]").save_pretrained(
        folder
    )
    torch.manual_seed(0)
    config = transformers.LlamaConfig(
        vocab_size=len(WORDS) + 2, hidden_size=32, intermediate_size=64, num_hidden_layers=4, num_attention_heads=4,
        num_key_value_heads=2, max_position_embeddings=64,
    )  # fmt: skip
    transformers.LlamaModel(config).save_pretrained(folder)
    return str(folder)


def tuned(model, **options):
    options = {"frozen": 1, "layers": 3, "epochs": 12, "learning_rate": 3e-3, "batch_size": 8, "dropout": 0.0} | options
    return UpperTuned(model, **options).fit(TEXTS, LABELS)


def test_it_learns_and_survives_a_pickle_without_its_model(model, tmp_path, monkeypatch):
    fitted = tuned(model)
    probabilities = fitted.predict_proba(TEXTS)
    assert probabilities.sum(axis=1) == pytest.approx(1)
    assert (fitted.predict(TEXTS) == LABELS).mean() > 0.9
    assert fitted.history_[-1] < fitted.history_[0]
    kept = pickle.dumps(fitted)
    monkeypatch.setattr("stance.learning.networks.load", None)
    assert pickle.loads(kept).predict_proba(TEXTS) == pytest.approx(probabilities, abs=5e-3)


def test_the_order_of_texts_and_their_neighbours_in_a_batch_do_not_matter(model):
    fitted = tuned(model, epochs=2)
    alone = np.concatenate([fitted.predict_proba([text]) for text in TEXTS[:6]])
    assert fitted.predict_proba(TEXTS[:6]) == pytest.approx(alone, abs=2e-3)
    assert fitted.predict_proba([]).shape == (0, 3)


def test_states_of_the_frozen_layers_are_kept_and_change_nothing(model, tmp_path):
    plain, cached = tuned(model, epochs=2), tuned(model, epochs=2, cache=str(tmp_path))
    assert len(list(tmp_path.glob("tokens-*.npz"))) == 1
    again = tuned(model, epochs=2, cache=str(tmp_path))
    assert cached.predict_proba(TEXTS) == pytest.approx(plain.predict_proba(TEXTS), abs=1e-6)
    assert again.predict_proba(TEXTS) == pytest.approx(plain.predict_proba(TEXTS), abs=1e-6)


def test_the_frozen_layers_stay_as_they_were(model):
    fitted = tuned(model, epochs=2)
    original = transformers.AutoModel.from_pretrained(model)
    same, other = (
        torch.equal(fitted._network.layers[k].mlp.up_proj.weight, original.layers[k].mlp.up_proj.weight) for k in (0, 1)
    )
    assert same
    assert not other


def test_layers_that_are_not_there_are_refused(model):
    with pytest.raises(UsageError, match="frozen=1, layers=9"):
        tuned(model, layers=9)
