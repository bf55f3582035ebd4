"""Train, evaluate and save a classifier: `python -m stance.train +experiment=baseline`."""

from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

from stance import store
from stance.config import DataConfig, TrainConfig, command, instantiate
from stance.corpus import dataset, importers
from stance.labels import STANCES, LabelSet


def train(config: TrainConfig) -> float:
    """Read the data, evaluate without parting groups, fit on all rows that may train, save the next version."""
    # scikit-learn takes seconds to import: a mistaken command line is answered before that.
    from joblib import parallel_config

    from stance.learning import summary
    from stance.learning.classifiers import pipeline
    from stance.learning.evaluation import check_metric, encode, evaluate, fit

    check_metric(config.metric)
    rows, classes, fingerprint = read_rows(config)
    estimator = pipeline(instantiate(config.features), instantiate(config.classifier))
    folds, resamples = config.evaluation.folds, config.evaluation.resamples
    with parallel_config(n_jobs=config.evaluation.jobs):
        results = evaluate(estimator, rows, classes, folds=folds, resamples=resamples, seed=config.seed)
    metric = results.overall.metric(config.metric)
    summary.show(results, title=f"{config.name} on {len(rows)} rows")
    if config.save:
        learnt = [row for row in rows if row.get("split") != "test"] if results.official else rows
        texts, labels = [row["text"] for row in learnt], [row["label"] for row in learnt]
        fit(estimator, texts, encode(labels, classes), [row["group"] for row in learnt])
        manifest = {
            "labels": list(classes.names),
            "ordered": classes.ordered,
            "target": config.data.only or config.target,
            "dataset": {"fingerprint": fingerprint, "rows": len(rows), "learnt_from": len(learnt)},
            "config": asdict(config),
            "metrics": results.metrics(),
        }
        extras = summary.extras(config.name, results, fingerprint)
        path = store.save(estimator, manifest, name=config.name, root=config.models, write_extras=extras)
        summary.say(f"saved {path}  dataset {fingerprint}")
    return metric


def read_rows(config: TrainConfig) -> tuple[list[dict[str, Any]], LabelSet, str]:
    """Rows, label set and fingerprint of the hand-made labels (built if stale) or of an imported dataset."""
    data = config.data
    if data.kind == "labels":
        built = dataset.build(Path(data.labels) if data.labels else None, Path(data.built), seed=config.seed)
        return dataset.load(built.path, target=config.target, origins=data.origins), STANCES, built.fingerprint
    imported = importers.read_source(data.kind, source_of(data))
    print(imported.report())
    return [row.as_dict() for row in imported.rows], imported.classes, imported.fingerprint


def source_of(data: DataConfig) -> importers.Source:
    """The importer's view of a data config."""
    known = {field.name for field in fields(importers.Source)}
    return importers.Source(**{k: v for k, v in asdict(data).items() if k in known and not (k == "labels" and not v)})


main = command("train", train)

if __name__ == "__main__":
    main()
