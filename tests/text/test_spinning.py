from pathlib import Path

import pytest

from stance.text.gold import read_marked
from stance.text.spinning import copy_quality, restore
from stance.text.stories import kept_text

MARKED = Path(__file__).parents[1] / "data" / "reading"


@pytest.mark.parametrize("path", sorted(MARKED.glob("*/*.marked")), ids=lambda path: path.stem)
def test_spun_copy_is_flagged_and_nothing_else_is(path):
    quality = copy_quality(kept_text(read_marked(path).article))
    assert quality.is_spun == (path.stem in ("004", "n07"))


def test_machine_translated_pages_are_flagged_and_no_others():
    flags = {p.stem: copy_quality(kept_text(read_marked(p).article)) for p in MARKED.glob("*/*.marked")}
    assert {name for name, quality in flags.items() if quality.is_translated} == {"002", "e07", "n11"}


def test_known_swaps_are_undone_and_counted():
    text = "“With hate!” helium said astatine the borderline connected Friday."
    assert restore(text) == ("“With hate!” he said at the border on Friday.", 4)


def test_outside_spun_copy_words_that_may_mean_what_they_say_stay():
    assert restore("The two were connected by a successful deal.", spun=False)[1] == 0


def test_a_short_text_is_not_judged():
    assert copy_quality("helium helium helium").synonym_spun == 0
