import json
from dataclasses import replace

import pytest
from datasets import ClassLabel, load_dataset

from stance.corpus import dataset
from stance.errors import LabelError, UsageError
from stance.labels import NAMES
from stance.paths import shipped
from stance.text.sentences import read_sentences


def test_every_sentence_of_the_seeds_is_labelled_with_two_passes_and_a_holder(seeds, labelled):
    rows = {(row.article, row.start, row.end): row for row in labelled if row.origin == "seed"}
    read = [(s.article, s.start, s.end) for article in seeds for s in read_sentences(article)]
    assert set(read) == set(rows)
    assert all(len(row.annotators) == 2 and row.holder for row in rows.values())


@pytest.mark.parametrize(
    ("words", "label"),
    [
        ("Belarusians have no right not to support Russia", "supportive"),
        ("We categorically do not accept any war", "distancing"),
    ],
)
def test_the_two_sentences_everybody_knows_are_labelled_as_they_should(labelled, words, label):
    (row,) = [row for row in labelled if row.origin == "seed" and words in row.text]
    assert (row.label, row.holder) == (label, "Alexander Lukashenko")


def test_authored_sentences_are_many_balanced_and_in_families(labelled):
    authored = [row for row in labelled if row.origin == "authored" and not row.article]
    assert len(authored) >= 600
    shares = [sum(row.label == name for row in authored) / len(authored) for name in NAMES]
    assert all(0.28 < share < 0.39 for share in shares)
    labels_of = {}
    for row in authored:
        labels_of.setdefault(row.family, set()).add(row.label)
    assert sum(len(labels) > 1 for labels in labels_of.values()) >= 150


def test_a_disagreement_is_adjudicated_with_a_reason(labelled):
    for row in labelled:
        differ = len(set(row.annotators)) > 1
        assert row.adjudicated == differ
        assert not differ or len(row.note) > 20


def test_the_fingerprint_depends_on_content_and_not_on_order(labelled):
    rows = labelled[:50]
    assert dataset.fingerprint(rows) == dataset.fingerprint(rows[::-1])
    changed = [replace(rows[0], note=rows[0].note + "!"), *rows[1:]]
    assert dataset.fingerprint(rows) != dataset.fingerprint(changed)


def test_splits_never_part_a_family_or_an_article(labelled):
    splits = dataset.assign_splits(labelled)
    seen = {}
    for row, split in zip(labelled, splits, strict=True):
        for key in (row.family, row.article or row.family):
            assert seen.setdefault(key, split) == split
    shares = [splits.count(name) / len(splits) for name in dataset.SPLITS]
    assert shares == pytest.approx([0.6, 0.2, 0.2], abs=0.05)


def test_rows_with_the_same_words_fall_into_one_group(few):
    twin = replace(few[0], id="twin", family="elsewhere", text=f"  {few[0].text.upper()} ")
    groups = dataset.groups([*few, twin])
    assert groups[0] == groups[-1]
    assert len(set(groups)) == len({row.family for row in few})


def test_of_two_builds_of_the_same_content_at_one_time_the_first_is_kept(few, tmp_path, monkeypatch):
    labels, out = tmp_path / "labels", tmp_path / "built"
    labels.mkdir()
    write(labels / "a.jsonl", few)
    convert, others = dataset.to_datasets, []

    def interrupted(rows, *, seed):
        if not others:
            others.append(None)
            others[0] = dataset.build(labels, out)
        return convert(rows, seed=seed)

    monkeypatch.setattr(dataset, "to_datasets", interrupted)
    late = dataset.build(labels, out)
    assert (others[0].fresh, late.fresh) == (True, False)
    assert len(dataset.load(out)) == len(few)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["built", "labels"]


def test_building_twice_writes_once_and_a_changed_label_builds_again(few, tmp_path):
    labels, out = tmp_path / "labels", tmp_path / "built"
    labels.mkdir()
    write(labels / "a.jsonl", few)
    first, second = dataset.build(labels, out), dataset.build(labels, out)
    assert (first.fresh, second.fresh) == (True, False)
    assert first.fingerprint == second.fingerprint
    write(labels / "a.jsonl", [replace(few[0], note="looked at again"), *few[1:]])
    third = dataset.build(labels, out)
    assert third.fresh
    assert third.fingerprint != first.fingerprint
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []


def test_the_built_dataset_has_class_labels_and_loads_every_row(few, tmp_path):
    labels = tmp_path / "labels"
    labels.mkdir()
    write(labels / "a.jsonl", few)
    built = dataset.build(labels, tmp_path / "built")
    rows = dataset.load(built.path)
    assert [row["id"] for row in rows] == sorted(row.id for row in few)
    assert {row["id"]: row["label"] for row in rows} == {row.id: row.label for row in few}
    assert isinstance(dataset.features()["label"], ClassLabel)
    assert dataset.load(built.path, target="Brussels") == []


def write(path, rows, **changes):
    from dataclasses import asdict

    path.write_text("".join(json.dumps({**asdict(row), **changes}) + "\n" for row in rows), encoding="utf-8")


