import json

import pytest

from stance.corpus.importers import Source, read_source, read_table
from stance.errors import ChoiceError, LabelError, UsageError
from stance.labels import NAMES


def table(tmp_path, text, name="a.csv", encoding="utf-8"):
    path = tmp_path / name
    path.write_text(text, encoding=encoding)
    return str(path)


def source(path, **options):
    return Source(path=path, text="Tweet", label="Stance", **options)


ROWS = 'Tweet,Stance,Target,Thread\n"He is right, really",FAVOR,A,1\nHe is wrong,AGAINST,A,1\nWho?,NONE,B,2\n'
STANCE_MAP = {"AGAINST": "distancing", "NONE": "neutral", "FAVOR": "supportive"}


def test_a_table_is_read_by_the_columns_named(tmp_path):
    found = read_source("table", source(table(tmp_path, ROWS), target="Target", group="Thread"))
    assert [(r.text, r.label, r.target, r.group, r.split) for r in found.rows] == [
        ("He is right, really", "FAVOR", "A", "1", None),
        ("He is wrong", "AGAINST", "A", "1", None),
        ("Who?", "NONE", "B", "2", None),
    ]
    assert found.classes.names == ("AGAINST", "NONE", "FAVOR")
    assert not found.classes.ordered


def test_labels_mapped_to_the_scale_take_its_order(tmp_path):
    found = read_source("table", source(table(tmp_path, ROWS), labels=STANCE_MAP))
    assert found.classes.names == NAMES
    assert found.classes.ordered
    assert [row.label for row in found.rows] == ["supportive", "distancing", "neutral"]


def test_labels_not_in_the_map_are_skipped_and_counted(tmp_path):
    found = read_source("table", source(table(tmp_path, ROWS), labels={"AGAINST": "no", "FAVOR": "yes"}, ordered=True))
    assert (found.classes.names, found.classes.ordered) == (("no", "yes"), True)
    assert dict(found.skipped) == {"label 'NONE' is not in data.labels": 1}
    assert "skipped 1 rows: label 'NONE' is not in data.labels" in found.report()


def test_other_formats_encodings_and_test_files_are_read(tmp_path):
    records = [{"Tweet": "Он прав", "Stance": "FAVOR"}, {"Tweet": "Нет", "Stance": "AGAINST"}]
    jsonl = table(tmp_path, "\n".join(map(json.dumps, records)), "a.jsonl")
    tsv = table(tmp_path, 'Tweet\tStance\nСказал "да\tFAVOR\n', "a.tsv", "gb18030")
    found = read_source("table", source(jsonl))
    assert [row.text for row in found.rows] == ["Он прав", "Нет"]
    assert [r["Tweet"] for r in read_table(tmp_path / "a.tsv", encoding="gb18030")] == ['Сказал "да']
    both = read_source("table", source(jsonl, test_path=jsonl))
    assert [row.split for row in both.rows] == ["train", "train", "test", "test"]
    assert (both.duplicates, both.leaks) == (2, 2)
    assert [row.id for row in both.rows] == ["1/a.jsonl:1", "1/a.jsonl:2", "2/a.jsonl:1", "2/a.jsonl:2"]
    assert "test rows whose text stands in train: 2" in both.report()
    with pytest.raises(UsageError, match="cannot be decoded.*give data.encoding="):
        read_source("table", source(tsv))


def test_a_table_with_semicolons_keeps_its_quotations(tmp_path):
    path = table(tmp_path, 'Tweet;Stance\n"He said; ""no"" at\nlast";AGAINST\nYes;FAVOR\nMaybe;\n')
    found = read_source("table", source(path, delimiter=";"))
    assert [(row.text, row.label) for row in found.rows] == [('He said; "no" at\nlast', "AGAINST"), ("Yes", "FAVOR")]
    assert dict(found.skipped) == {"no label": 1}


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.jsonl", '{"Tweet": "a", "Stance": "b"}\n{"Tweet"', r"a.jsonl:2: is not JSON"),
        ("a.jsonl", "5", r"a.jsonl:1: is int, not an object"),
        ("a.parquet", "PAR1", "a.parquet is not a readable Parquet file"),
    ],
)
def test_a_table_that_cannot_be_read_is_named(tmp_path, name, content, message):
    with pytest.raises(UsageError, match=message):
        read_source("table", source(table(tmp_path, content, name)))


def test_a_split_column_names_the_official_split(tmp_path):
    path = table(tmp_path, "Tweet,Stance,part\na,x,Train\nb,y,dev\nc,x,TEST\n")
    assert [r.split for r in read_source("table", source(path, split="part")).rows] == ["train", "validation", "test"]
    path = table(tmp_path, "Tweet,Stance,part\na,x,somewhere\n")
    with pytest.raises(ChoiceError, match="split 'somewhere' does not exist"):
        read_source("table", source(path, split="part"))


