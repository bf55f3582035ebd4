import pytest

from stance.errors import UsageError
from stance.text.relevance import Relevance


@pytest.mark.parametrize(
    ("term", "sentence", "found"),
    [
        ("Russia*", "the RUSSIANS came", True),
        ("Russia*", "Belorussian tea", False),
        ("Kiev", "Kievan Rus", False),
        ("Minsk agreement*", "the Minsk\nagreements hold", True),
        ("Minsk agreement*", "the Minsk Group agreements", False),
        ("MH-17", "Flight MH-17.", True),
        ("U.S.S.R.", "the U.S.S.R. was", True),
        ("U.S.S.R.", "the U.S.S.R.s were", False),
        ("permanent member* ... violat*", "a permanent member of the Council has violated it", True),
        ("permanent member* ... violat*", "it violated what permanent members said", False),
        ("a ... b", "a " + "x" * 200 + " b", False),
    ],
)
def test_a_term_is_found_as_written(term, sentence, found):
    assert Relevance([term]).names(sentence) is found


def test_wordings_without_a_name_give_way_to_other_conflicts():
    relevance = Relevance(["Crimea"], unnamed=["annexation"], unless=["Jerusalem"])
    assert relevance.names("We reject annexation.")
    assert not relevance.names("We reject the annexation of Jerusalem.")
    assert relevance.names("Crimea and Jerusalem: no annexation.")


def test_the_window_adds_neighbours_and_stops_at_the_ends():
    sentences = ["Crimea.", "b", "c", "d", "Crimea."]
    assert Relevance(["Crimea"]).find(sentences) == [0, 4]
    assert Relevance(["Crimea"], window=1).find(sentences) == [0, 1, 3, 4]
    assert Relevance(["Crimea"], window=9).find(["x"]) == []


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"terms": []}, "terms is empty"),
        ({"terms": ["Crimea", " * "]}, r"the term ' \* ' holds no word"),
        ({"terms": ["Crimea"], "window": -1}, "window is -1"),
    ],
)
def test_a_filter_that_means_nothing_is_refused(arguments, message):
    with pytest.raises(UsageError, match=message):
        Relevance(**arguments)
