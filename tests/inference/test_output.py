import csv
import json
from dataclasses import asdict

import pyarrow.parquet as pq
import pytest

from stance.errors import ChoiceError, UsageError
from stance.inference.output import COLUMNS, check_target, write
from stance.inference.prediction import Prediction

ROWS = [
    Prediction(
        article="a",
        story="a",
        date=None,
        outlet="Daily",
        url=None,
        sentence=n,
        part="body",
        start=0,
        end=9,
        text='He said: "no",\nthen left.',
        holder=None,
        holder_kind="unknown",
        quote_start=3,
        quote_end=4,
        mention_start=None,
        mention_end=None,
        verb="said",
        label="neutral",
        plausible="neutral",
        p_distancing=0.1,
        p_neutral=0.8,
        p_supportive=0.1,
        score=0.0,
        synonym_spun=0.0,
        machine_translated=0.0,
        normalised=False,
        shares=None,
        model="m",
        version=1,
    )
    for n in range(5)
]


def test_the_suffix_decides_the_format_and_all_hold_the_same_rows(tmp_path):
    for name in ("a.jsonl", "a.csv", "a.parquet"):
        assert write(iter(ROWS), str(tmp_path / name)) == 5
    expected = [asdict(row) for row in ROWS]
    assert [json.loads(line) for line in (tmp_path / "a.jsonl").read_text().splitlines()] == expected
    assert pq.read_table(tmp_path / "a.parquet").to_pylist() == expected
    with (tmp_path / "a.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["text"] for row in rows] == [row.text for row in ROWS]
    assert list(rows[0]) == list(COLUMNS)


def test_without_an_output_jsonl_goes_to_standard_output(capsys):
    write(ROWS[:2], None)
    assert [json.loads(line)["sentence"] for line in capsys.readouterr().out.splitlines()] == [0, 1]


def test_a_failure_midway_leaves_the_old_file_and_nothing_else(tmp_path):
    def failing():
        yield ROWS[0]
        raise RuntimeError("disk of the mind is full")

    target = tmp_path / "a.csv"
    target.write_text("old")
    with pytest.raises(RuntimeError, match="disk of the mind"):
        write(failing(), str(target))
    assert target.read_text() == "old"
    assert list(tmp_path.iterdir()) == [target]


def test_an_output_that_cannot_be_is_refused_beforehand(tmp_path):
    (tmp_path / "a.csv").write_text("old")
    with pytest.raises(UsageError, match="exists; add overwrite=true"):
        check_target(str(tmp_path / "a.csv"), overwrite=False)
    check_target(str(tmp_path / "a.csv"), overwrite=True)
    with pytest.raises(ChoiceError, match=r"the suffix '.xlsx' does not exist. Available: .csv, .jsonl, .parquet"):
        check_target("a.xlsx", overwrite=False)
    with pytest.raises(UsageError, match="the folder .* does not exist; create it"):
        check_target(str(tmp_path / "no" / "a.csv"), overwrite=False)
