"""The commands as a person runs them: real processes, real files."""

import csv
import json
import os
import re
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path

import pytest

from stance.labels import NAMES
from stance.store import read_manifest

DATA = Path(__file__).parent / "data"
ARTICLE = DATA / "article.txt"


def run(module, *arguments, cwd, stdin="", **environment):
    return subprocess.run(
        [sys.executable, "-m", f"stance.{module}", *map(str, arguments)],
        cwd=cwd, input=stdin, capture_output=True, text=True, env={**os.environ, **environment}, check=False,
    )  # fmt: skip


@pytest.fixture(scope="module")
def labels(few, tmp_path_factory):
    folder = tmp_path_factory.mktemp("labels")
    (folder / "few.jsonl").write_text("".join(json.dumps(asdict(row)) + "\n" for row in few))
    return folder


TRAIN = (
    "train",
    "+experiment=baseline",
    "evaluation.folds=2",
    "evaluation.resamples=50",
    "evaluation.jobs=1",
    "features.char_max=3",
)


def test_training_twice_gives_two_versions_with_one_fingerprint_and_equal_metrics(labels, tmp_path):
    done = [run(*TRAIN, f"data.labels={labels}", cwd=tmp_path) for _ in range(2)]
    assert [d.returncode for d in done] == [0, 0], done[0].stderr
    first, second = (read_manifest(tmp_path / "models" / "baseline" / v) for v in "12")
    assert first["dataset"] == second["dataset"]
    assert first["metrics"] == second["metrics"]
    assert first["config"]["features"]["char_max"] == 3
    assert set(first["files"]) == {"model.joblib", "README.md", "confusion.png", "learnt.txt", "predictions.npz"}
    assert "quadratic weighted kappa" in done[0].stdout
    assert "majority baseline" in done[0].stdout
    assert (tmp_path / "models/baseline/1/confusion.png").read_bytes().startswith(b"\x89PNG")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["data", "models"]
    records = [json.loads(path.read_text()) for path in sorted(tmp_path.glob("models/_runs/*/*/run.json"))]
    assert [record["model"] for record in records] == ["models/baseline/1", "models/baseline/2"]
    assert records[0]["key"] == records[1]["key"] == first["run"]["key"]
    assert records[0]["metrics"] == first["metrics"]
    assert records[0]["overrides"][:2] == ["+experiment=baseline", "evaluation.folds=2"]


