import pytest

from stance.corpus import dataset
from stance.learning import surface
from stance.learning.surface import checked, tied_words, topic_shares


@pytest.fixture(scope="module")
def authored(labelled):
    return [row for row in labelled if row.origin == "authored" and not row.article]


def test_topics_and_names_occur_about_equally_often_in_every_class(authored):
    for topic, shares in topic_shares(authored).items():
        assert max(shares.values()) - min(shares.values()) <= 10, topic


def test_words_tied_to_a_class_are_found():
    class Row:
        def __init__(self, text, label):
            self.text, self.label = text, label

    rows = [Row(f"rain {'thanks' if k % 3 == 2 else 'road'} {k}", surface.NAMES[k % 3]) for k in range(60)]
    assert tied_words(rows, most=1)["supportive"][0][0] == "thanks"


@pytest.mark.slow
def test_the_surface_does_not_give_the_class_away(authored):
    found = surface.check_surface(authored, dataset.groups(authored))
    assert not found.metadata_tells
    assert found.uneven_topics == []
    assert found.words.value < 0.75
    assert found.curve[500].value < found.words.value


def test_a_check_is_kept_by_content_and_not_made_of_too_few(few, tmp_path, capsys):
    groups = dataset.groups(few)
    first = checked(few, groups, tmp_path, "mark")
    kept = (tmp_path / surface.CACHE).read_text()
    assert checked(few, groups, tmp_path, "mark") == first
    assert (tmp_path / surface.CACHE).read_text() == kept
    surface.show(first)
    assert ("within the bound" in capsys.readouterr().out) != first.metadata_tells
    assert checked(few[:6], groups[:6], tmp_path / "none", "other") is None