@pytest.mark.parametrize(
    ("changes", "error", "message"),
    [
        ({"label": "suportive"}, LabelError, "Did you mean 'supportive'"),
        ({"origin": "found"}, LabelError, "origin 'found' is not one of seed, authored"),
        ({"holder_kind": "quote"}, LabelError, "holder_kind 'quote' is not one of"),
        ({"colour": 1}, LabelError, r"unknown fields \['colour'\]"),
        ({"text": " "}, LabelError, "text is empty"),
        ({"text": None}, LabelError, r"a\.jsonl:1: text must be a string"),
        ({"annotators": None}, LabelError, r"a\.jsonl:1: text must be a string, annotators a list"),
        ({"id": "same"}, LabelError, "ids occur more than once: same"),
        ({"origin": "seed"}, LabelError, "a seed sentence needs article, start and end"),
    ],
)
def test_a_record_that_breaks_the_schema_is_named(few, tmp_path, changes, error, message):
    write(tmp_path / "a.jsonl", few[:2], **changes)
    with pytest.raises(error, match=message):
        dataset.read_labels(tmp_path)


@pytest.mark.parametrize("kept", ["labels.jsonl", "notes.txt"])
def test_a_folder_that_no_build_wrote_is_not_replaced(few, tmp_path, kept):
    home = tmp_path / "mine"
    home.mkdir()
    write(home / "labels.jsonl", few)
    (home / kept).touch()
    with pytest.raises(UsageError, match="holds what no build wrote"):
        dataset.build(home, home)
    assert len(dataset.read_labels(home)) == len(few)
    (tmp_path / "empty").mkdir()
    assert dataset.build(home, tmp_path / "empty").fresh


def test_offsets_that_do_not_give_the_text_are_refused(labelled, tmp_path):
    row = next(row for row in labelled if row.origin == "seed")
    write(tmp_path / "a.jsonl", [replace(row, start=row.start + 1)])
    with pytest.raises(LabelError, match="do not give its text"):
        dataset.read_labels(tmp_path)


def test_sentences_of_an_authored_document_must_join_up(labelled, tmp_path):
    rows = [row for row in labelled if row.article == "ad1-01"]
    write(tmp_path / "a.jsonl", [*rows[:2], replace(rows[2], start=rows[2].start + 1, end=rows[2].end + 1), *rows[3:]])
    with pytest.raises(LabelError, match=r"ad1-01-03: offsets .* of ad1-01; its text belongs at \d+"):
        dataset.read_labels(tmp_path)


def test_the_context_of_a_sentence_is_the_one_before_it_in_its_article(labelled):
    found = dataset.contexts(labelled)
    rows = {row.id: row for row in labelled}
    assert "ad1-01-01" not in found
    assert found["ad1-01-02"] == rows["ad1-01-01"].text
    assert found["seed-003-15"] == rows["seed-003-14"].text
    assert not any(rows[identifier].article is None for identifier in found)


def test_documents_are_running_text_most_of_it_neutral(labelled):
    documents = [row for row in labelled if row.origin == "authored" and row.article]
    assert len({row.article for row in documents}) >= 100
    assert 0.5 < sum(row.label == "neutral" for row in documents) / len(documents) < 0.8


def test_an_empty_folder_of_labels_is_refused(tmp_path):
    with pytest.raises(LabelError, match="holds no .jsonl file"):
        dataset.read_labels(tmp_path)


def test_the_dataset_card_is_understood_by_load_dataset(tmp_path, labelled):
    loaded = load_dataset(str(shipped("data")), cache_dir=str(tmp_path))["train"]
    assert loaded.num_rows == len(labelled)
    assert loaded.features["label"].names == list(NAMES)


def test_the_data_card_shows_the_counts_and_the_agreement_as_they_are(labelled):
    from stance.corpus.annotation import agreement
    from stance.corpus.summary import compose, markdown

    card = (shipped("data") / "README.md").read_text(encoding="utf-8")
    assert markdown(compose(labelled, resamples=2, seed=0)).strip() in card
    for origin in ("authored", "seed"):
        alpha = agreement([row for row in labelled if row.origin == origin])
        assert f"| {origin} | {alpha} | {alpha.n} |" in card


def test_the_authored_sentences_are_as_many_and_as_varied_as_promised(labelled):
    authored = [row for row in labelled if row.origin == "authored" and not row.article]
    assert len(authored) >= 4000
    assert len({row.holder for row in authored}) >= 80
    assert all(8 <= len(row.text.split()) <= 60 for row in authored)
    blocs = {row.bloc for row in authored}
    assert len(blocs) == 16
    assert {(row.bloc, row.label) for row in authored} == {(bloc, name) for bloc in blocs for name in NAMES}
    tags = [tag for row in authored for tag in row.phenomena]
    assert len(set(tags)) == 24
    assert min(tags.count(tag) for tag in set(tags)) >= 100
    families = {}
    for row in authored:
        families.setdefault(row.family, set()).add(row.label)
    assert sum(len(labels) > 1 for labels in families.values()) >= 1000
