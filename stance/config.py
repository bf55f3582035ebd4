"""Schemas of the commands, and the frame that runs one: configuration in, plain dataclass out, errors as sentences.

Hydra and OmegaConf stop here. A command receives its schema filled in, and every library function takes plain
arguments.
"""

import os
import re
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from typing import Any, TypeVar

import hydra
from hydra.core.config_store import ConfigStore
from hydra.core.hydra_config import HydraConfig
from hydra.errors import HydraException
from hydra.types import RunMode
from omegaconf import MISSING, DictConfig, OmegaConf
from omegaconf.errors import OmegaConfBaseException

from stance.errors import ExtraError, StanceError, UsageError
from stance.paths import shipped

Schema = TypeVar("Schema")


@dataclass
class DataConfig:
    """Where labelled rows come from.

    `kind` names an importer, or `labels` for hand-made label files: then `labels` is their folder (null: the
    shipped ones), `built` where the dataset is built, `origins` which rows are used. For the importers see
    stance.corpus.importers: `path`, columns, `labels` as a map from labels found to labels wanted, and the rest.
    """

    kind: str = "labels"
    labels: Any = None
    built: str = "data/built"
    origins: list[str] = field(default_factory=lambda: ["seed", "authored", "imported"])
    path: str | None = None
    test_path: str | None = None
    text: str | None = None
    label: str | None = None
    target: str | None = None
    only: str | None = None
    group: str | None = None
    split: str | None = None
    encoding: str | None = None
    delimiter: str | None = None
    ordered: bool = False
    mark_target: bool = False


@dataclass
class EvaluationConfig:
    """How to measure.

    `folds` of the grouped cross-validation, `resamples` of the bootstrap, folds run side by side (`jobs`, -1: every
    core). `inner` folds in each training part calibrate it and choose among the values of `search` (0: the other
    folds' predictions calibrate). `coverage` of the prediction sets; `errors` a fold to explain; `shares` of the
    training groups for the learning curve. For slow models: `measured` folds alone of all, and seed articles `each`
    left out, `together` by one more model that saw none, by that of the `first_fold` (no fold learns from any),
    or `none`.
    """

    folds: int = 5
    resamples: int = 2000
    jobs: int = -1
    inner: int = 0
    search: dict[str, Any] = field(default_factory=dict)
    coverage: float = 0.9
    errors: int = 0
    shares: list[float] = field(default_factory=list)
    measured: int | None = None
    articles: str = "each"


@dataclass
class InputsConfig:
    """What a classifier reads before each sentence: the target, the holder, the sentence before."""

    target: bool = False
    holder: bool = False
    context: bool = False


@dataclass
class TrackingConfig:
    """Where a finished run is logged besides its folder: `kind` is none or mlflow (extra: mlflow)."""

    kind: str = "none"
    uri: str | None = None
    experiment: str = "stance"


@dataclass
class BuildConfig:
    """Schema of `stance.build`."""

    data: DataConfig = field(default_factory=DataConfig)
    seed: int = 0
    resamples: int = 1000
    surface: bool = True


@dataclass
class ExperimentConfig:
    """What `stance.train` and `stance.evaluate` share; `metric` names the number that is returned.

    `target` is what the rows are about: of hand-made labels those toward it (Moscow) are taken, of imported rows that
    name none it is only said. Models learn from the share `families` of contrast families, and are measured on all of
    them. `strict` makes findings of the checks errors; those with a code in `ignore` are not reported.
    """

    name: str = MISSING
    target: str | None = None
    seed: int = 0
    metric: str = "macro_f1"
    models: str | None = None
    data: DataConfig = field(default_factory=DataConfig)
    features: Any = MISSING
    classifier: Any = MISSING
    inputs: InputsConfig = field(default_factory=InputsConfig)
    families: float = 1.0
    evaluation: EvaluationConfig = field(default_factory=EvaluationConfig)
    strict: bool = False
    ignore: list[str] = field(default_factory=list)


@dataclass
class TrainConfig(ExperimentConfig):
    """Schema of `stance.train`; a sweep maximises `metric`.

    `runs` is the folder of run records. A sweep takes a trial that finished there before from its record, unless
    `rerun`.
    """

    save: bool = True
    runs: str = "models/_runs"
    rerun: bool = False
    tracking: TrackingConfig = field(default_factory=TrackingConfig)


@dataclass
class EvaluateConfig(ExperimentConfig):
    """Schema of `stance.evaluate`: an experiment, or a saved `model` and rows it was not trained on.

    `output` is the folder of the report (null: the run's own); `against` the folder of another run, evaluation or model
    version whose predictions this one is compared with.
    """

    name: str = "evaluation"
    model: str | None = None
    against: str | None = None
    output: str | None = None