def test_a_model_that_learns_from_a_share_of_families_is_measured_on_all_and_records_what_it_learnt(labels, tmp_path):
    given = [f"data.labels={labels}", "families=0.5", *TRAIN[2:5], "classifier.bases.ngrams.features.char_max=3"]
    done = run("train", "+experiment=cued", *given, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    manifest = read_manifest(tmp_path / "models" / "cued" / "1")
    learnt, rows = manifest["dataset"]["learnt_from"], manifest["dataset"]["rows"]
    assert 0.2 * rows < learnt < 0.8 * rows
    assert manifest["metrics"]["overall"]["macro_f1"]["n"] == rows
    assert manifest["calibration"]["n"] == learnt
    assert sum(manifest["calibration"]["shares"]) == pytest.approx(1)
    assert len((tmp_path / "models" / "cued" / "1" / "learnt.txt").read_text().split()) == learnt
    new = run("evaluate", "model=cued", f"data.labels={labels}", "evaluation.resamples=20", "output=new", cwd=tmp_path)
    assert f"{learnt} of {rows} rows left out" in new.stderr
    assert json.loads((tmp_path / "new" / "results.json").read_text())["rows"] == rows - learnt
    unfitted = run("evaluate", "+experiment=cued", *given, "output=cross", "evaluation.inner=0", cwd=tmp_path)
    scores = json.loads((tmp_path / "cross" / "results.json").read_text())["scores"]
    assert scores["overall"]["macro_f1"] == manifest["metrics"]["overall"]["macro_f1"], unfitted.stderr


def test_findings_of_the_checks_are_said_kept_and_with_strict_stop_the_run(labels, tmp_path):
    done = run(*TRAIN, f"data.labels={labels}", cwd=tmp_path)
    assert "STN006 a slice has fewer than 30 rows" in done.stderr
    manifest = read_manifest(tmp_path / "models" / "baseline" / "1")
    assert any(finding.startswith("STN006") for finding in manifest["findings"])
    assert "STN006" in (tmp_path / "models/baseline/1/README.md").read_text()
    strict = run(*TRAIN, f"data.labels={labels}", "strict=true", cwd=tmp_path)
    assert strict.returncode == 1
    assert "error: strict=true, and the checks found:" in strict.stderr
    assert not (tmp_path / "models" / "baseline" / "2").exists()


def test_an_evaluation_writes_its_report_and_a_saved_model_is_not_measured_on_what_it_learnt(
    labels, labelled, few, tmp_path
):
    folder = tmp_path / "a report"
    nested = (
        "evaluation.inner=2",
        "evaluation.search={classifier__C:[1,10]}",
        "evaluation.shares=[]",
        "evaluation.errors=2",
    )
    done = run("evaluate", *TRAIN[1:], *nested, f"data.labels={labels}", f"output={folder}", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    for shown in ("calibration: temperature", "prediction sets, stated coverage 90%", "abstention"):
        assert shown in done.stdout
    results = json.loads((folder / "results.json").read_text())
    assert results["scores"]["overall"]["macro_f1"]["n"] == len(few)
    assert len(results["chosen"]) == 2
    assert all(chosen["classifier__C"] in (1, 10) for chosen in results["chosen"])
    assert results["comparison"] == []
    assert run(*TRAIN, f"data.labels={labels}", cwd=tmp_path).returncode == 0
    paired = run("evaluate", *TRAIN[1:], "evaluation.inner=0", "evaluation.shares=[]", "evaluation.errors=0",
                 f"data.labels={labels}", f"output={folder}3", f"against={folder}", cwd=tmp_path)  # fmt: skip
    assert paired.returncode == 0, paired.stderr
    (compared,) = json.loads((tmp_path / "a report3" / "results.json").read_text())["comparison"]
    assert compared["difference"]["n"] == len(few)
    assert compared["verdict"] in ("cannot be told apart", "this model is better", "the other is better")
    same = run("evaluate", "model=baseline", f"data.labels={labels}", cwd=tmp_path)
    assert same.returncode == 2
    assert "was trained on these very rows" in same.stderr
    table = tmp_path / "mine.csv"
    new = [row for row in labelled if row.origin == "seed"][:40]
    rows = [("text", "label"), *((row.text, row.label) for row in [*few[:10], *new])]
    with table.open("w", newline="") as file:
        csv.writer(file).writerows(rows)
    other = run("evaluate", "model=baseline@1", "data=table", f"data.path={table}", "data.text=text", "data.label=label", "data.ordered=true",
                *(f"data.labels.{name}={name}" for name in NAMES), f"output={folder}2",
                "evaluation.resamples=50", cwd=tmp_path)  # fmt: skip
    assert other.returncode == 0, other.stderr
    assert "10 of 50 rows left out: baseline@1 was trained on them" in other.stderr
    assert "rows the saved model has not learnt from" in other.stdout
    assert json.loads((tmp_path / "a report2" / "results.json").read_text())["scores"]["overall"]["macro_f1"]["n"] == 40


def test_a_sweep_trains_each_setting(labels, few, tmp_path):
    done = run(*TRAIN, f"data.labels={labels}", "-m", "classifier.C=0.1,1", "save=false", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("macro-F1") == 4
    assert not (tmp_path / "models" / "baseline").exists()
    board = run("leaderboard", "output=board.md", "resamples=200", cwd=tmp_path)
    assert board.returncode == 0, board.stderr
    assert f"2 runs by macro-F1 toward Moscow, n = {len(few)}" in board.stdout
    assert all(f"classifier.C={C}" in board.stdout for C in ("0.1", "1"))
    assert "| best |" in (tmp_path / "board.md").read_text()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "there is no finished run below models/_runs; make one with: python -m stance.train +experiment=baseline"),
        (["metric=f2"], "there is no finished run below models/_runs"),
        (["output=board.xls"], "the suffix '.xls' does not exist. Available: .csv, .json, .md."),
        (["resamples=0"], "resamples is 0; it must be 1 or more"),
        (["run=here"], "there is no 'run'. Did you mean 'runs'?"),
    ],
)
def test_a_leaderboard_that_cannot_be_says_why(tmp_path, arguments, message):
    done = run("leaderboard", *arguments, cwd=tmp_path)
    assert message in done.stderr
    assert done.returncode == 2
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["+experiment=baseline", "sead=1"], "there is no 'sead'. Did you mean 'seed'? Available: classifier, data"),
        (["+experiment=baseline", "seed=abc"], "Value 'abc' of type 'str' could not be converted to Integer"),
        (["+experiment=baseline", "classifier.D=1"], "there is no 'classifier.D'. Available: C, _target_"),
        (["+experiment=basline"], "Available options in 'experiment':\n\taveraged\n\taveraged_cued\n\tbaseline"),
        (["+experiment=baseline", "classifier=svn"], "Available options in 'classifier'"),
        (["+experiment=baseline", "metric=f2", "evaluation.folds=2"], "metric 'f2' does not exist. Available: acc"),
        ([], "required: name=...; name an experiment as +experiment=baseline"),
    ],
)
def test_a_mistaken_command_line_says_what_exists_and_exits_with_2(labels, tmp_path, arguments, message):
    done = run("train", *arguments, f"data.labels={labels}", "evaluation.resamples=10", cwd=tmp_path)
    assert message in done.stderr
    assert "Traceback" not in done.stderr
    assert done.returncode == 2


