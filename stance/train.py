"""Train, evaluate and save a classifier: `python -m stance.train +experiment=baseline`."""

from dataclasses import asdict
from pathlib import Path

from stance import store
from stance.config import TrainConfig, command, instantiate
from stance.corpus import dataset
from stance.labels import NAMES


def train(config: TrainConfig) -> float:
    """Build the dataset if stale, evaluate by grouped cross-validation, fit on all rows, save the next version."""
    # scikit-learn takes seconds to import: a mistaken command line is answered before that.
    from joblib import parallel_config

    from stance.learning import summary
    from stance.learning.classifiers import pipeline
    from stance.learning.evaluation import check_metric, encode, evaluate

    check_metric(config.metric)
    labels = Path(config.data.labels) if config.data.labels else None
    built = dataset.build(labels, Path(config.data.built), seed=config.seed)
    rows = dataset.load(built.path, target=config.target)
    estimator = pipeline(instantiate(config.features), instantiate(config.classifier))
    folds, resamples = config.evaluation.folds, config.evaluation.resamples
    with parallel_config(n_jobs=config.evaluation.jobs):
        results = evaluate(estimator, rows, folds=folds, resamples=resamples, seed=config.seed)
    metric = results.overall.metric(config.metric)
    summary.show(results, title=f"{config.name} on {len(rows)} sentences")
    if config.save:
        estimator.fit([row["text"] for row in rows], encode([row["label"] for row in rows]))
        manifest = {
            "labels": list(NAMES),
            "target": config.target,
            "dataset": {"fingerprint": built.fingerprint, "rows": len(rows)},
            "config": asdict(config),
            "metrics": asdict(results),
        }
        extras = summary.extras(config.name, results, built.fingerprint)
        path = store.save(estimator, manifest, name=config.name, root=config.models, write_extras=extras)
        summary.say(f"saved {path}  dataset {built.fingerprint}")
    return metric


main = command("train", train)

if __name__ == "__main__":
    main()