@dataclass
class LeaderboardConfig:
    """Schema of `stance.leaderboard`; `fingerprint` (its beginning will do) and `target` choose what is ranked.

    Null: those of the newest run. `output` is a .csv, .md or .json file.
    """

    runs: str = "models/_runs"
    models: str | None = None
    metric: str = "macro_f1"
    fingerprint: str | None = None
    target: str | None = None
    output: str | None = None
    overwrite: bool = False
    resamples: int = 10_000
    seed: int = 0


@dataclass
class PredictConfig:
    """Schema of `stance.predict`; `input` is a path, glob, list of them, or `-` for standard input.

    `target` is what a model that reads its target (`inputs.target`) is asked about, by default that of its training.
    `shares` are those that the labels are expected in, by default as in the data that the model was calibrated on.
    """

    model: str = MISSING
    input: Any = "-"
    output: str | None = None
    overwrite: bool = False
    text_column: str | None = None
    batch_size: int = 1024
    actors: str | None = None
    normalise_spun: bool = False
    target: str | None = None
    shares: list[float] | None = None
    models: str | None = None


@dataclass
class AnnotateConfig:
    """Schema of `stance.annotate`; `action` is sheet, agree, adjudicate, suggest, suspect, weak or rules."""

    action: str = MISSING
    data: DataConfig = field(default_factory=DataConfig)
    articles: str | None = None
    sheets: str = "sheets"
    annotators: list[str] = field(default_factory=lambda: ["first", "second"])
    output: str | None = None
    model: str | None = None
    models: str | None = None
    count: int = 100
    resamples: int = 1000
    seed: int = 0


@dataclass
class ReadConfig:
    """Schema of `stance.read`; with `model` each sentence is labelled too.

    `evaluate` names a folder of marked articles to compare with instead of printing.
    """

    input: Any = "-"
    evaluate: str | None = None
    model: str | None = None
    models: str | None = None
    text_column: str | None = None
    actors: str | None = None


@dataclass
class ValidateConfig:
    """Schema of `stance.validate`: speeches and votes compared, how sentences are found and scored, and where it goes.

    The vocabulary is that of stance.text.relevance, `score`, `shrinkage` and `prior` those of
    stance.inference.validation. `chosen_on` are the years on which these settings were chosen: they are told apart
    from the others, and choose nothing. `against` is the folder of an earlier validation, of another model, say: the
    differences are written too.
    """

    model: str = MISSING
    models: str | None = None
    speeches: str = MISSING
    votes: str = MISSING
    years: list[int] = field(default_factory=lambda: [2014, 2019])
    output: str = "validation"
    overwrite: bool = False
    against: str | None = None
    terms: list[str] = MISSING
    unnamed: list[str] = field(default_factory=list)
    unless: list[str] = field(default_factory=list)
    with_unnamed: bool = False
    window: int = 0
    score: str = "expected"
    shrinkage: float = 1.0
    prior: str = "corpus"
    exclude: list[str] = field(default_factory=list)
    chosen_on: list[int] = field(default_factory=list)
    batch_size: int = 1024
    resamples: int = 1000
    seed: int = 0


SCHEMAS: dict[str, type] = {
    "annotate": AnnotateConfig,
    "read": ReadConfig,
    "build": BuildConfig,
    "train": TrainConfig,
    "evaluate": EvaluateConfig,
    "leaderboard": LeaderboardConfig,
    "predict": PredictConfig,
    "validate": ValidateConfig,
}

HINTS = {
    "train": "; name an experiment as +experiment=baseline",
    "validate": "; name what to compare with as +validation=ungdc",
}
"""What a command with missing values may have lacked."""

for _name, _schema in SCHEMAS.items():
    ConfigStore.instance().store(name=f"{_name}_schema", node=_schema)

PATHS = (
    "input",
    "output",
    "against",
    "model",
    "models",
    "runs",
    "tracking.uri",
    "actors",
    "evaluate",
    "data.labels",
    "data.built",
    "data.path",
    "data.test_path",
    "data.delimiter",
    "data.encoding",
    "data.only",
    "data.text",
    "data.label",
    "data.target",
    "target",
    "data.group",
    "sheets",
    "articles",
    "speeches",
    "votes",
)
"""Overrides whose value is a path or name: quoted for Hydra's grammar, so that spaces, `=` and `()` may occur in it."""