def test_the_dataset_is_built_once_and_says_so(labels, tmp_path):
    done = [run("build", f"data.labels={labels}", "resamples=20", "surface=false", cwd=tmp_path) for _ in range(2)]
    assert ["dataset written" in done[0].stdout, "dataset unchanged" in done[1].stdout] == [True, True]
    marks = [d.stdout.split("fingerprint ")[1].split()[0] for d in done]
    assert marks[0] == marks[1]
    assert len(marks[0]) == 64


def test_an_article_is_shown_as_it_is_read(tmp_path):
    done = run("read", f"input={ARTICLE}", cwd=tmp_path, COLUMNS="200")
    assert done.returncode == 0, done.stderr
    assert "more than once.” [Aigerim Satova, said]" in done.stdout
    assert "rather than suspicion. [Daniyar Omarov, told]" in done.stdout
    assert "in November. [Russia, said]" in done.stdout


def test_an_article_is_shown_with_its_labels(models, tmp_path):
    done = run("read", f"input={ARTICLE}", "model=tiny", f"models={models}", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    (line,) = [line for line in done.stdout.splitlines() if "more than once.” [" in line]
    assert re.search(r"\[Aigerim Satova, said\] (distancing|neutral|supportive) [+-]\d\.\d\d", line)


def test_the_reading_is_measured_on_marked_articles(tmp_path):
    done = run("read", f"evaluate={DATA / 'reading' / 'seeds'}", cwd=tmp_path, COLUMNS="200")
    assert done.returncode == 0, done.stderr
    assert "(162/162)" in done.stdout
    done = run("read", f"evaluate={tmp_path}", cwd=tmp_path)
    assert (done.returncode, "holds no .marked article" in done.stderr) == (2, True)


def test_the_bench_runs_from_sheets_to_settled_records(labels, tmp_path):
    data = f"data.labels={labels}"
    done = run("annotate", "action=sheet", data, "annotators=[ann,ben]", cwd=tmp_path)
    assert (done.returncode, done.stdout.count("written sheets/")) == (0, 2), done.stderr
    for name in ("ann", "ben"):
        path = tmp_path / "sheets" / f"{name}.csv"
        lines = path.read_text(encoding="utf-8-sig").replace(",,,", ",n,,")
        path.write_text(lines, encoding="utf-8-sig")
    done = run("annotate", "action=agree", data, "annotators=[ann,ben]", cwd=tmp_path)
    assert "Krippendorff's ordinal alpha" in done.stdout, done.stderr
    done = run("annotate", "action=adjudicate", data, "annotators=[ann,ben]", cwd=tmp_path)
    assert "sheets/adjudication.csv, 0 rows" in done.stdout, done.stderr
    done = run("annotate", "action=rules", data, cwd=tmp_path, COLUMNS="200")
    assert "thanks_moscow" in done.stdout, done.stderr
    done = run("annotate", "action=shet", cwd=tmp_path)
    assert (done.returncode, "Did you mean 'sheet'?" in done.stderr) == (2, True)


def test_sentences_of_articles_are_suggested_and_weakly_labelled(labels, models, tmp_path):
    more = [f"articles={ARTICLE}", "model=tiny", f"models={models}", "output=next.csv", "count=3"]
    done = run("annotate", "action=suggest", *more, cwd=tmp_path)
    assert "written 3 rows to next.csv" in done.stdout, done.stderr
    done = run(
        "annotate", "action=weak", f"articles={ARTICLE}", f"data.labels={labels}", "output=w.jsonl", cwd=tmp_path
    )
    assert "weakly labelled sentences" in done.stdout, done.stderr
    assert all(json.loads(line)["origin"] == "weak" for line in (tmp_path / "w.jsonl").read_text().splitlines())


def test_a_table_of_others_trains_with_its_labels_and_split(tmp_path):
    for name, count in (("train", 40), ("test", 10)):
        lines = [
            f'"{"we thank" if k % 2 else "we blame"} them, {k}",{"FAVOR" if k % 2 else "AGAINST"}' for k in range(count)
        ]
        (tmp_path / f"my {name}.csv").write_text("Tweet,Stance\n" + "\n".join(lines) + "\n")
    arguments = [
        "data=table",
        "data.path=my train.csv",
        "data.test_path=my test.csv",
        "data.text=Tweet",
        "data.label=Stance",
    ]
    maps = [
        "data.labels.AGAINST=distancing",
        "data.labels.FAVOR=supportive",
        "evaluation.resamples=20",
        "evaluation.jobs=1",
    ]
    done = run("train", "+experiment=baseline", "name=mine", *arguments, *maps, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "50 rows: test 10, train 40; labels: distancing 25, supportive 25" in done.stderr
    assert "test rows whose text stands in train: 10" in done.stderr
    manifest = read_manifest(tmp_path / "models" / "mine" / "1")
    assert manifest["labels"] == ["distancing", "supportive"]
    assert manifest["metrics"]["official"]
    done = run("predict", "model=mine", stdin="We thank them.", cwd=tmp_path)
    assert (done.returncode, "has the labels" in done.stderr) == (1, True)


def test_one_sentence_on_standard_input_gives_one_json_line(models, tmp_path):
    stdin = "We categorically do not accept any war."
    done = run("predict", "model=tiny", stdin=stdin, cwd=tmp_path, STANCE_MODELS=str(models))
    (line,) = done.stdout.splitlines()
    row = json.loads(line)
    assert (row["text"], row["article"], row["model"], row["version"]) == (stdin, "stdin", "tiny", 2)
    assert row["shares"] is None
    expecting = ("predict", "model=tiny", "shares=[0.01,0.98,0.01]")
    moved = json.loads(run(*expecting, stdin=stdin, cwd=tmp_path, STANCE_MODELS=str(models)).stdout)
    assert moved["shares"] == "0.01|0.98|0.01"
    assert moved["p_neutral"] > row["p_neutral"]
    assert done.returncode == 0
    assert "1 sentences labelled by tiny@2, 0 inputs failed" in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_folder_is_labelled_and_its_bad_files_are_named(models, tmp_path):
    articles = tmp_path / "my articles (new)"
    articles.mkdir()
    (articles / "a.txt").write_text(ARTICLE.read_text())
    (articles / "b.txt").write_text("")
    (articles / "c.txt").write_text("Minsk said no to the request of its ally.")
    done = run("predict", "model=tiny", f"input={articles}", "output=out.csv", f"models={models}", cwd=tmp_path)
    assert done.returncode == 1
    assert "1 inputs failed" in done.stderr
    assert f"{articles / 'b.txt'}: is empty" in done.stderr
    with (tmp_path / "out.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    text = ARTICLE.read_text()
    assert all(text[int(r["start"]) : int(r["end"])] == r["text"] for r in rows if r["article"].endswith("a.txt"))
    assert rows[-1]["text"] == "Minsk said no to the request of its ally."
    assert not any("newsletter" in r["text"] or "By Staff" in r["text"] for r in rows)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["model=tinny"], "the model 'tinny' does not exist. Did you mean 'tiny'?"),
        (["model=tiny", "input=nowhere.txt"], "nowhere.txt"),
        (["model=tiny", "output=here.txt"], "the suffix '.txt' does not exist"),
        (["model=tiny", "output=old.csv"], "old.csv exists; add overwrite=true"),
        (["model=tiny", "input=.", "output=new.csv"], "lies in the input folder"),
        (["model=tiny", "input=[old.csv,nowhere.txt]"], "nowhere.txt"),
        (["model=tiny", "target=Brussels"], "does not read its target"),
        (["model=tiny", "batch_size=0"], "batch_size is 0; it must be 1 or more"),
        (["model=tiny", "shares=[0.5,0.5]"], "shares is [0.5, 0.5]; give the share of each of distancing"),
        (["modle=tiny"], "there is no 'modle'. Did you mean 'model'?"),
        ([], "required: model=..."),
    ],
)
def test_a_usage_error_of_predict_exits_with_2_and_writes_nothing(models, tmp_path, arguments, message):
    (tmp_path / "old.csv").write_text("old")
    done = run("predict", *arguments, stdin="x", cwd=tmp_path, STANCE_MODELS=str(models))
    assert message in done.stderr
    assert done.returncode == 2
    assert done.stdout == ""
    assert [p.read_text() for p in tmp_path.iterdir()] == ["old"]


