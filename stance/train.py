"""Train, evaluate and save a classifier: `python -m stance.train +experiment=baseline`."""

from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Any

from stance import store
from stance.config import TrainConfig, command, invocation
from stance.corpus.annotation import agreement_of
from stance.runs import record, tracking
from stance.setting import estimator_of, inputs_of, plan_of, read_rows, target_of

if TYPE_CHECKING:
    from stance.learning.checks import Finding
    from stance.learning.evaluation import Design, Evaluation


def train(config: TrainConfig) -> float:
    """Read the data, evaluate without parting groups, fit on all rows that may train, save the next version.

    A trial of a sweep that finished before is taken from its record.
    """
    # scikit-learn takes seconds to import: a mistaken command line is answered before that.
    tracking.check(config.tracking.kind, config.tracking.uri)
    from stance.learning import checks, summary
    from stance.learning.evaluation import design
    from stance.learning.scoring import check_metric

    check_metric(config.metric)
    checks.check_codes(config.ignore)
    rows, classes, fingerprint = read_rows(config)
    started = invocation()
    key = record.key_of(asdict(config), fingerprint)
    if started.sweep and not config.rerun:
        finished = record.find_finished(Path(config.runs), key, saved_as=config.name if config.save else None)
        if finished:
            folder, run = finished
            metric = run.metric(config.metric)
            summary.say(f"finished before in {folder}: {config.metric} {metric:.3f}; rerun=true trains it again")
            return metric
    start, clock = record.now(), perf_counter()
    evaluation = config.evaluation
    laid = design(
        rows, classes, folds=evaluation.folds, seed=config.seed, measured=evaluation.measured, inputs=inputs_of(config)
    )
    estimator = estimator_of(config)
    results, findings = measure(config, estimator, laid)
    metric = results.overall.metric(config.metric)
    run = record.Run(
        name=config.name, key=key, started=start, seconds=perf_counter() - clock,
        target=target_of(config), fingerprint=fingerprint, rows=len(rows),
        labels=classes.names, ordered=classes.ordered, overrides=started.overrides, config=asdict(config),
        metrics=results.metrics(), packages=record.versions(), model=None,
    )  # fmt: skip
    summary.show(results, title=f"{config.name} on {len(rows)} rows")
    summary.warn(findings)
    checks.enforce(findings, strict=config.strict)
    if config.save:
        path = save(config, run, results, estimator, laid, findings)
        run = replace(run, model=str(path))
        summary.say(f"saved {path}  dataset {fingerprint}")
    record.write(started.folder, run, results.predicted, results.seed_predicted)
    if config.tracking.kind != "none":
        tracking.log(run, started.folder, uri=str(config.tracking.uri), experiment=config.tracking.experiment)
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


def save(
    config: TrainConfig, run: record.Run, results: "Evaluation", estimator: Any, laid: "Design",
    findings: Sequence["Finding"],
) -> Path:  # fmt: skip
    """Fit on every row that may train and save the next version, with the predictions its scores rest on."""
    import numpy as np

    from stance.learning import summary
    from stance.learning.evaluation import choose, fit

    examples, rows = laid.examples, laid.rows
    learnt = [k for k, row in enumerate(rows) if not results.official or row.get("split") == "train"]
    plan = plan_of(config.evaluation, config.seed)
    chosen: dict[str, Any] = {}
    if plan.search:
        chosen, _ = choose(estimator, examples, np.array(learnt), plan)
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
    write_summary = summary.extras(config.name, results, run.fingerprint, findings, shipped=shipped, target=run.target)

    def extras(folder: Path, version: int) -> None:
        write_summary(folder, version)
        record.write_predictions(folder, results.predicted, results.seed_predicted)
        record.write_learnt(folder, [rows[k]["text"] for k in learnt])

    return store.save(estimator, manifest, name=config.name, root=config.models, write_extras=extras)


main = command("train", train)

if __name__ == "__main__":
    main()