def command(name: str, task: Callable[[Schema], float | None]) -> Callable[[], None]:
    """Frame a task as a command: `main()` composes configs/NAME.yaml with the command line and calls the task.

    Exits with 2 for a usage error (unknown key, missing value, no such file) and 1 for a failure of the run;
    anything unforeseen keeps its traceback. In a sweep a failure is raised inside the job, so that Hydra reports it.
    """

    stopped: list[Exception] = []

    def job(composed: DictConfig) -> float | None:
        try:
            return task(_to_schema(name, composed))
        except (StanceError, BrokenPipeError) as error:
            if HydraConfig.get().mode is RunMode.MULTIRUN:
                raise _portable(error) from error
            stopped.append(error)
            return None

    job.__module__, job.__qualname__ = task.__module__, task.__qualname__

    def main() -> None:
        os.environ.setdefault("HYDRA_FULL_ERROR", "1")
        sys.argv[1:] = _arguments(sys.argv[1:])
        framed = hydra.main(version_base="1.3", config_path=str(shipped("configs")), config_name=name)(job)
        try:
            framed()
            if stopped:
                raise stopped[0]
        except UsageError as error:
            _stop(str(error), 2)
        except StanceError as error:
            _stop(str(error), 1)
        except (HydraException, OmegaConfBaseException) as error:
            _stop(_explain(name, error), 2)
        except KeyboardInterrupt:
            _stop("interrupted", 130)
        except BrokenPipeError:
            _close_stdout()

    return main


def _portable(error: Exception) -> Exception:
    """Return the error as one that can be sent from a worker process: errors that build their message cannot."""
    if not isinstance(error, StanceError):
        return error
    return UsageError(str(error)) if isinstance(error, UsageError) else StanceError(str(error))


@dataclass(frozen=True, slots=True)
class Invocation:
    """How a command was started: its run folder, the overrides as given, and whether it is one trial of a sweep."""

    folder: Path
    overrides: tuple[str, ...]
    sweep: bool


def invocation() -> Invocation:
    """Invocation of the task that runs now."""
    hydra_config = HydraConfig.get()
    return Invocation(
        Path(hydra_config.runtime.output_dir),
        tuple(hydra_config.overrides.task),
        hydra_config.mode is RunMode.MULTIRUN,
    )


def instantiate(node: Any) -> Any:
    """Build the object a config node names by `_target_`, from plain Python containers."""
    return hydra.utils.instantiate(node, _convert_="all")


def _to_schema(name: str, composed: DictConfig) -> Any:
    missing = sorted(OmegaConf.missing_keys(composed))
    if missing:
        raise UsageError(f"required: {', '.join(f'{key}=...' for key in missing)}{HINTS.get(name, '')}")
    return OmegaConf.to_object(composed)


def _arguments(given: Sequence[str]) -> list[str]:
    """Quote paths, or for a sweep (where commas must keep their meaning) put its flag first, as Hydra wants it."""
    sweep = [argument for argument in given if argument in ("-m", "--multirun")]
    if sweep:
        return [sweep[0], *(argument for argument in given if argument not in sweep)]
    return [_quoted(_open_map(argument)) for argument in given]


def _open_map(argument: str) -> str:
    """Let `data.labels.AGAINST=distancing` and `evaluation.search` add to maps whose keys no schema can know."""
    return f"++{argument}" if argument.startswith(("data.labels.", "evaluation.search")) else argument


def _quoted(argument: str) -> str:
    key, equals, value = argument.partition("=")
    if not equals or key.lstrip("+") not in PATHS or value in ("", "null") or value[0] in "'\"[{":
        return argument
    escaped = value.replace("\\", "\\\\").replace("'", "\\'")
    return f"{key}='{escaped}'"


def _explain(name: str, error: Exception) -> str:
    """Hydra's own words, with the keys that exist where an override names one that does not."""
    reasons = [str(error), str(error.__cause__ or "")]
    lines = (line for reason in reasons for line in reason.partition("Config search path:")[0].splitlines())
    text = "\n".join(dict.fromkeys(line for line in lines if line.strip()))
    if "'hydra/launcher/joblib'" in text:
        return str(ExtraError("hydra/launcher=parallel", "sweep", "hydra-joblib-launcher"))
    match = re.search(r"Could not (?:override|append to config)[^'\"]*['\"]([\w.]+)", text)
    unknown = re.search(r"Key '([^']+)' (?:is )?not in", text)
    if not (match and unknown):
        return text
    keys = _keys_beside(name, match[1])
    wrong = match[1].rpartition(".")[2]
    near = get_close_matches(wrong, keys, n=1)
    hint = f" Did you mean {near[0]!r}?" if near else ""
    return f"there is no {match[1]!r}.{hint} Available: {', '.join(keys)}."


def _keys_beside(name: str, key: str) -> list[str]:
    """Keys of the deepest existing node on the way to a dotted key, in the default composition."""
    from hydra import compose, initialize_config_dir
    from hydra.core.global_hydra import GlobalHydra

    GlobalHydra.instance().clear()
    with initialize_config_dir(version_base="1.3", config_dir=str(shipped("configs"))):
        node: Any = compose(name)
    for part in key.split(".")[:-1]:
        child = node.get(part) if part in node else None
        if not isinstance(child, DictConfig):
            break
        node = child
    return sorted(str(k) for k in node)


def _stop(message: str, code: int) -> None:
    print(f"error: {message}", file=sys.stderr)
    sys.exit(code)


def _close_stdout() -> None:
    """Leave quietly when the reader of standard output has gone (as `| head` does)."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    sys.exit(141)