def test_a_reader_that_closes_early_is_no_error(models, tmp_path):
    (tmp_path / "long.txt").write_text("Minsk said no to the request of its ally. " * 3000)
    command = f"{sys.executable} -m stance.predict model=tiny input=long.txt models={models} | head -n 1"
    done = subprocess.run(["bash", "-c", command], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert len(done.stdout.splitlines()) == 1
    assert "Error" not in done.stderr
    assert "Traceback" not in done.stderr


@pytest.fixture
def debate(tmp_path):
    """An invented corpus of three speeches and a table of votes, with what the command needs to compare them."""
    speeches = tmp_path / "my speeches"
    speeches.mkdir()
    for iso3, text in {
        "AFG": "We condemn Russia. Peace holds.",
        "BRA": "We thank Russia.",
        "CHE": "Ukraine lies far.",
    }.items():
        (speeches / f"{iso3}_69_2014.txt").write_text(text)
    (speeches / "notes.txt").write_text("x")
    rows = [f"1,2014-03-27,{code},{code},{vote}\n" for code, vote in (("AF", "yes"), ("BR", "no"), ("CH", "abstain"))]
    (tmp_path / "votes.csv").write_text("resolution,date,country,country_code,vote\n" + "".join(rows))
    return ["+validation=ungdc", "model=tiny", "speeches=my speeches", "votes=votes.csv", "resamples=20"]


def test_speeches_are_compared_with_votes(models, tmp_path, debate):
    done = run("validate", *debate, cwd=tmp_path, STANCE_MODELS=str(models))
    assert done.returncode == 0, done.stderr
    assert "skipped: notes.txt: is not named ISO3_SESSION_YEAR.txt" in done.stdout
    assert "3 speeches, 1 files skipped; written validation" in done.stdout
    assert re.search(r"years the settings were chosen on: Spearman -?\d\.\d{3} \[.*\], AUC \d\.\d{3} \[", done.stdout)
    summary = json.loads((tmp_path / "validation" / "summary.json").read_text())
    assert summary["settings"]["exclude"] == ["RUS"]
    assert len(summary["skipped_speeches"]) == 1
    held = run("validate", *debate, "against=validation", "output=held", cwd=tmp_path, STANCE_MODELS=str(models))
    assert "difference, 2014: Spearman 0.000 [0.000, 0.000]" in held.stdout
    assert "n = 3: cannot be told apart" in held.stdout
    again = run("validate", *debate, cwd=tmp_path, STANCE_MODELS=str(models))
    assert (again.returncode, "the output validation exists; add overwrite=true" in again.stderr) == (2, True)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["speeches=nowhere"], "the speeches nowhere do not exist"),
        (["years=[2019,2014]"], "years=[2019, 2014] is no range"),
        (["years=[2001,2002]"], "hold no resolution of years=[2001, 2002]; their resolutions are of 2014-2014"),
        (["score=median"], "score 'median' does not exist"),
        (["windw=1"], "there is no 'windw'. Did you mean 'window'?"),
    ],
)
def test_a_usage_error_of_validate_exits_with_2_and_writes_nothing(models, tmp_path, debate, arguments, message):
    done = run("validate", *debate, *arguments, cwd=tmp_path, STANCE_MODELS=str(models))
    assert message in done.stderr
    assert done.returncode == 2
    assert not (tmp_path / "validation").exists()


def test_validate_without_its_group_says_what_to_name(tmp_path):
    done = run("validate", "model=tiny", cwd=tmp_path)
    assert (done.returncode, "name what to compare with as +validation=ungdc" in done.stderr) == (2, True)
