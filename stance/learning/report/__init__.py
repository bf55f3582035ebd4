"""Write an assessment down for people: results as JSON, and from them a page and its Markdown."""

import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from stance.learning.assessment import Assessment
from stance.learning.report.page import render_html, render_markdown
from stance.paths import replacing

__all__ = ["RESULTS", "render_html", "render_markdown", "results", "write"]

RESULTS, PAGE, TEXT = "results.json", "report.html", "report.md"


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
    """Write results.json, report.html and report.md into a folder and return the path of the page."""
    return write_results(results(assessed), folder)


def write_results(plain: Mapping[str, Any], folder: Path) -> Path:
    """Write the three files of results that are plain data already, as read from a stored results.json."""
    folder.mkdir(parents=True, exist_ok=True)
    _replace(folder / RESULTS, json.dumps(plain, indent=2, ensure_ascii=False) + "\n")
    _replace(folder / TEXT, render_markdown(plain))
    return _replace(folder / PAGE, render_html(plain))


def _replace(path: Path, text: str) -> Path:
    with replacing(path) as scratch:
        scratch.write_text(text, encoding="utf-8")
    return path
