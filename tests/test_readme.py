"""The README's Python blocks run, and what it names and states is so."""

import re
import shlex
from pathlib import Path

import pytest
from hydra import compose, initialize_config_dir

from stance import config
from stance.corpus import dataset
from stance.corpus.annotation import agreement

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
COMMANDS = re.findall(r"^python -m stance\.(\w+) ((?:\\\n|[^#\n])*)", README, re.MULTILINE)
BLOCKS = re.findall(r"```python\n(.*?)```", README, re.DOTALL)


@pytest.mark.parametrize("code", BLOCKS, ids=lambda code: code.split("\n", 1)[0][:40])
def test_a_python_block_of_the_readme_runs(code, models, tmp_path, monkeypatch):
    (tmp_path / "models").mkdir()
    (tmp_path / "models" / "baseline").symlink_to(models / "tiny")
    (tmp_path / "seeds").symlink_to(ROOT / "seeds")
    monkeypatch.chdir(tmp_path)
    exec(compile(code, "README.md", "exec"), {})


def test_the_readme_states_the_agreement_as_it_is(labelled):
    for origin in ("seed", "authored"):
        alpha = agreement([row for row in labelled if row.origin == origin])
        assert f"{alpha} (n = {alpha.n})" in README


def test_every_configuration_the_readme_names_exists():
    experiments = set(re.findall(r"\+experiment=(\w+)", README))
    assert experiments
    assert all((ROOT / "configs" / "experiment" / f"{name}.yaml").is_file() for name in experiments)
    modules = set(re.findall(r"python -m stance\.(\w+)", README))
    assert modules >= {"build", "train", "predict", "read", "annotate"}
    assert all((ROOT / "stance" / f"{name}.py").is_file() for name in modules)


@pytest.mark.parametrize(("name", "rest"), COMMANDS, ids=lambda part: part.strip()[:60])
def test_a_command_of_the_readme_composes(name, rest):
    given = [one for one in shlex.split(rest.replace("\\\n", " ")) if one != "-m" and not one.startswith("hydra")]
    with initialize_config_dir(version_base="1.3", config_dir=str(ROOT / "configs")):
        given = [one for one in given if not one.startswith("+sweep")]
        composed = compose(name, overrides=[one for one in config._arguments(given) if "," not in one or "[" in one])
        config._to_schema(name, composed)
    assert set(re.findall(r"\+sweep=(\w+)", rest)) <= {path.stem for path in (ROOT / "configs" / "sweep").iterdir()}


def test_the_record_that_the_codebook_shows_is_read(tmp_path):
    (record,) = re.findall(r"```json\n(.*?)```", (ROOT / "data" / "CODEBOOK.md").read_text(encoding="utf-8"), re.DOTALL)
    (tmp_path / "mine.jsonl").write_text(record, encoding="utf-8")
    (row,) = dataset.read_labels(tmp_path)
    assert (row.label, row.origin, row.holder) == ("distancing", "imported", "Vera Pal")
