"""What a config asks for, as the library takes it: rows, estimator, inputs, plan of evaluation."""

import sys
from collections.abc import Iterable, Mapping
from dataclasses import asdict, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

from stance.config import DataConfig, EvaluationConfig, ExperimentConfig, instantiate
from stance.corpus import dataset, importers
from stance.errors import UsageError
from stance.labels import MOSCOW, SEVERAL, STANCES, UNNAMED, LabelSet
from stance.text.inputs import Inputs

if TYPE_CHECKING:
    from stance.learning.evaluation import Design, Plan


def read_rows(config: ExperimentConfig) -> tuple[list[dict[str, Any]], LabelSet, str]:
    """Rows, label set and fingerprint of the hand-made labels (built if stale) or of an imported dataset."""
    data = config.data
    if data.kind == "labels":
        built = dataset.build(labels_folder(data), Path(data.built), seed=config.seed)
        rows = dataset.load(built.path, target=config.target or MOSCOW, origins=data.origins)
        _say_of_families(config, rows)
        return rows, STANCES, built.fingerprint
    imported = importers.read_source(data.kind, source_of(data))
    print(imported.report(), file=sys.stderr)
    rows = [row.as_dict() for row in imported.rows]
    _say_of_families(config, rows)
    return (
        [{**row, "target": row["target"] or config.target or ""} for row in rows],
        imported.classes,
        imported.fingerprint,
    )


def _say_of_families(config: ExperimentConfig, rows: list[dict[str, Any]]) -> None:
    """Say so where contrast families are to be left out and there are none."""
    if config.families == 1:
        return  # importing scikit-learn takes seconds, and a finished trial is answered without it
    from stance.learning.evaluation import contrast_families

    if not contrast_families(rows):
        print(f"families={config.families}: no row is of a contrast family, all are learnt from", file=sys.stderr)


def labels_folder(data: DataConfig) -> Path | None:
    """Folder of hand-made labels, None for the shipped ones; raises UsageError where data are imported."""
    if data.kind != "labels":
        raise UsageError(f"data={data.kind} is for training; this needs hand-made labels: data=labels data.labels=PATH")
    return Path(data.labels) if data.labels else None


def source_of(data: DataConfig) -> importers.Source:
    """The importer's view of a data config."""
    if data.labels is not None and not isinstance(data.labels, dict):
        raise UsageError(
            f"data.labels is {data.labels!r}; of an imported dataset it maps labels found to labels wanted, as in "
            "data.labels.AGAINST=distancing"
        )
    known = {field.name for field in fields(importers.Source)}
    return importers.Source(**{k: v for k, v in asdict(data).items() if k in known and not (k == "labels" and not v)})


def target_of(config: ExperimentConfig, rows: Iterable[Mapping[str, Any]]) -> str:
    """The target that the rows are about, SEVERAL where they name more than one.

    Of imported rows that name none it is the one that `target=` says, else UNNAMED.
    Raises UsageError for `data.only` with hand-made labels, whose target is chosen by `target=`.
    """
    data = config.data
    if data.kind == "labels":
        if data.only:
            raise UsageError(f"data.only={data.only} is for imported data; of hand-made labels say target={data.only}")
        return config.target or MOSCOW
    named = sorted({row["target"] for row in rows} - {""})
    if len(named) > 1:
        return SEVERAL
    return data.only or (named[0] if named else config.target or UNNAMED)


def inputs_of(config: ExperimentConfig) -> Inputs:
    """What the classifier reads before each sentence."""
    return Inputs(**asdict(config.inputs))


def plan_of(evaluation: EvaluationConfig, seed: int) -> "Plan":
    """How thoroughly to evaluate."""
    from stance.learning.evaluation import Plan

    return Plan(
        inner=evaluation.inner,
        search=evaluation.search,
        errors=evaluation.errors,
        coverage=evaluation.coverage,
        measured=evaluation.measured,
        articles=evaluation.articles,
        seed=seed,
    )


def estimator_of(config: ExperimentConfig) -> Any:
    """The unfitted estimator over texts."""
    from stance.learning.classifiers import pipeline

    return pipeline(instantiate(config.features), instantiate(config.classifier))


def design_of(config: ExperimentConfig, rows: list[dict[str, Any]], classes: LabelSet) -> "Design":
    """Which rows are measured by models of which others."""
    from stance.learning.evaluation import design

    asked = config.evaluation
    return design(
        rows,
        classes,
        folds=asked.folds,
        seed=config.seed,
        measured=asked.measured,
        articles=asked.articles,
        inputs=inputs_of(config),
        families=config.families,
    )


def check_choices(config: ExperimentConfig) -> None:
    """Refuse a metric or a check to ignore that does not exist, before anything is read."""
    from stance.learning import checks
    from stance.learning.scoring import check_metric

    check_metric(config.metric)
    if config.evaluation.resamples < 1:
        raise UsageError(f"evaluation.resamples is {config.evaluation.resamples}; an interval needs 1 or more")
    plan_of(config.evaluation, config.seed)
    checks.check_codes(config.ignore)
