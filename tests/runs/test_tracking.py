"""Tracking, and one test against a real MLflow server where MLflow is installed."""

import importlib.util
import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from dataclasses import asdict, replace

import pytest

from stance.errors import ChoiceError, ExtraError, UsageError
from stance.runs import tracking

HAS_MLFLOW = importlib.util.find_spec("mlflow") is not None


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def test_every_number_is_logged_with_the_ends_of_its_interval(predicted, run_of):
    run = run_of(predicted())
    flat = tracking.flat_metrics(run.metrics)
    interval = run.metrics["overall"]["macro_f1"]
    assert flat["overall.macro_f1"] == interval["value"]
    assert (flat["overall.macro_f1.low"], flat["overall.macro_f1.high"]) == (interval["low"], interval["high"])
    assert flat["overall.f1.neutral.n"] == 20
    assert "official" not in flat


def test_parameters_are_the_flattened_config_with_names_that_are_allowed(predicted, run_of, config):
    labels = {"against (strongly)": "distancing"}
    run = replace(run_of(predicted()), config={**config, "data": {"labels": labels}})
    found = tracking.parameters(run)
    assert found["evaluation.folds"] == "5"
    assert found["data.labels.against _strongly_"] == "distancing"
    assert found["dataset.fingerprint"] == run.fingerprint


def test_what_cannot_be_tracked_is_said_before_anything_is_trained(monkeypatch):
    tracking.check("none", None)
    with pytest.raises(ChoiceError, match="tracking 'wandb' does not exist. Available: mlflow, none"):
        tracking.check("wandb", None)
    monkeypatch.setattr(tracking, "find_spec", lambda _: None)
    with pytest.raises(ExtraError, match=r"pip install -e '\.\[mlflow\]'"):
        tracking.check("mlflow", "http://127.0.0.1:1")
    monkeypatch.setattr(tracking, "find_spec", lambda _: object())
    with pytest.raises(UsageError, match="needs tracking.uri="):
        tracking.check("mlflow", None)
    begun = time.monotonic()
    with pytest.raises(UsageError, match=r"no MLflow server at http://127.0.0.1:\d+ .*; start one with `mlflow server"):
        tracking.check("mlflow", f"http://127.0.0.1:{free_port()}")
    with pytest.raises(UsageError, match="no MLflow server at http://"):
        tracking.check("mlflow", "http://not a host")
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        monkeypatch.setattr(tracking, "PATIENCE", 0.3)
        with pytest.raises(UsageError, match="timed out"):
            tracking.check("mlflow", f"http://127.0.0.1:{silent.getsockname()[1]}")
    assert time.monotonic() - begun < 5


class Server:
    def __init__(self, folder):
        self.uri = f"http://127.0.0.1:{(port := free_port())}"
        command = [
            sys.executable, "-m", "mlflow", "server", "--host", "127.0.0.1", "--port", str(port), "--workers", "1",
            "--backend-store-uri", f"sqlite:///{folder}/mlflow.db", "--artifacts-destination", str(folder / "files"),
        ]  # fmt: skip
        self.log = (folder / "server.log").open("wb")
        self.process = subprocess.Popen(command, cwd=folder, stdout=self.log, stderr=self.log, start_new_session=True)
        deadline = time.monotonic() + 120
        while True:
            try:
                urllib.request.urlopen(f"{self.uri}/health", timeout=2).close()
                break
            except OSError:
                assert self.process.poll() is None, (folder / "server.log").read_text()
                assert time.monotonic() < deadline, "the server did not start"
                time.sleep(0.3)

    def ask(self, path, **body):
        data = json.dumps(body).encode() if body else None
        request = urllib.request.Request(
            f"{self.uri}/api/2.0/mlflow/{path}", data, {"Content-Type": "application/json"}
        )
        with urllib.request.urlopen(request, timeout=20) as answer:
            return json.load(answer)

    def stop(self):
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        self.log.close()


@pytest.fixture
def server(tmp_path):
    home = tmp_path / "server"
    home.mkdir()
    running = Server(home)
    yield running
    running.stop()


def train(folder, few, *arguments, program=("-m", "stance.train")):
    (folder / "labels").mkdir()
    (folder / "labels" / "few.jsonl").write_text("".join(json.dumps(asdict(row)) + "\n" for row in few))
    command = [
        sys.executable, *program, "+experiment=baseline", "evaluation.folds=2", "evaluation.resamples=20",
        "evaluation.jobs=1", "features.char_max=3", "data.labels=labels", "tracking=mlflow", *arguments,
    ]  # fmt: skip
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


@pytest.mark.slow
@pytest.mark.skipif(not HAS_MLFLOW, reason="needs the extra mlflow")
def test_a_real_server_receives_parameters_metrics_record_and_card(server, few, tmp_path):
    done = train(tmp_path, few, f"tracking.uri={server.uri}", "tracking.experiment=tests of stance")
    assert done.returncode == 0, done.stderr
    experiment = server.ask("experiments/get-by-name?experiment_name=tests%20of%20stance")["experiment"]
    (logged,) = server.ask("runs/search", experiment_ids=[experiment["experiment_id"]])["runs"]
    assert (logged["info"]["run_name"], logged["info"]["status"]) == ("baseline", "FINISHED")
    params = {one["key"]: one["value"] for one in logged["data"]["params"]}
    assert (params["classifier.C"], params["features.char_max"]) == ("10.0", "3")
    metrics = {one["key"]: one["value"] for one in logged["data"]["metrics"]}
    (path,) = tmp_path.glob("models/_runs/*/*/run.json")
    interval = json.loads(path.read_text())["metrics"]["overall"]["macro_f1"]
    names = ("", ".low", ".high", ".n")
    assert [metrics[f"overall.macro_f1{name}"] for name in names] == pytest.approx(list(interval.values()))
    files = server.ask(f"artifacts/list?run_id={logged['info']['run_id']}")["files"]
    assert {one["path"] for one in files} == {"run.json", "predictions.npz", "README.md", "confusion.png"}


STOPS_SERVER = """
import os, signal, sys
from stance.runs import tracking
check = tracking.check
def checked(*arguments):
    check(*arguments)
    os.killpg({pid}, signal.SIGKILL)
tracking.check = checked
from stance.train import main
sys.argv[0] = "train"
main()
"""


@pytest.mark.slow
@pytest.mark.skipif(not HAS_MLFLOW, reason="needs the extra mlflow")
def test_a_server_that_dies_on_the_way_costs_no_result(server, few, tmp_path):
    (tmp_path / "dying.py").write_text(STOPS_SERVER.format(pid=server.process.pid))
    done = train(tmp_path, few, "save=false", f"tracking.uri={server.uri}", program=["dying.py"])
    assert done.returncode == 1
    assert "the run is finished and lies in" in done.stderr
    assert f"only logging it to {server.uri} failed" in done.stderr
    assert "Traceback" not in done.stderr
    assert len(list(tmp_path.glob("models/_runs/*/*/run.json"))) == 1
