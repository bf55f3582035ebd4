from pathlib import Path

import pytest

from stance.errors import ArticleError
from stance.paths import shipped
from stance.text import gold
from stance.text.gold import Ratio, read_marked, same_holder, score_all

MARKED = Path(__file__).parents[1] / "data" / "reading"


def total(folder):
    readings = list(score_all((MARKED / folder).glob("*.marked")).values())
    whole = readings[0]
    for reading in readings[1:]:
        whole += reading
    return whole


def test_the_marks_of_the_seeds_give_the_stored_articles_back_exactly():
    paths = sorted((MARKED / "seeds").glob("*.marked"))
    stored = sorted(shipped("seeds").glob("*.txt"))
    assert [read_marked(p).article.text for p in paths] == [p.read_bytes().decode() for p in stored]


def test_the_five_seeds_are_read_as_well_as_promised():
    whole = total("seeds")
    assert whole.furniture.f1 >= 0.97
    assert whole.boundaries.f1 >= 0.99
    assert whole.quotes.f1 >= 0.95
    assert whole.holders.f1 >= 0.90
    assert (whole.boundaries.marked, whole.quotes.marked, whole.holders.marked) == (162, 34, 75)


@pytest.mark.parametrize(
    ("folder", "floors"), [("development", (0.95, 0.97, 0.93, 0.80)), ("unseen", (0.92, 0.97, 0.87, 0.69))]
)
def test_other_layouts_stay_as_well_read_as_they_were_measured(folder, floors):
    whole = total(folder)
    found = (whole.furniture.f1, whole.boundaries.f1, whole.quotes.f1, whole.holders.f1)
    assert all(value >= floor for value, floor in zip(found, floors, strict=True)), found


def test_a_mark_that_does_not_fit_is_named_with_its_line(tmp_path):
    path = tmp_path / "a.marked"
    for text, message in [
        ("H|{{au}}One\nno mark", "a.marked:2: a line must begin with"),
        ("B|{{xx:who}}One.", "kind 'xx' is not one of dq, iq, aa, au"),
        ("B|{{au}}One.⟧", "that ⟦ did not open"),
    ]:
        path.write_text(text)
        with pytest.raises(ArticleError, match=message):
            read_marked(path)


def test_holders_are_compared_by_their_words_and_head():
    assert same_holder("the Belarusian president", "Belarusian president")
    assert same_holder("Svetlana Tikhnovskaya", "Sviatlana Tsikhanouskaya")
    assert same_holder("spokesman for the German Foreign Ministry", "a spokesman for the German Foreign Ministry")
    assert not same_holder("Alexander Lukashenko", "Vladimir Putin")
    assert not same_holder("Belarus", "Belarusian opposition leader")


def test_an_f1_counts_right_found_and_marked():
    assert Ratio(3, 4, 5).f1 == pytest.approx(2 * 3 / 9)
    assert Ratio(0, 0, 0).f1 == 1
    assert gold.Ratio(1, 2, 3) + Ratio(1, 1, 1) == Ratio(2, 3, 4)
