"""Train as a config asks: answer a finished trial from its record, measure between the checks, fit, save."""

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from stance import store
from stance.config import TrainConfig
from stance.corpus.annotation import agreement_of
from stance.runs import record
from stance.setting import plan_of

if TYPE_CHECKING:
    from stance.learning.checks import Finding
    from stance.learning.evaluation import Design, Evaluation


def finished_before(config: TrainConfig, key: str) -> float | None:
    """The metric of a trial with this key that finished before, None where there is none."""
    from stance.learning import summary

    found = record.find_finished(Path(config.runs), key, saved_as=config.name if config.save else None)
    if found is None:
        return None
    folder, run = found
    metric = run.metric(config.metric)
    summary.say(f"finished before in {folder}: {config.metric} {metric:.3f}; rerun=true trains it again")
    return metric


def measure(config: TrainConfig, estimator: Any, laid: "Design") -> tuple["Evaluation", list["Finding"]]:
    """Evaluate an estimator, between the checks of the data and of the results."""
    from joblib import parallel_config

    from stance.learning import checks
    from stance.learning.evaluation import evaluate

    data = checks.check_data(laid.examples, laid.folds)
    findings = [found for found in data if found.code not in config.ignore]
    checks.enforce(findings, strict=config.strict)
    with parallel_config(n_jobs=config.evaluation.jobs):
        plan = plan_of(config.evaluation, config.seed)
        results = evaluate(estimator, laid, resamples=config.evaluation.resamples, seed=config.seed, plan=plan)
    found = checks.check_results(results, laid, agreement=agreement_of(laid.measured))
    return results, findings + [finding for finding in found if finding.code not in config.ignore]


def show(config: TrainConfig, run: record.Run, results: "Evaluation", findings: Sequence["Finding"]) -> None:
    """Print scores and findings; raises CheckError where there are findings and the config is strict."""
    from stance.learning import checks, summary

    summary.show(results, title=f"{config.name} on {run.rows} rows")
    summary.warn(findings)
    checks.enforce(findings, strict=config.strict)


def save(
    config: TrainConfig, run: record.Run, results: "Evaluation", estimator: Any, laid: "Design",
    findings: Sequence["Finding"],
) -> Path:  # fmt: skip
    """Fit on all rows and save the next version, with the predictions its scores rest on.

    Of an official split the model that was measured is saved: it has learnt from every row that may train.
    """
    import numpy as np

    from stance.learning import summary
    from stance.learning.evaluation import choose, fit

    examples, rows = laid.examples, laid.rows
    learnt = np.flatnonzero(examples.learnt)
    chosen: dict[str, Any] = {}
    if results.official:
        (learnt, _), *_ = laid.folds.parts
        estimator, chosen = results.outcome.fitted, dict(*results.outcome.chosen)
    else:
        plan = plan_of(config.evaluation, config.seed)
        if plan.search:
            chosen, _ = choose(estimator, examples, learnt, plan)
            estimator.set_params(**chosen)
        fit(estimator, examples.texts[learnt], examples.true[learnt], examples.groups[learnt])
    manifest = {
        "labels": list(run.labels),
        "ordered": run.ordered,
        "target": run.target,
        "inputs": asdict(config.inputs),
        "calibration": asdict(results.calibration) if results.calibration else None,
        "dataset": {"fingerprint": run.fingerprint, "rows": len(rows), "learnt_from": len(learnt)},
        "chosen": {name: str(value) for name, value in chosen.items()},
        "config": asdict(config),
        "metrics": run.metrics,
        "findings": [str(finding) for finding in findings],
        "run": {"key": run.key, "started": run.started, "seconds": run.seconds, "overrides": list(run.overrides)},
    }
    shipped = config.data.kind == "labels" and config.data.labels is None

    def extras(folder: Path, version: int) -> None:
        text = summary.card(
            config.name, version, results, run.fingerprint, findings, shipped=shipped, target=run.target
        )
        summary.write_card(folder, text, results)
        record.write_predictions(folder, results.predicted, results.seed_predicted)
        record.write_learnt(folder, [rows[k]["text"] for k in np.union1d(learnt, laid.folds.held).tolist()])

    path = store.save(estimator, manifest, name=config.name, root=config.models, write_extras=extras)
    summary.say(f"saved {path}  dataset {run.fingerprint}")
    return path
