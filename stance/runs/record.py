"""The record of a finished run. File names and the format number stand here and nowhere else.

A run folder, format 1::

    models/_runs/.../
        .hydra/           what Hydra composed
        predictions.npz   row ids, groups, true labels and out-of-fold probabilities of every evaluated row, by part
        run.json          format, name, key, config, overrides, dataset, metrics, packages, time, saved model

`run.json` is written last and at once, so a folder that has one is of a finished run. The rule for changing it: a
change that an older reader would misread raises FORMAT; newer formats are refused by number.
"""

import contextlib
import hashlib
import json
import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, fields
from datetime import UTC, datetime
from importlib.metadata import version as package_version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from stance.errors import RunError, UsageError
from stance.labels import LabelSet
from stance.paths import replacing
from stance.records import Interval
from stance.store import PACKAGES

if TYPE_CHECKING:
    from stance.learning.scoring import Predicted

FORMAT = 1
RECORD = "run.json"
PREDICTIONS = "predictions.npz"
LEARNT = "learnt.txt"
PARTS = ("overall", "seed_articles")
COLUMNS = ("ids", "groups", "true", "majority", "probabilities")

WITHOUT_EFFECT = (
    "name", "metric", "models", "runs", "save", "rerun", "tracking", "strict", "ignore", "evaluation.jobs",
    "evaluation.errors", "evaluation.shares",
    "data.labels", "data.built", "data.path", "data.test_path",
)  # fmt: skip
"""Settings that do not change a result, or change it through the dataset's fingerprint alone."""


@dataclass(frozen=True, slots=True)
class Run:
    """One finished run. `key` names its settings and data, `model` the folder of the model it saved, if any."""

    name: str
    key: str
    started: str
    seconds: float
    target: str
    fingerprint: str
    rows: int
    labels: tuple[str, ...]
    ordered: bool
    overrides: tuple[str, ...]
    config: Mapping[str, Any]
    metrics: Mapping[str, Any]
    packages: Mapping[str, str]
    model: str | None

    def score(self, name: str, part: str = "overall") -> Interval | None:
        """A score with its interval, or None where it is not defined."""
        found = (self.metrics[part] or {}).get(name)
        return Interval(*(found[key] for key in ("value", "low", "high", "n"))) if found else None

    @property
    def started_ms(self) -> int:
        """Start in milliseconds since 1970, as trackers want it."""
        return int(datetime.fromisoformat(self.started).timestamp() * 1000)

    @property
    def effective_overrides(self) -> tuple[str, ...]:
        """Overrides that change a result, as given."""
        return tuple(one for one in self.overrides if not _has_no_effect(one))

    def metric(self, name: str) -> float:
        """Value of an overall score; raises UsageError where it is not defined."""
        score = self.score(name)
        if score is None:
            raise UsageError(f"the metric {name} is not defined for these labels; choose another metric=")
        return score.value


def now() -> str:
    """Time in UTC to the microsecond, as records carry it: equal lengths, so that they sort as text."""
    return datetime.now(UTC).isoformat(timespec="microseconds")


def versions() -> dict[str, str]:
    """Installed versions of the packages a result depends on."""
    return {package: package_version(package) for package in PACKAGES}


def key_of(config: Mapping[str, Any], fingerprint: str) -> str:
    """SHA-256 of what a result depends on: equal keys, equal results.

    That is the settings that have an effect, the dataset, the package versions, and size and time of every file that
    the settings name by a path (the folder of an encoder, unlabelled text).

    >>> key_of({"name": "a", "seed": 0}, "f") == key_of({"seed": 0, "name": "b"}, "f")
    True
    >>> key_of({"name": "a", "seed": 1}, "f") == key_of({"name": "a", "seed": 0}, "f")
    False
    """
    settings = _without(config, WITHOUT_EFFECT)
    labels = (config.get("data") or {}).get("labels")
    if isinstance(labels, Mapping):  # a map of labels and not a path: its order is the order of the classes
        settings["labels"] = list(labels.items())
    canonical = json.dumps(
        [settings, fingerprint, versions(), _stamps(settings)],
        sort_keys=True,
        ensure_ascii=False,
        separators=(",", ":"),
    )
    return hashlib.sha256(canonical.encode()).hexdigest()


def _stamps(settings: Any) -> list[Any]:
    """Size and time of the files at or below every path among the settings, those of `data` and of a `cache` aside."""
    if isinstance(settings, Mapping):
        return [stamp for key, value in settings.items() if key not in ("data", "cache") for stamp in _stamps(value)]
    if isinstance(settings, list | tuple):
        return [stamp for value in settings for stamp in _stamps(value)]
    if not isinstance(settings, str) or os.sep not in settings or not Path(settings).exists():
        return []
    path = Path(settings)
    files = sorted(path.rglob("*")) if path.is_dir() else [path]
    return [(str(file), file.stat().st_size, file.stat().st_mtime_ns) for file in files if file.is_file()]


def _without(config: Mapping[str, Any], names: tuple[str, ...]) -> dict[str, Any]:
    kept = {key: value for key, value in config.items() if key not in names}
    for name in names:
        head, _, rest = name.partition(".")
        if rest and isinstance(kept.get(head), Mapping):
            kept[head] = {key: value for key, value in kept[head].items() if key != rest}
    return kept


