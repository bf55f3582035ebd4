"""Rank the finished runs of one dataset, each compared with the best on the rows both predicted."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from stance import store
from stance.errors import ModelError, RunError, UsageError
from stance.labels import LabelSet
from stance.learning.comparison import LEVEL, Comparison, check_comparable, compare, compare_all, holm, shared
from stance.learning.scoring import Predicted
from stance.runs import record
from stance.runs.record import PREDICTIONS, Run

HOW = "python -m stance.train +experiment=baseline save=false"
BEST, WORSE, BETTER, ALIKE, ELSEWHERE = (
    "best", "worse than the best", "better than the best on the rows both predicted",
    "cannot be told apart from the best", "measured on other rows",
)  # fmt: skip
FEWEST = 30
"""Rows that two runs must share to be compared, unless one was measured on fewer."""


@dataclass(frozen=True, slots=True)
class Place:
    """A run in the ranking: the best's lead over it, and the overrides that set it apart from the others."""

    run: Run
    folder: Path
    overrides: tuple[str, ...]
    lead: Comparison | None
    verdict: str


@dataclass(frozen=True, slots=True)
class Ranking:
    """Places from the best down; `damaged` names the records that were skipped, `elsewhere` counts other data's."""

    metric: str
    fingerprint: str
    target: str
    resamples: int
    places: tuple[Place, ...]
    damaged: tuple[str, ...]
    elsewhere: int

    @property
    def is_too_coarse(self) -> bool:
        """Whether no p-value could pass the correction for so many comparisons with so few resamples."""
        return sum(place.lead is not None for place in self.places) * 2 / (self.resamples + 1) >= LEVEL


Found = list[tuple[Path, Run]]


def collect(runs: Path, models: Path) -> tuple[Found, list[str]]:
    """Every finished run below a folder, and of the saved models those that keep predictions; and what is damaged."""
    found: Found = []
    damaged: list[str] = []
    for folder, read in [*((f, record.read) for f in record.folders(runs)), *((f, _of_model) for f in _saved(models))]:
        try:
            found.append((folder, read(folder)))
        except (RunError, ModelError) as error:
            damaged.append(str(error))
    return found, damaged


def _saved(models: Path) -> Iterable[Path]:
    """Saved versions with predictions beside the model."""
    homes = sorted(models.iterdir()) if models.is_dir() else []
    versions = (home / str(version) for home in homes for version in store.versions(home))
    return (folder for folder in versions if (folder / PREDICTIONS).is_file())


def _of_model(folder: Path) -> Run:
    """Read the run that trained a saved model from its manifest."""
    manifest: Any = store.read_manifest(folder)
    try:
        return Run(
            name=manifest["name"],
            fingerprint=manifest["dataset"]["fingerprint"],
            rows=manifest["dataset"]["rows"],
            labels=tuple(manifest["labels"]),
            overrides=tuple(manifest["run"]["overrides"]),
            model=str(folder),
            **{key: manifest["run"][key] for key in ("key", "started", "seconds")},
            **{key: manifest[key] for key in ("target", "ordered", "config", "metrics", "packages")},
        )
    except (KeyError, TypeError) as error:
        raise RunError(folder / store.MANIFEST, f"says nothing of its run: {error!r}") from None


def rank(
    runs: Path, models: Path, *, metric: str = "macro_f1", fingerprint: str | None = None, target: str | None = None,
    resamples: int = 10_000, seed: int = 0,
) -> Ranking:  # fmt: skip
    """Rank the latest run of each distinct setting on one dataset, by default that of the newest run.

    `fingerprint` may be the beginning of one. P-values are adjusted by Holm's method for the number of runs compared.
    Raises UsageError where there is nothing to rank.
    """
    found, damaged = collect(runs, models)
    chosen = _of_one_dataset(found, runs, fingerprint, target)
    mark, about = chosen[0][1].fingerprint, chosen[0][1].target
    entries: list[tuple[Path, Run, Predicted]] = []
    for folder, run in _latest(chosen):
        try:
            overall, _ = record.read_predictions(folder, LabelSet(run.labels, run.ordered))
        except RunError as error:
            damaged.append(str(error))
            continue
        check_comparable(metric, overall)
        if run.score(metric) is None:
            damaged.append(f"{folder}: has no {metric}")
        else:
            entries.append((folder, run, overall))
    if not entries:
        raise UsageError(f"none of the runs below {runs} can be read ({'; '.join(damaged)}); run: {HOW}")
    places = _places(sorted(entries, key=lambda entry: -entry[1].metric(metric)), metric, resamples, seed)
    return Ranking(metric, mark, about, resamples, places, tuple(damaged), len(found) - len(chosen))


