"""Log a finished run to an MLflow server (extra: mlflow). The run is on disk before anything is sent."""

import os
import re
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from http.client import HTTPException
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from stance.errors import ChoiceError, ExtraError, StanceError, UsageError
from stance.runs.record import PREDICTIONS, RECORD, Run

KINDS = ("none", "mlflow")
PATIENCE = 3.0
LONGEST_PARAMETER = 5000
BATCH = 100
FILES = ("README.md", "confusion.png")


def check(kind: str, uri: str | None) -> None:
    """Raise before hours are spent: an unknown kind, mlflow not installed, or no server that answers in seconds."""
    if kind not in KINDS:
        raise ChoiceError("tracking", kind, KINDS)
    if kind == "none":
        return
    if find_spec("mlflow") is None:
        raise ExtraError("tracking=mlflow", "mlflow", "no module named 'mlflow'")
    if not uri:
        raise UsageError("tracking=mlflow needs tracking.uri=http://HOST:PORT")
    if uri.startswith(("http://", "https://")):
        _check_answers(uri)


def _check_answers(uri: str) -> None:
    try:
        with urllib.request.urlopen(f"{uri.rstrip('/')}/health", timeout=PATIENCE):  # noqa: S310 - http(s) by its caller
            return
    except urllib.error.HTTPError as error:
        reason = f"it answers {error.code} to /health"
    except (OSError, ValueError, HTTPException) as error:
        reason = str(getattr(error, "reason", error))
    raise UsageError(
        f"no MLflow server at {uri} ({reason}); start one with `mlflow server --port 5000`, name it as tracking.uri=, "
        "or leave tracking=mlflow away"
    )


def log(run: Run, folder: Path, *, uri: str, experiment: str) -> str:
    """Log parameters, metrics with the ends of their intervals, and files of a finished run; return MLflow's run id.

    A saved model's card and plot are logged beside the record; the model itself is not. Raises StanceError that says
    where the run lies if the server fails on the way.
    """
    # MLflow would try again for minutes otherwise.
    os.environ.setdefault("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "2")
    os.environ.setdefault("MLFLOW_HTTP_REQUEST_TIMEOUT", "20")
    from mlflow import MlflowClient
    from mlflow.entities import Metric, Param
    from mlflow.exceptions import MlflowException

    began = run.started_ms
    try:
        client = MlflowClient(uri)
        found = client.get_experiment_by_name(experiment)
        home = found.experiment_id if found else client.create_experiment(experiment)
        tags = {"stance.key": run.key, "stance.folder": str(folder), "stance.overrides": " ".join(run.overrides)}
        logged = client.create_run(home, start_time=began, run_name=run.name, tags=tags)
        identifier: str = logged.info.run_id
        params = [Param(key, value) for key, value in parameters(run).items()]
        metrics = [Metric(key, value, began, 0) for key, value in flat_metrics(run.metrics).items()]
        for start in range(0, max(len(params), len(metrics)), BATCH):
            part = slice(start, start + BATCH)
            client.log_batch(identifier, metrics=metrics[part], params=params[part])
        for path in _files(run, folder):
            client.log_artifact(identifier, str(path))
        client.update_run(identifier, status="FINISHED")
    except (MlflowException, OSError) as error:
        first_line = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise StanceError(
            f"the run is finished and lies in {folder}; only logging it to {uri} failed: {first_line}"
        ) from None
    return identifier


def _files(run: Run, folder: Path) -> list[Path]:
    saved = [Path(run.model) / name for name in FILES] if run.model else []
    return [path for path in (folder / RECORD, folder / PREDICTIONS, *saved) if path.is_file()]


def parameters(run: Run) -> dict[str, str]:
    """Flatten the config with dots, and add the dataset and the package versions."""
    facts = {**run.config, "dataset": {"fingerprint": run.fingerprint, "rows": run.rows}, "packages": run.packages}
    return {_allowed(key): str(value)[:LONGEST_PARAMETER] for key, value in _leaves(facts)}


def flat_metrics(metrics: Mapping[str, Any]) -> dict[str, float]:
    """Flatten the numbers of a record; an interval gives `name`, `name.low`, `name.high` and `name.n`.

    >>> flat_metrics({"overall": {"accuracy": {"value": 0.5, "low": 0.4, "high": 0.6, "n": 9}}, "official": False})
    {'overall.accuracy': 0.5, 'overall.accuracy.low': 0.4, 'overall.accuracy.high': 0.6, 'overall.accuracy.n': 9.0}
    """
    return {
        _allowed(key.removesuffix(".value")): float(value)
        for key, value in _leaves(metrics)
        if isinstance(value, int | float) and not isinstance(value, bool)
    }


def _leaves(node: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for key, value in node.items():
        if isinstance(value, Mapping):
            yield from _leaves(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", value


def _allowed(key: str) -> str:
    """Replace what MLflow does not allow in a name."""
    return re.sub(r"[^\w./: -]", "_", key)
