import inspect

import pytest
from hydra import compose, initialize_config_dir
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.types import RunMode
from hydra.utils import get_object
from omegaconf import OmegaConf

from stance.config import SCHEMAS, _quoted
from stance.paths import shipped
from stance.runs.tracking import KINDS

CONFIGS = shipped("configs")
SWEEPS = sorted(path.stem for path in (CONFIGS / "sweep").glob("*.yaml"))
EXPERIMENTS = sorted(path.stem for path in (CONFIGS / "experiment").glob("*.yaml"))


def composed(name, *overrides):
    with initialize_config_dir(version_base="1.3", config_dir=str(CONFIGS)):
        return compose(name, overrides=list(overrides))


def targets(node):
    """Every sub-config with a `_target_`, however deep."""
    if isinstance(node, dict):
        if "_target_" in node:
            yield node
        for value in node.values():
            yield from targets(value)
    elif isinstance(node, list):
        for value in node:
            yield from targets(value)


@pytest.mark.parametrize("experiment", EXPERIMENTS)
def test_every_experiment_composes_fits_its_schema_and_binds_to_what_it_names(experiment):
    config = composed("train", f"+experiment={experiment}")
    plain = OmegaConf.to_container(config, resolve=True)
    assert type(OmegaConf.to_object(config)) is SCHEMAS["train"]
    found = list(targets(plain))
    assert len(found) >= 2
    for node in found:
        arguments = {key: value for key, value in node.items() if not key.startswith("_")}
        inspect.signature(get_object(node["_target_"])).bind(**arguments)


@pytest.mark.parametrize("sweep", SWEEPS)
def test_every_sweep_composes_and_names_settings_that_exist(sweep):
    with initialize_config_dir(version_base="1.3", config_dir=str(CONFIGS)):
        config = compose("train", ["+experiment=baseline", f"+sweep={sweep}"], return_hydra_config=True)
    assert config.hydra.mode is RunMode.MULTIRUN
    space = config.hydra.sweeper.params
    assert space
    missing = object()
    assert all(OmegaConf.select(config, key, default=missing) is not missing for key in space)
    parsed = OverridesParser.create().parse_overrides([f"{key}={value}" for key, value in space.items()])
    assert all(override.is_sweep_override() for override in parsed)


@pytest.mark.parametrize("tracking", ["none", "mlflow"])
def test_every_way_of_tracking_is_one_the_code_knows(tracking):
    assert composed("train", "name=x", f"tracking={tracking}").tracking.kind in KINDS


@pytest.mark.parametrize("group", ["features", "classifier"])
def test_every_choice_of_a_group_binds_to_what_it_names(group):
    choices = sorted(path.stem for path in (CONFIGS / group).glob("*.yaml"))
    assert choices
    for choice in choices:
        plain = OmegaConf.to_container(composed("train", "name=x", f"{group}={choice}"), resolve=True)
        node = plain[group]
        arguments = {key: value for key, value in node.items() if not key.startswith("_")}
        inspect.signature(get_object(node["_target_"])).bind(**arguments)


@pytest.mark.parametrize("choice", sorted(path.stem for path in (CONFIGS / "estimator").glob("*.yaml")))
def test_every_estimator_can_teach_and_binds_to_what_it_names(choice):
    named = ["classifier.teacher.reference=baseline@1"] if choice == "saved" else []
    config = composed("train", "+experiment=distilled", f"estimator@classifier.teacher={choice}", *named)
    for node in targets(OmegaConf.to_container(config.classifier.teacher, resolve=True)):
        arguments = {key: value for key, value in node.items() if not key.startswith("_")}
        inspect.signature(get_object(node["_target_"])).bind(**arguments)


@pytest.mark.parametrize("name", sorted(SCHEMAS))
def test_every_command_has_a_config_that_adds_nothing_to_its_schema(name):
    config = composed(name)
    assert set(config) == set(SCHEMAS[name].__dataclass_fields__)


@pytest.mark.parametrize(
    ("argument", "expected"),
    [
        ("input=my articles/a (1).txt", "input='my articles/a (1).txt'"),
        ("input=it's=here.txt", r"input='it\'s=here.txt'"),
        ("input=[a.txt,b.txt]", "input=[a.txt,b.txt]"),
        ("output=null", "output=null"),
        ("seed=3", "seed=3"),
        ("data.labels=my labels", "data.labels='my labels'"),
    ],
)
def test_paths_may_hold_characters_of_the_override_grammar(argument, expected):
    assert _quoted(argument) == expected
