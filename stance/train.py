"""Train, evaluate and save a classifier: `python -m stance.train +experiment=baseline`."""

from dataclasses import asdict, fields, replace
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Any

from stance import store
from stance.config import DataConfig, TrainConfig, command, instantiate, invocation
from stance.corpus import dataset, importers
from stance.labels import STANCES, LabelSet
from stance.runs import record, tracking

if TYPE_CHECKING:
    from stance.learning.evaluation import Evaluation


def train(config: TrainConfig) -> float:
    """Read the data, evaluate without parting groups, fit on all rows that may train, save the next version.

    A trial of a sweep that finished before is taken from its record.
    """
    # scikit-learn takes seconds to import: a mistaken command line is answered before that.
    tracking.check(config.tracking.kind, config.tracking.uri)
    from joblib import parallel_config

    from stance.learning import summary
    from stance.learning.classifiers import pipeline
    from stance.learning.evaluation import check_metric, evaluate

    check_metric(config.metric)
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
    estimator = pipeline(instantiate(config.features), instantiate(config.classifier))
    folds, resamples = config.evaluation.folds, config.evaluation.resamples
    with parallel_config(n_jobs=config.evaluation.jobs):
        results = evaluate(estimator, rows, classes, folds=folds, resamples=resamples, seed=config.seed)
    metric = results.overall.metric(config.metric)
    run = record.Run(
        name=config.name, key=key, started=start, seconds=perf_counter() - clock,
        target=config.data.only or config.target, fingerprint=fingerprint, rows=len(rows),
        labels=classes.names, ordered=classes.ordered, overrides=started.overrides, config=asdict(config),
        metrics=results.metrics(), packages=record.versions(), model=None,
    )  # fmt: skip
    summary.show(results, title=f"{config.name} on {len(rows)} rows")
    if config.save:
        path = save(config, run, results, estimator, rows, classes)
        run = replace(run, model=str(path))
        summary.say(f"saved {path}  dataset {fingerprint}")
    record.write(started.folder, run, results.predicted, results.seed_predicted)
    if config.tracking.kind != "none":
        tracking.log(run, started.folder, uri=str(config.tracking.uri), experiment=config.tracking.experiment)
    return metric


def save(
    config: TrainConfig, run: record.Run, results: "Evaluation", estimator: Any, rows: list[dict[str, Any]],
    classes: LabelSet,
) -> Path:  # fmt: skip
    """Fit on every row that may train and save the next version, with the predictions its scores rest on."""
    from stance.learning import summary
    from stance.learning.evaluation import encode, fit

    learnt = [row for row in rows if row.get("split") != "test"] if results.official else rows
    texts, labels = [row["text"] for row in learnt], [row["label"] for row in learnt]
    fit(estimator, texts, encode(labels, classes), [row["group"] for row in learnt])
    manifest = {
        "labels": list(classes.names),
        "ordered": classes.ordered,
        "target": run.target,
        "dataset": {"fingerprint": run.fingerprint, "rows": len(rows), "learnt_from": len(learnt)},
        "config": asdict(config),
        "metrics": run.metrics,
        "run": {"key": run.key, "started": run.started, "seconds": run.seconds, "overrides": list(run.overrides)},
    }
    write_summary = summary.extras(config.name, results, run.fingerprint)

    def extras(folder: Path, version: int) -> None:
        write_summary(folder, version)
        record.write_predictions(folder, results.predicted, results.seed_predicted)

    return store.save(estimator, manifest, name=config.name, root=config.models, write_extras=extras)


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
