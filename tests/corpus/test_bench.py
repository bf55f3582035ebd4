import csv
from dataclasses import replace

import pytest
from rich.console import Console

from stance.corpus import bench, dataset, rules
from stance.corpus.annotation import COLUMNS, Mark, compare, read_sheet, settle, write_sheet
from stance.errors import LabelError, UsageError
from stance.labels import NAMES

D, N, S = NAMES


def fill(path, labels, *, encoding="utf-8-sig", delimiter=",", notes=None):
    """Fill a sheet as an annotator does, saving it the way a spreadsheet may."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        records = list(csv.DictReader(file))
    for record in records:
        record["label"] = labels.get(record["id"], "")
        record["note"] = (notes or {}).get(record["id"], "")
    with path.open("w", encoding=encoding, newline="") as file:
        writer = csv.DictWriter(file, list(records[0]), delimiter=delimiter)
        writer.writeheader()
        writer.writerows(records)


def test_sheets_hold_text_alone_each_in_an_order_of_its_own(few, tmp_path):
    paths = bench.make_sheets(few, tmp_path / "sheets", ["ann", "ben"], seed=1)
    sheets = [list(csv.DictReader(path.read_text(encoding="utf-8-sig").splitlines())) for path in paths]
    assert [sorted(row["id"] for row in sheet) for sheet in sheets] == [sorted(row.id for row in few)] * 2
    assert [row["id"] for row in sheets[0]] != [row["id"] for row in sheets[1]]
    assert all(list(row) == list(COLUMNS) and not row["label"] for sheet in sheets for row in sheet)
    with pytest.raises(UsageError, match="it may hold work"):
        bench.make_sheets(few, tmp_path / "sheets", ["ann", "ben"], seed=1)


@pytest.mark.parametrize(("encoding", "delimiter"), [("utf-8-sig", ","), ("cp1252", ";"), ("utf-8", "\t")])
def test_a_sheet_survives_a_spreadsheet(tmp_path, encoding, delimiter):
    path = tmp_path / "ann.csv"
    texts = {"a": "=SUM(A1) “said” he", "b": "-5 degrés, dit Erdo–", "c": "@kremlin: non", "d": "It rained."}
    write_sheet(texts.items(), path, seed=0)
    with path.open(encoding="utf-8-sig", newline="") as file:
        cells = {row["id"]: row["text"] for row in csv.DictReader(file)}
    assert cells["a"].startswith("'=")
    assert cells["d"] == "It rained."
    fill(path, {"a": "D", "b": "neutral ", "c": "Supportive"}, encoding=encoding, delimiter=delimiter)
    assert {k: mark.label for k, mark in read_sheet(path).items()} == {"a": D, "b": N, "c": S}


def test_a_wrong_label_in_a_sheet_is_named_with_its_line(tmp_path):
    path = tmp_path / "ann.csv"
    write_sheet([("a", "One.")], path, seed=0)
    fill(path, {"a": "pro"})
    with pytest.raises(LabelError, match=r"ann.csv:2: label 'pro' is not one of distancing, neutral, supportive"):
        read_sheet(path)
    path.write_text("x,y\n1,2\n")
    with pytest.raises(LabelError, match="lacks the columns id and label"):
        read_sheet(path)


def two_sheets(few, tmp_path):
    bench.make_sheets(few, tmp_path, ["ann", "ben"], seed=1)
    first = {row.id: row.label for row in few}
    changed = few[0].id
    second = {**first, changed: next(name for name in NAMES if name != first[changed])}
    fill(tmp_path / "ann.csv", first, notes={changed: "rule 7"})
    fill(tmp_path / "ben.csv", second, notes={changed: "R12, also rule 7"})
    return changed


def test_agreement_of_sheets_gives_alpha_kappa_confusion_and_the_rules_in_dispute(few, tmp_path, capsys):
    changed = two_sheets(few, tmp_path)
    found = compare(bench.read_sheets(tmp_path, ["ann", "ben"]), resamples=100)
    assert found.disagreements == (changed,)
    assert 0.9 < found.alpha.value < 1
    assert 0.9 < found.kappa["ann", "ben"] < 1
    assert sum(map(sum, found.confusion["ann", "ben"])) == len(few)
    assert found.rules == {"rule 7": 1, "rule 12": 1}
    bench.show_agreement(found, Console(width=100))
    assert "named in 1 disagreements" in capsys.readouterr().out
    with pytest.raises(UsageError, match="lacks cal.csv; make them with action=sheet"):
        bench.read_sheets(tmp_path, ["ann", "cal"])


def test_adjudication_asks_for_what_differs_and_then_writes_records_the_dataset_reads(few, tmp_path):
    changed = two_sheets(few, tmp_path)
    sheet, count = bench.adjudicate(few, tmp_path, ["ann", "ben"], None)
    assert count == 1
    with pytest.raises(UsageError, match="give output="):
        bench.adjudicate(few, tmp_path, ["ann", "ben"], None)
    with pytest.raises(LabelError, match="needs a label and a reason"):
        bench.adjudicate(few, tmp_path, ["ann", "ben"], tmp_path / "out" / "labels.jsonl")
    fill(sheet, {changed: "n"}, notes={changed: "Rule 7: a wish for peace that names no side."})
    output, written = bench.adjudicate(few, tmp_path, ["ann", "ben"], tmp_path / "out" / "labels.jsonl")
    rows = {row.id: row for row in dataset.read_labels(output.parent)}
    assert written == len(few) == len(rows)
    assert rows[changed].label == N
    assert rows[changed].adjudicated
    assert len(rows[changed].annotators) == 2
    assert not any(row.adjudicated for row in rows.values() if row.id != changed)


def test_settling_leaves_out_what_nobody_labelled(few):
    assert settle(few, {"ann": {}, "ben": {}}, {}) == []


def test_settling_refuses_sheets_of_other_rows_and_half_filled_ones(few, tmp_path):
    two_sheets(few, tmp_path)
    with pytest.raises(LabelError, match=rf"{len(few) - 5} of {len(few)} sentences are not among the rows read"):
        bench.adjudicate(few[:5], tmp_path, ["ann", "ben"], None)
    mark = Mark("neutral", False, "")
    with pytest.raises(LabelError, match=f"{few[0].id}: is not filled in by ben"):
        settle(few, {"ann": {few[0].id: mark}, "ben": {}}, {})


def test_weak_rows_do_not_vouch_for_the_rules_that_made_them(few):
    weak = [replace(row, origin="weak") for row in few]
    assert bench.weaken(few, [*few, *weak]) == bench.weaken(few, few)
    with pytest.raises(LabelError, match="need labelled rows to be measured on"):
        bench.weaken(few, weak)


def test_sentences_of_articles_become_records_with_offsets_and_holder(tmp_path):
    path = tmp_path / "a.txt"
    path.write_text("“We will not go,” said Ihor Romanenko. It rained.")
    rows = bench.sentences_of(str(path))
    assert [(row.holder, row.holder_kind) for row in rows] == [("Ihor Romanenko", "direct_quote"), ("author", "author")]
    assert all(path.read_text()[row.start : row.end] == row.text for row in rows)


SENTENCES = {
    "Belgrade thanked Russia for the gas.": S,
    "The council condemned Russia's invasion of its neighbour.": D,
    "The delegation abstained.": N,
    "We cannot be dragged in, and we will not be dragged in.": None,
}


def test_rules_vote_or_abstain_and_are_measured():
    votes = rules.vote(list(SENTENCES))
    assert "thanks_moscow" in votes[0]
    assert "condemns_moscow" in votes[1]
    assert "abstains" in votes[2]
    scores = {s.name: s for s in rules.measure(votes, [S, D, N, D])}
    assert (scores["thanks_moscow"].coverage, scores["thanks_moscow"].accuracy) == (0.25, 1)
    assert scores["blames_nato"].votes == 0
    assert scores["blames_nato"].accuracy is None
    assert all(0 <= s.conflict <= s.overlap <= s.coverage <= 1 for s in scores.values())


def test_votes_are_summed_by_how_far_each_rule_is_right():
    prior = (1 / 3, 1 / 3, 1 / 3)
    assert rules.aggregate({}, {}, prior=prior) == pytest.approx(prior)
    one = rules.aggregate({"a": S}, {"a": 0.8}, prior=prior)
    assert one == pytest.approx((0.1, 0.1, 0.8))
    both = rules.aggregate({"a": S, "b": D}, {"a": 0.9, "b": 0.5}, prior=prior)
    assert both[2] > both[0] > both[1]
    assert sum(both) == pytest.approx(1)


def test_weak_records_say_so_and_are_no_gold(few, tmp_path):
    unlabelled = [
        replace(few[0], id=f"w{k}", text=text, family=f"w{k}", annotators=(), bloc=None, kind=None, phenomena=())
        for k, text in enumerate(SENTENCES)
    ]
    weak = bench.weaken(unlabelled, few)
    assert all(row.origin == "weak" and len(row.soft) == 3 and row.note for row in weak)
    folder = tmp_path / "labels"
    bench.write_records([*few, *weak], folder / "all.jsonl")
    built = dataset.build(folder, tmp_path / "built")
    assert len(dataset.load(built.path)) == len(few)
    assert len(dataset.load(built.path, origins=["weak"])) == len(weak)
    with pytest.raises(LabelError, match="need labelled rows"):
        bench.weaken(unlabelled, [])
