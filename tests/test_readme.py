"""The README's Python blocks run, and what it names and states is so."""

import re
from pathlib import Path

import pytest

from stance.corpus.annotation import agreement

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
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
