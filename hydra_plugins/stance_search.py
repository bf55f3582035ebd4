"""A Hydra sweeper that asks Optuna which setting to try next: `python -m stance.train -m hydra/sweeper=search ...`.

Hydra takes plugins from the namespace package `hydra_plugins` alone, and imports this file when any command starts:
Optuna is imported only by a sweep.

The search keeps no state of its own. The sampler is seeded, so a search started again proposes the same trials in the
same order; those that finished are answered from their records, and it goes on where it stopped.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from hydra.core.config_store import ConfigStore
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.override_parser.types import ChoiceSweep, IntervalSweep, Override, RangeSweep
from hydra.core.plugins import Plugins
from hydra.core.utils import JobReturn
from hydra.plugins.sweeper import Sweeper
from hydra.types import HydraContext, TaskFunction
from omegaconf import DictConfig, OmegaConf

from stance.errors import ExtraError, StanceError, UsageError

LOG = logging.getLogger(__name__)
RESULTS = "optimization_results.yaml"


@dataclass
class SearchConfig:
    """Schema: how many trials, how many asked for at once (for a parallel launcher), the search space by key."""

    _target_: str = "hydra_plugins.stance_search.Search"
    trials: int = 30
    batch: int = 1
    seed: int = 0
    params: dict[str, Any] = field(default_factory=dict)


ConfigStore.instance().store(group="hydra/sweeper", name="search", node=SearchConfig, provider="stance")


class Search(Sweeper):
    """Maximise what the task returns, by Optuna's tree-structured Parzen estimator; a failed trial stops no other."""

    def __init__(self, trials: int, batch: int, seed: int, params: DictConfig) -> None:
        self.trials, self.batch, self.seed, self.params = trials, batch, seed, params

    def setup(self, *, hydra_context: HydraContext, task_function: TaskFunction, config: DictConfig) -> None:
        """Take what Hydra hands over."""
        self.hydra_context, self.config = hydra_context, config
        self.launcher = Plugins.instance().instantiate_launcher(
            hydra_context=hydra_context, task_function=task_function, config=config
        )

    def sweep(self, arguments: list[str]) -> None:
        """Ask, launch, tell, until the trials are spent; say which was best, and raise if any failed."""
        optuna = _import_optuna()
        assert self.config is not None and self.launcher is not None  # noqa: PT018 - Hydra calls setup first
        if min(self.trials, self.batch) < 1:
            raise UsageError(f"hydra.sweeper.trials={self.trials} batch={self.batch}: both must be 1 or more")
        space, fixed = self._space(arguments)
        folder = Path(str(self.config.hydra.sweep.dir))
        folder.mkdir(parents=True, exist_ok=True)
        OmegaConf.save(self.config, folder / "multirun.yaml")
        sampler = optuna.samplers.TPESampler(seed=self.seed, constant_liar=self.batch > 1)
        study = optuna.create_study(direction="maximize", sampler=sampler)
        failures: list[Exception] = []
        for start in range(0, self.trials, self.batch):
            asked = [study.ask(space) for _ in range(min(self.batch, self.trials - start))]
            overrides = [[*(f"{key}={value}" for key, value in trial.params.items()), *fixed] for trial in asked]
            for trial, done in zip(asked, self.launcher.launch(overrides, initial_job_idx=start), strict=True):
                self._tell(study, trial, done, failures)
        self._conclude(study, folder, failures)

    def _space(self, arguments: Sequence[str]) -> tuple[dict[str, Any], list[str]]:
        """Distributions by key, and the overrides that stay as they are; the command line goes before the config."""
        assert self.hydra_context is not None
        parser = OverridesParser.create(config_loader=self.hydra_context.config_loader)
        given = [*(f"{key!s}={value}" for key, value in self.params.items()), *arguments]
        overrides = {override.get_key_element(): override for override in parser.parse_overrides(given)}
        swept = {key: one for key, one in overrides.items() if one.is_sweep_override()}
        if not swept:
            raise UsageError(
                "there is nothing to search: name a space, as in 'classifier.C=interval(0.1,100)', or +sweep=baseline"
            )
        fixed = [str(one.input_line) for key, one in overrides.items() if key not in swept]
        return {key: _distribution(key, one) for key, one in swept.items()}, fixed

    def _tell(self, study: Any, trial: Any, done: JobReturn, failures: list[Exception]) -> None:
        """Tell the study the result of a trial, or that it failed."""
        try:
            study.tell(trial, float(done.return_value))
        except Exception as error:  # noqa: BLE001 - whatever a trial raised, the others go on; it is raised at the end
            LOG.warning("trial %d failed: %s", trial.number, error)
            failures.append(error)
            study.tell(trial, state=_import_optuna().trial.TrialState.FAIL)

    def _conclude(self, study: Any, folder: Path, failures: list[Exception]) -> None:
        if len(failures) == self.trials:
            raise failures[0]
        best = study.best_trial
        result = {"name": "search", "best_params": dict(best.params), "best_value": best.value}
        OmegaConf.save(OmegaConf.create(result), folder / RESULTS)
        LOG.info("best of %d trials: %.4f with %s", self.trials - len(failures), best.value,
                 " ".join(f"{key}={value}" for key, value in best.params.items()))  # fmt: skip
        if failures:
            raise StanceError(
                f"{len(failures)} of {self.trials} trials failed, the others are kept; the first: {failures[0]}"
            )


def _distribution(key: str, override: Override) -> Any:
    """Optuna's distribution of a sweep in Hydra's grammar: choice, range, interval, each also tagged `log`."""
    from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution

    value: Any = override.value()
    if isinstance(value, IntervalSweep):
        low, high, log = value.start, value.end, "log" in value.tags
        if isinstance(low, int) and isinstance(high, int):
            return IntDistribution(low, high, log=log)
        return FloatDistribution(float(low or 0), float(high or 0), log=log)
    if isinstance(value, RangeSweep) and all(isinstance(one, int) for one in (value.start, value.stop, value.step)):
        start, stop, step = (int(one or 0) for one in (value.start, value.stop, value.step))
        if step < 1 or start >= stop:
            raise UsageError(f"{key}: {override.input_line} is no range upwards")
        return IntDistribution(start, range(start, stop, step)[-1], step=step)
    if isinstance(value, ChoiceSweep | RangeSweep):
        return CategoricalDistribution(list(override.sweep_string_iterator()))
    raise UsageError(f"{key}: a search takes choice(...), range(...) and interval(...), not {override.input_line}")


def _import_optuna() -> Any:
    try:
        import optuna
    except ImportError as error:
        raise ExtraError("hydra/sweeper=search", "sweep", str(error)) from None
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    return optuna
