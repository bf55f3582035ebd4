import pytest

from stance.config import DataConfig, TrainConfig
from stance.errors import UsageError
from stance.labels import MOSCOW, SEVERAL, UNNAMED
from stance.setting import labels_folder, target_of


@pytest.mark.parametrize(
    ("data", "target", "named", "found"),
    [
        ({}, None, [], MOSCOW),
        ({}, "Minsk", [], "Minsk"),
        ({"kind": "table"}, None, ["", ""], UNNAMED),
        ({"kind": "table"}, "Brussels", ["", ""], "Brussels"),
        ({"kind": "pstance"}, None, ["Joe Biden", "Joe Biden"], "Joe Biden"),
        ({"kind": "pstance", "only": "Joe Biden"}, None, ["Joe Biden"], "Joe Biden"),
        ({"kind": "pstance"}, "Moscow", ["Joe Biden", "Bernie Sanders"], SEVERAL),
    ],
)
def test_the_target_is_that_of_the_rows_and_never_supposed(data, target, named, found):
    config = TrainConfig(data=DataConfig(**data), target=target)
    assert target_of(config, [{"target": name} for name in named]) == found


def test_what_is_for_imported_data_is_refused_for_labels_and_the_reverse():
    with pytest.raises(UsageError, match="data.only=Minsk is for imported data; of hand-made labels say target=Minsk"):
        target_of(TrainConfig(data=DataConfig(only="Minsk")), [])
    with pytest.raises(UsageError, match="data=table is for training; this needs hand-made labels"):
        labels_folder(DataConfig(kind="table", labels={}))
