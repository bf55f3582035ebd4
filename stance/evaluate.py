"""Evaluate a classifier thoroughly: `python -m stance.evaluate +experiment=baseline`."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from hydra.core.hydra_config import HydraConfig

from stance.config import EvaluateConfig, command
from stance.corpus.annotation import agreement_of
from stance.errors import UsageError
from stance.labels import LabelSet
from stance.runs.record import write_predictions
from stance.setting import estimator_of, inputs_of, plan_of, read_rows, target_of

if TYPE_CHECKING:
    from stance.learning.assessment import Assessment


def evaluate(config: EvaluateConfig) -> float:
    """Measure by nested grouped folds (or a saved model on rows it has not seen), and write the report."""
    from joblib import parallel_config

    from stance.learning import checks, report, summary
    from stance.learning.scoring import check_metric

    check_metric(config.metric)
    rows, classes, fingerprint = read_rows(config)
    with parallel_config(n_jobs=config.evaluation.jobs):
        assessed = (_saved if config.model else _unfitted)(config, rows, classes, fingerprint)
    summary.show(assessed.evaluation, title=f"{assessed.name} on {len(rows)} rows")
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
    if model.metadata.get("dataset", {}).get("fingerprint") == fingerprint:
        raise UsageError(
            f"{model.name}@{model.version} was trained on these very rows; give others, as in "
            "data=table data.path=..., or cross-validate: +experiment=..."
        )
    if model.classes_ != classes.names:
        raise UsageError(f"the model has the labels {list(model.classes_)}, the rows {list(classes.names)}")
    return assess_saved(
        model.estimator,
        model.calibration,
        rows,
        classes,
        name=f"{model.name}@{model.version}",
        target=target_of(config),
        fingerprint=fingerprint,
        resamples=config.evaluation.resamples,
        seed=config.seed,
        errors=config.evaluation.errors * config.evaluation.folds,
        inputs=model.inputs,
        agreement=agreement_of(rows),
    )


main = command("evaluate", evaluate)

if __name__ == "__main__":
    main()
