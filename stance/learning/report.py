"""Write an assessment down for people: results as JSON, and a report."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

from stance.learning.assessment import Assessment

RESULTS = "results.json"


def results(assessed: Assessment) -> dict[str, Any]:
    """Everything an assessment measured as plain data; predictions stand in the run's own record."""
    shown = {
        name: getattr(assessed, name)
        for name in Assessment.__dataclass_fields__
        if name not in ("evaluation", "findings")
    }
    calibration = assessed.evaluation.calibration
    everything = {
        **shown,
        "scores": assessed.evaluation.metrics(),
        "calibration": asdict(calibration) if calibration else None,
        "findings": [{"code": finding.code, "text": str(finding)} for finding in assessed.findings],
    }
    plain: dict[str, Any] = json.loads(json.dumps(everything, default=_plain))
    return plain


def _plain(value: Any) -> Any:
    if hasattr(value, "__dataclass_fields__"):
        return asdict(value)
    return value.item() if hasattr(value, "item") else dict(value)


def write(assessed: Assessment, folder: Path) -> Path:
    """Write results.json into a folder and return its path."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / RESULTS
    scratch = path.with_suffix(".tmp")
    scratch.write_text(json.dumps(results(assessed), indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    scratch.replace(path)
    return path
