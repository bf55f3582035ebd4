import os
import subprocess
import sys
import venv
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


@pytest.mark.slow
def test_the_wheel_trains_and_predicts_in_another_folder(tmp_path):
    """Built, installed without the checkout, run where none of its files lie."""
    uv = Path(sys.executable).with_name("uv")
    subprocess.run([uv, "build", "--quiet", "--wheel", "--out-dir", tmp_path / "dist", ROOT], check=True)
    (wheel,) = (tmp_path / "dist").glob("stance-*.whl")
    venv.create(tmp_path / "env", with_pip=False)
    python = tmp_path / "env" / "bin" / "python"
    requirements = tmp_path / "requirements.txt"
    export = ["export", "--quiet", "--locked", "--no-dev", "--no-emit-project", "--output-file", requirements]
    subprocess.run([uv, *export], cwd=ROOT, check=True, capture_output=True)
    subprocess.run([uv, "pip", "install", "--quiet", "--python", python, "-r", requirements, wheel], check=True)
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    clean = {key: value for key, value in os.environ.items() if key not in ("PYTHONPATH", "VIRTUAL_ENV")}

    def run(*arguments, **options):
        return subprocess.run(
            [python, *arguments], cwd=elsewhere, env=clean, capture_output=True, text=True, check=True, **options
        ).stdout

    assert "saved models/baseline/1" in run("-m", "stance.train", "+experiment=baseline", "evaluation.resamples=100")
    line = run("-m", "stance.predict", "model=baseline", input="We categorically do not accept any war.")
    assert '"model": "baseline"' in line
    where = run("-c", "import stance; print(stance.__file__)").strip()
    assert where.startswith(str(tmp_path))
