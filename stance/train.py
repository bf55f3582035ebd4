"""Train, evaluate and save a classifier: `python -m stance.train +experiment=baseline`."""

from dataclasses import asdict, replace
from time import perf_counter

from stance.config import TrainConfig, command, invocation
from stance.runs import record, tracking
from stance.setting import check_choices, design_of, estimator_of, read_rows, target_of
from stance.training import finished_before, measure, save, show


def train(config: TrainConfig) -> float:
    """Read the data, evaluate without parting groups, fit on all rows that may train, save the next version.

    A trial of a sweep that finished before is taken from its record.
    """
    # Importing scikit-learn takes seconds: what can be refused before that is.
    tracking.check(config.tracking.kind, config.tracking.uri)
    check_choices(config)
    rows, classes, fingerprint = read_rows(config)
    started, key = invocation(), record.key_of(asdict(config), fingerprint)
    if started.sweep and not config.rerun and (metric := finished_before(config, key)) is not None:
        return metric
    start, clock = record.now(), perf_counter()
    laid, estimator = design_of(config, rows, classes), estimator_of(config)
    results, findings = measure(config, estimator, laid)
    run = record.Run(
        name=config.name, key=key, started=start, seconds=perf_counter() - clock,
        target=target_of(config, rows), fingerprint=fingerprint, rows=len(rows),
        labels=classes.names, ordered=classes.ordered, overrides=started.overrides, config=asdict(config),
        metrics=results.metrics(), packages=record.versions(), model=None,
    )  # fmt: skip
    show(config, run, results, findings)
    if config.save:
        run = replace(run, model=str(save(config, run, results, estimator, laid, findings)))
    record.write(started.folder, run, results.predicted, results.seed_predicted)
    if config.tracking.kind != "none":
        tracking.log(run, started.folder, uri=str(config.tracking.uri), experiment=config.tracking.experiment)
    return results.overall.metric(config.metric)


main = command("train", train)

if __name__ == "__main__":
    main()
