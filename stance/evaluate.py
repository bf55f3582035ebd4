"""Evaluate a classifier thoroughly: `python -m stance.evaluate +experiment=baseline`."""

import sys
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hydra.core.hydra_config import HydraConfig

from stance import store
from stance.config import EvaluateConfig, command
from stance.corpus.annotation import agreement_of
from stance.errors import UsageError
from stance.labels import LabelSet
from stance.runs.record import mark_of, read_learnt, read_predictions, write_predictions
from stance.setting import estimator_of, inputs_of, plan_of, read_rows, target_of

if TYPE_CHECKING:
    from stance.learning.assessment import Assessment
    from stance.learning.scoring import Predicted


def evaluate(config: EvaluateConfig) -> float:
    """Measure by nested grouped folds (or a saved model on rows it has not seen), and write the report."""
    from joblib import parallel_config

    from stance.learning import checks, report, summary
    from stance.learning.scoring import check_metric

    check_metric(config.metric)
    checks.check_codes(config.ignore)
    rows, classes, fingerprint = read_rows(config)
    with parallel_config(n_jobs=config.evaluation.jobs):
        assessed = (_saved if config.model else _unfitted)(config, rows, classes, fingerprint)
    kept = [finding for finding in assessed.findings if finding.code not in config.ignore]
    assessed = replace(assessed, findings=tuple(kept), comparison=_compared(config, assessed.evaluation.predicted))
    summary.show(assessed.evaluation, title=f"{assessed.name} on {assessed.rows} rows")
    summary.show_assessment(assessed)
    summary.warn(assessed.findings)
    folder = Path(config.output or HydraConfig.get().runtime.output_dir)
    summary.say(f"report {report.write(assessed, folder)}  dataset {fingerprint}")
    write_predictions(folder, assessed.evaluation.predicted, assessed.evaluation.seed_predicted)
    checks.enforce(assessed.findings, strict=config.strict)
    return assessed.evaluation.overall.metric(config.metric)


def _unfitted(config: EvaluateConfig, rows: list[dict[str, Any]], classes: LabelSet, fingerprint: str) -> "Assessment":
    from stance.learning.assessment import assess

    return assess(
        estimator_of(config),
        rows,
        classes,
        name=config.name,
        target=target_of(config),
        fingerprint=fingerprint,
        folds=config.evaluation.folds,
        resamples=config.evaluation.resamples,
        seed=config.seed,
        plan=plan_of(config.evaluation, config.seed),
        shares=config.evaluation.shares,
        inputs=inputs_of(config),
        agreement=agreement_of(rows),
    )


def _saved(config: EvaluateConfig, rows: list[dict[str, Any]], classes: LabelSet, fingerprint: str) -> "Assessment":
    from stance.inference.prediction import load_model
    from stance.learning.assessment import assess_saved

    assert config.model
    model = load_model(config.model, config.models)
    name = f"{model.name}@{model.version}"
    if not set(classes.names) <= set(model.classes_):
        raise UsageError(
            f"{name} has the labels {list(model.classes_)}, the rows {list(classes.names)}; "
            "map them with data.labels.X=Y"
        )
    learnt = read_learnt(store.find(config.model, config.models))
    fresh = [row for row in rows if mark_of(row["text"]) not in learnt]
    same = not learnt and model.metadata.get("dataset", {}).get("fingerprint") == fingerprint
    if not fresh or same:
        raise UsageError(
            f"{name} was trained on these very rows; give others, as in data=table data.path=..., or cross-validate: "
            "+experiment=..."
        )
    if len(fresh) < len(rows):
        print(f"{len(rows) - len(fresh)} of {len(rows)} rows left out: {name} was trained on them", file=sys.stderr)
    rows, classes = fresh, LabelSet(model.classes_, classes.ordered)
    return assess_saved(
        model.estimator,
        model.calibration,
        rows,
        classes,
        name=name,
        target=target_of(config),
        fingerprint=fingerprint,
        resamples=config.evaluation.resamples,
        seed=config.seed,
        errors=config.evaluation.errors * config.evaluation.folds,
        inputs=model.inputs,
        agreement=agreement_of(rows),
    )


def _compared(config: EvaluateConfig, predicted: "Predicted") -> tuple[dict[str, Any], ...]:
    """Paired difference to the predictions kept in the folder `against`, as plain data for the report."""
    if not config.against:
        return ()
    from stance.learning.comparison import compare

    other, _ = read_predictions(Path(config.against), predicted.classes)
    found = compare(predicted, other, config.metric, resamples=config.evaluation.resamples, seed=config.seed)
    verdict = {"A is better": "this model is better", "B is better": "the other is better"}
    named = {"name": config.against, "metric": config.metric, "difference": asdict(found.difference)}
    return ({**named, "p_value": found.p_value, "verdict": verdict.get(found.verdict, found.verdict)},)


main = command("evaluate", evaluate)

if __name__ == "__main__":
    main()
