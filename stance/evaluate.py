"""Evaluate a classifier thoroughly: `python -m stance.evaluate +experiment=baseline`."""

from pathlib import Path

from hydra.core.hydra_config import HydraConfig

from stance.assessing import assess_as_asked
from stance.config import EvaluateConfig, command
from stance.runs.record import write_predictions
from stance.setting import check_choices, read_rows


def evaluate(config: EvaluateConfig) -> float:
    """Measure by nested grouped folds (or a saved model on rows it has not seen), and write the report."""
    check_choices(config)
    from stance.learning import checks, report, summary

    rows, classes, fingerprint = read_rows(config)
    assessed = assess_as_asked(config, rows, classes, fingerprint)
    summary.show(assessed.evaluation, title=f"{assessed.name} on {assessed.rows} rows")
    summary.show_assessment(assessed)
    summary.warn(assessed.findings)
    folder = Path(config.output or HydraConfig.get().runtime.output_dir)
    summary.say(f"report {report.write(assessed, folder)}  dataset {fingerprint}")
    write_predictions(folder, assessed.evaluation.predicted, assessed.evaluation.seed_predicted)
    checks.enforce(assessed.findings, strict=config.strict)
    return assessed.evaluation.overall.metric(config.metric)


main = command("evaluate", evaluate)

if __name__ == "__main__":
    main()