def _has_no_effect(override: str) -> bool:
    key = override.partition("=")[0].lstrip("+~")
    return any(key == name or key.startswith(f"{name}.") for name in (*WITHOUT_EFFECT, "hydra"))


def write(folder: Path, run: Run, predicted: "Predicted", seed_predicted: "Predicted | None") -> Path:
    """Write the predictions and then the record of a finished run into its folder; return the record's path."""
    folder.mkdir(parents=True, exist_ok=True)
    write_predictions(folder, predicted, seed_predicted)
    with replacing(folder / RECORD) as scratch:
        text = json.dumps({"format": FORMAT, **asdict(run)}, indent=2, ensure_ascii=False)
        scratch.write_text(text + "\n", encoding="utf-8")
    return folder / RECORD


def write_predictions(folder: Path, predicted: "Predicted", seed_predicted: "Predicted | None") -> None:
    """Write the predictions of both parts as plain arrays, named PART_COLUMN; none of them is a pickle."""
    import numpy as np

    arrays: dict[str, Any] = {}
    for part, one in zip(PARTS, (predicted, seed_predicted), strict=True):
        if one is not None:
            arrays |= {f"{part}_{column}": getattr(one, column) for column in COLUMNS}
    plain = {name: array.astype(str) if name.endswith(("ids", "groups")) else array for name, array in arrays.items()}
    with replacing(folder / PREDICTIONS) as scratch, scratch.open("wb") as file:
        np.savez_compressed(file, allow_pickle=False, **plain)


def read(folder: Path) -> Run:
    """Read and check a run record; raises RunError for one that is missing, damaged or of a newer format."""
    path = folder / RECORD
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise RunError(folder, f"has no {RECORD}; the run was not finished") from None
    except (ValueError, OSError) as error:
        raise RunError(path, f"is damaged: {error}") from None
    return _parse(found, path)


def _parse(found: Any, path: Path) -> Run:
    number = found.get("format") if isinstance(found, dict) else None
    if not isinstance(number, int) or not 1 <= number <= FORMAT:
        raise RunError(path, f"is of format {number!r}; this version of stance reads up to {FORMAT}")
    names = [field.name for field in fields(Run)]
    missing = [name for name in names if name not in found]
    if missing:
        raise RunError(path, f"is damaged: it lacks {', '.join(missing)}")
    values: dict[str, Any] = {
        name: tuple(found[name]) if isinstance(found[name], list) else found[name] for name in names
    }
    return Run(**values)


def read_predictions(folder: Path, classes: LabelSet) -> "tuple[Predicted, Predicted | None]":
    """Read the predictions of a run: overall, and on the seed articles where there are any.

    Raises RunError for a file that is missing or damaged; nothing is unpickled.
    """
    import zipfile

    import numpy as np

    from stance.learning.scoring import Predicted

    path = folder / PREDICTIONS
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as arrays:
            columns = {name: arrays[name] for name in arrays.files}
        parts = [
            Predicted(
                classes, **{column: columns[f"{part}_{column}"] for column in COLUMNS}
            ) if f"{part}_ids" in columns else None
            for part in PARTS
        ]  # fmt: skip
    except FileNotFoundError:
        raise RunError(path, "is missing; run it again to compare it") from None
    except (KeyError, ValueError, OSError, EOFError, zipfile.BadZipFile) as error:
        raise RunError(path, f"is damaged: {error}") from None
    overall, seeds = parts
    if overall is None or overall.probabilities.shape != (len(overall.ids), len(classes.names)):
        raise RunError(path, "is damaged: it lacks the overall predictions")
    return overall, seeds


def write_learnt(folder: Path, texts: Iterable[str]) -> None:
    """Write marks of the texts a model learnt from, so that it is not measured on them later."""
    (folder / LEARNT).write_text("".join(f"{mark}\n" for mark in sorted({mark_of(text) for text in texts})))


def read_learnt(folder: Path) -> set[str]:
    """Marks of the texts a saved model learnt from; none for a model of before they were kept."""
    path = folder / LEARNT
    return set(path.read_text().split()) if path.is_file() else set()


def mark_of(text: str) -> str:
    """Twelve hexadecimal digits of the SHA-256 of a text without case and spacing."""
    return hashlib.sha256(" ".join(text.lower().split()).encode()).hexdigest()[:12]


def folders(root: Path) -> Iterator[Path]:
    """Folders of finished runs below a root, in the order of their names."""
    return (path.parent for path in sorted(root.rglob(RECORD)))


def find_finished(root: Path, key: str, *, saved_as: str | None = None) -> tuple[Path, Run] | None:
    """Return the latest finished run with a key; a record that cannot be read is not a finished run.

    With `saved_as`, only a run that saved a model of that name which is still there.
    """
    found = []
    for folder in folders(root):
        with contextlib.suppress(RunError):
            found.append((folder, read(folder)))
    like = [(folder, run) for folder, run in found if run.key == key and (not saved_as or _saved(run, saved_as))]
    return max(like, key=lambda one: one[1].started, default=None)


def _saved(run: Run, name: str) -> bool:
    return run.name == name and run.model is not None and Path(run.model).is_dir()