def test_what_is_missing_is_named(tmp_path):
    path = table(tmp_path, ROWS)
    with pytest.raises(UsageError, match="the column 'Text' for data.text does not exist; columns: Tweet, Stance"):
        read_source("table", Source(path=path, text="Text", label="Stance"))
    with pytest.raises(UsageError, match="does not exist"):
        read_source("table", source(str(tmp_path / "none.csv")))
    with pytest.raises(UsageError, match="has the suffix '.docx'"):
        read_source("table", source(table(tmp_path, "x", "a.docx")))
    with pytest.raises(LabelError, match="holds no row of the target 'C'; targets: A, B"):
        read_source("table", source(path, target="Target", only="C"))
    with pytest.raises(ChoiceError, match="Did you mean 'table'"):
        read_source("tabel", source(path))
    with pytest.raises(UsageError, match="lacks raw_train_all.csv, raw_val_all.csv"):
        read_source("pstance", Source(path=str(tmp_path)))


def test_pstance_keeps_its_split_and_targets(tmp_path):
    for name, text in [("train", "Go Joe"), ("val", "No Joe"), ("test", "Joe, who?")]:
        (tmp_path / f"raw_{name}_all.csv").write_text(
            f'Tweet,Target,Stance\n"{text}",Joe Biden,FAVOR\nNo,Trump,AGAINST\n'
        )
    found = read_source("pstance", Source(path=str(tmp_path), only="Joe Biden"))
    assert [(r.text, r.split) for r in found.rows] == [
        ("Go Joe", "train"),
        ("No Joe", "validation"),
        ("Joe, who?", "test"),
    ]


def test_semeval_2016_is_read_in_its_published_encoding(tmp_path):
    header = "ID\tTarget\tTweet\tStance\n"
    (tmp_path / "train.txt").write_bytes((header + '1\tAtheism\tCaf\xe9 "never\tAGAINST\n').encode("latin-1"))
    (tmp_path / "test-gold.txt").write_text(header + "2\tAtheism\tWhy not\tNONE\n3\tAtheism\tHm\tUNKNOWN\n")
    (tmp_path / "readme.txt").write_text("about")
    found = read_source("semeval2016", Source(path=str(tmp_path)))
    assert sorted((r.text, r.label, r.split) for r in found.rows) == [
        ('Café "never', "AGAINST", "train"),
        ("Why not", "NONE", "test"),
    ]


def test_newsmtsc_gives_a_row_a_target_with_the_target_marked(tmp_path):
    record = {
        "primary_gid": "news_1_7",
        "sentence_normalized": "Minsk thanked Moscow.",
        "targets": [
            {"from": 0, "to": 5, "mention": "Minsk", "polarity": 4.0},
            {"from": 14, "to": 20, "mention": "Moscow", "polarity": 6.0},
        ],
    }
    for name in ("train", "devtest_rw"):
        (tmp_path / f"{name}.jsonl").write_text(json.dumps(record) + "\n")
    found = read_source("newsmtsc", Source(path=str(tmp_path), mark_target=True))
    assert [(r.text, r.label, r.split) for r in found.rows] == [
        ("⟦Minsk⟧ thanked Moscow.", "neutral", "train"),
        ("Minsk thanked ⟦Moscow⟧.", "positive", "train"),
        ("⟦Minsk⟧ thanked Moscow.", "neutral", "test"),
        ("Minsk thanked ⟦Moscow⟧.", "positive", "test"),
    ]
    with pytest.raises(ChoiceError, match="Available: mt, rw"):
        read_source("newsmtsc", Source(path=str(tmp_path), split="xx"))


def test_rusentne_reads_entities_of_russian_sentences(tmp_path):
    header = "sentence\tentity\tentity_tag\tentity_pos_start_rel\tentity_pos_end_rel\tlabel\n"
    for name in ("train_data.csv", "validation_data_labeled.csv"):
        (tmp_path / name).write_text(header + 'Минск "поблагодарил Москву.\tМоскву\tCITY\t20\t26\t1\n')
    found = read_source("rusentne", Source(path=str(tmp_path)))
    assert [(r.text, r.label, r.target, r.split) for r in found.rows] == [
        ('Минск "поблагодарил Москву.', "positive", "Москву", "train"),
        ('Минск "поблагодарил Москву.', "positive", "Москву", "test"),
    ]


def test_a_folder_that_load_dataset_understands_is_read_with_its_splits(tmp_path):
    for name in ("train", "test"):
        (tmp_path / f"{name}.csv").write_text("body,stance\nGo,yes\nStay,no\n")
    found = read_source("hub", Source(path=str(tmp_path), text="body", label="stance"))
    assert sorted((r.text, r.label, r.split) for r in found.rows) == [
        ("Go", "yes", "test"), ("Go", "yes", "train"), ("Stay", "no", "test"), ("Stay", "no", "train"),
    ]  # fmt: skip


def test_the_fingerprint_follows_the_content(tmp_path):
    first = read_source("table", source(table(tmp_path, ROWS)))
    assert first.fingerprint == read_source("table", source(table(tmp_path, ROWS))).fingerprint
    assert first.fingerprint != read_source("table", source(table(tmp_path, ROWS.replace("Who", "What")))).fingerprint
