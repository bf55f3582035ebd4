"""Train, evaluate and save a classifier: `python -m stance.train +experiment=baseline`."""

import sys
from dataclasses import asdict, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

from stance import store
from stance.config import DataConfig, EvaluationConfig, TrainConfig, command, instantiate
from stance.corpus import annotation, dataset, importers
from stance.labels import STANCES, LabelSet
from stance.text.inputs import Inputs

if TYPE_CHECKING:
    from stance.learning.evaluation import Plan


def train(config: TrainConfig) -> float:
    """Read the data, evaluate without parting groups, fit on all rows that may train, save the next version."""
    # scikit-learn takes seconds to import: a mistaken command line is answered before that.
    from joblib import parallel_config

    from stance.learning import checks, summary
    from stance.learning.classifiers import pipeline
    from stance.learning.evaluation import Examples, evaluate, fit, folds_of
    from stance.learning.scoring import check_metric

    check_metric(config.metric)
    rows, classes, fingerprint = read_rows(config)
    inputs, plan = Inputs(**asdict(config.inputs)), plan_of(config.evaluation, config.seed)
    folds, resamples = config.evaluation.folds, config.evaluation.resamples
    examples = Examples.of(rows, classes, inputs)
    parts, _ = folds_of(examples, rows, folds=folds, seed=config.seed)
    findings = checks.check_data(examples, parts)
    checks.enforce(findings, strict=config.strict)
    estimator = pipeline(instantiate(config.features), instantiate(config.classifier))
    with parallel_config(n_jobs=config.evaluation.jobs):
        results = evaluate(
            estimator, rows, classes, folds=folds, resamples=resamples, seed=config.seed, inputs=inputs, plan=plan
        )
    metric = results.overall.metric(config.metric)
    summary.show(results, title=f"{config.name} on {len(rows)} rows")
    findings += checks.check_results(results, [rows[k] for k in parts.kept], agreement=annotation.agreement_of(rows))
    summary.warn(findings)
    checks.enforce(findings, strict=config.strict)
    if config.save:
        learnt = [k for k, row in enumerate(rows) if not results.official or row.get("split") == "train"]
        fit(estimator, examples.texts[learnt], examples.true[learnt], examples.groups[learnt])
        manifest = {
            "labels": list(classes.names),
            "ordered": classes.ordered,
            "target": config.data.only or config.target,
            "inputs": asdict(inputs),
            "calibration": asdict(results.calibration) if results.calibration else None,
            "dataset": {"fingerprint": fingerprint, "rows": len(rows), "learnt_from": len(learnt)},
            "config": asdict(config),
            "metrics": summary.metrics(results),
            "findings": [str(finding) for finding in findings],
        }
        extras = summary.extras(config.name, results, fingerprint, findings)
        path = store.save(estimator, manifest, name=config.name, root=config.models, write_extras=extras)
        summary.say(f"saved {path}  dataset {fingerprint}")
    return metric


def plan_of(evaluation: EvaluationConfig, seed: int) -> "Plan":
    """The library's view of how to evaluate."""
    from stance.learning.evaluation import Plan

    return Plan(evaluation.inner, evaluation.search, evaluation.errors, evaluation.coverage, seed)


def read_rows(config: TrainConfig) -> tuple[list[dict[str, Any]], LabelSet, str]:
    """Rows, label set and fingerprint of the hand-made labels (built if stale) or of an imported dataset."""
    data = config.data
    if data.kind == "labels":
        built = dataset.build(Path(data.labels) if data.labels else None, Path(data.built), seed=config.seed)
        return dataset.load(built.path, target=config.target, origins=data.origins), STANCES, built.fingerprint
    imported = importers.read_source(data.kind, source_of(data))
    print(imported.report(), file=sys.stderr)
    return [row.as_dict() for row in imported.rows], imported.classes, imported.fingerprint


def source_of(data: DataConfig) -> importers.Source:
    """The importer's view of a data config."""
    known = {field.name for field in fields(importers.Source)}
    return importers.Source(**{k: v for k, v in asdict(data).items() if k in known and not (k == "labels" and not v)})


main = command("train", train)

if __name__ == "__main__":
    main()
