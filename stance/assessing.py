"""Assess as a config asks: an estimator by cross-validation, or a saved model on rows it has not seen."""

import sys
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from stance import store
from stance.config import EvaluateConfig
from stance.corpus.annotation import agreement_of
from stance.errors import UsageError
from stance.labels import UNNAMED, LabelSet
from stance.runs.record import PREDICTIONS, mark_of, read_learnt, read_predictions
from stance.setting import estimator_of, inputs_of, plan_of, target_of

if TYPE_CHECKING:
    from stance.learning.assessment import Assessment
    from stance.learning.scoring import Predicted


def assess_as_asked(
    config: EvaluateConfig, rows: list[dict[str, Any]], classes: LabelSet, fingerprint: str
) -> "Assessment":
    """Assess what the config names, without the findings it ignores and with the comparison it asks for."""
    from joblib import parallel_config

    if config.against and not (Path(config.against) / PREDICTIONS).is_file():
        raise UsageError(f"against={config.against} holds no {PREDICTIONS}; name the folder of a run, report or model")
    with parallel_config(n_jobs=config.evaluation.jobs):
        assessed = (assess_model if config.model else assess_unfitted)(config, rows, classes, fingerprint)
    kept = tuple(finding for finding in assessed.findings if finding.code not in config.ignore)
    return replace(assessed, findings=kept, comparison=compared(config, assessed.evaluation.predicted))


def assess_unfitted(
    config: EvaluateConfig, rows: list[dict[str, Any]], classes: LabelSet, fingerprint: str
) -> "Assessment":
    """Assess the estimator of a config by cross-validation or on the official split."""
    from stance.learning.assessment import assess

    return assess(
        estimator_of(config),
        rows,
        classes,
        name=config.name,
        target=target_of(config, rows),
        fingerprint=fingerprint,
        folds=config.evaluation.folds,
        resamples=config.evaluation.resamples,
        seed=config.seed,
        plan=plan_of(config.evaluation, config.seed),
        shares=config.evaluation.shares,
        inputs=inputs_of(config),
        families=config.families,
        agreement=agreement_of(rows),
    )


def assess_model(
    config: EvaluateConfig, rows: list[dict[str, Any]], classes: LabelSet, fingerprint: str
) -> "Assessment":
    """Assess a saved model on the rows it has not learnt from.

    Raises UsageError where there are none, or where the rows have labels that the model does not know.
    """
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
    if not learnt:
        raise UsageError(f"{name} does not record what it has learnt from, so no row can be called new: train it again")
    met = {row["group"] for row in rows if mark_of(row["text"]) in learnt}
    fresh = [row for row in rows if row["group"] not in met]
    if not fresh:
        raise UsageError(
            f"{name} was trained on these very rows; give others, as in data=table data.path=..., or cross-validate: "
            "+experiment=..."
        )
    if len(fresh) < len(rows):
        left = len(rows) - len(fresh)
        print(f"{left} of {len(rows)} rows left out: {name} was trained on them or on their group", file=sys.stderr)
    about = target_of(config, fresh)
    rows, classes = fresh, LabelSet(model.classes_, bool(model.metadata.get("ordered", classes.ordered)))
    return assess_saved(
        model.estimator,
        model.calibration,
        rows,
        classes,
        name=name,
        target=str(model.metadata.get("target", UNNAMED)) if about == UNNAMED else about,
        fingerprint=fingerprint,
        resamples=config.evaluation.resamples,
        seed=config.seed,
        errors=config.evaluation.errors * config.evaluation.folds,
        inputs=model.inputs,
        agreement=agreement_of(rows),
    )


def compared(config: EvaluateConfig, predicted: "Predicted") -> tuple[dict[str, Any], ...]:
    """Paired difference, on the rows both predicted, to the predictions kept in the folder `against`, as plain data."""
    if not config.against:
        return ()
    from stance.learning.comparison import compare, shared

    other, _ = read_predictions(Path(config.against), predicted.classes)
    ours, theirs = shared(predicted, other)
    found = compare(ours, theirs, config.metric, resamples=config.evaluation.resamples, seed=config.seed)
    verdict = {"A is better": "this model is better", "B is better": "the other is better"}
    named = {"name": config.against, "metric": config.metric, "difference": asdict(found.difference)}
    return ({**named, "p_value": found.p_value, "verdict": verdict.get(found.verdict, found.verdict)},)