def _of_one_dataset(found: Found, runs: Path, fingerprint: str | None, target: str | None) -> Found:
    """Runs of the dataset and target asked for, or of the newest run's; the newest first."""
    if not found:
        raise UsageError(f"there is no finished run below {runs}; make one with: {HOW}")
    newest = sorted(found, key=lambda one: one[1].started, reverse=True)
    asked = [
        (folder, run)
        for folder, run in newest
        if run.fingerprint.startswith(fingerprint or "") and target in (None, run.target)
    ]
    if not asked:
        known = sorted({f"{run.fingerprint[:12]} ({run.target})" for _, run in found})
        raise UsageError(
            f"no finished run has fingerprint={fingerprint} and target={target}; there are runs on: {', '.join(known)}"
        )
    mark, about = asked[0][1].fingerprint, asked[0][1].target
    return [(folder, run) for folder, run in asked if (run.fingerprint, run.target) == (mark, about)]


def _latest(newest_first: Found) -> Found:
    """Keep the newest run of each key."""
    kept: dict[str, tuple[Path, Run]] = {}
    for folder, run in newest_first:
        kept.setdefault(run.key, (folder, run))
    return list(kept.values())


def _places(
    entries: Sequence[tuple[Path, Run, Predicted]], metric: str, resamples: int, seed: int
) -> tuple[Place, ...]:
    leads = _leads(entries[0][2], {folder: predicted for folder, _, predicted in entries[1:]}, metric, resamples, seed)
    common = set.intersection(*(set(run.effective_overrides) for _, run, _ in entries))

    def place(folder: Path, run: Run) -> Place:
        lead = leads.get(folder)
        apart = tuple(one for one in run.effective_overrides if len(entries) > 1 and one not in common)
        return Place(run, folder, apart, lead, BEST if folder == entries[0][0] else _verdict(lead))

    return tuple(place(folder, run) for folder, run, _ in entries)


def _leads(
    best: Predicted, others: Mapping[Path, Predicted], metric: str, resamples: int, seed: int
) -> dict[Path, Comparison]:
    """The best's lead over each of the others on the rows both predicted, where these are FEWEST or more."""
    pairs = {folder: pair for folder, other in others.items() if (pair := _shared(best, other)) is not None}
    whole = [folder for folder, (one, _) in pairs.items() if len(one.true) == len(best.true)]
    found = compare_all(best, [pairs[folder][1] for folder in whole], metric, resamples=resamples, seed=seed)
    leads = dict(zip(whole, found, strict=True))
    for folder, (one, other) in pairs.items():
        if folder not in leads:
            leads[folder] = compare(one, other, metric, resamples=resamples, seed=seed)
    adjusted = holm([lead.p_value for lead in leads.values()])
    return {folder: replace(lead, adjusted=p) for (folder, lead), p in zip(leads.items(), adjusted, strict=True)}


def _shared(best: Predicted, other: Predicted) -> tuple[Predicted, Predicted] | None:
    try:
        pair = shared(best, other)
    except UsageError:
        return None
    return pair if len(pair[0].true) >= min(FEWEST, len(best.true), len(other.true)) else None


def _verdict(lead: Comparison | None) -> str:
    if lead is None:
        return ELSEWHERE
    return {"A is better": WORSE, "B is better": BETTER}.get(lead.verdict, ALIKE)
