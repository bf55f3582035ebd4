import random
import re
from pathlib import Path

import pytest

from stance.records import Article
from stance.text.gold import read_marked
from stance.text.stories import SAME, StoryIndex, find_stories, kept_text, similarity

MARKED = Path(__file__).parents[1] / "data" / "reading"
ARTICLES = [read_marked(path).article for path in sorted(MARKED.glob("*/*.marked"))]
WORDS = [word for article in ARTICLES for word in article.text.split()]


def swapped(text, share, seed=0):
    """A copy with a share of its words swapped for others, as spinning does."""
    draw = random.Random(seed)
    return re.sub(r"\w+", lambda match: draw.choice(WORDS) if draw.random() < share else match[0], text)


@pytest.mark.parametrize("share", [0.05, 0.15, 0.25])
def test_a_copy_with_words_swapped_is_found_among_all_the_others(share):
    index = StoryIndex()
    kept = {article.id: kept_text(article) for article in ARTICLES}
    for name, text in kept.items():
        index.add(name, text)
    found = [index.add(f"copy of {name}", swapped(text, share)) for name, text in kept.items()]
    right = sum(story in (name, "n02") for story, name in zip(found, kept, strict=True))
    assert right == len(kept) == 42


def test_no_two_different_articles_are_merged_but_the_spun_twin_is():
    told = {one.article: one.story for one in find_stories(ARTICLES)}
    merged = {article: story for article, story in told.items() if article != story}
    assert merged == {"n07": "n02"}


ONE = """The parliament of Kazakhstan on Thursday postponed a vote on a pipeline agreement with Russia. Members of the
energy committee had asked for more time. The draft was sent back after a debate of six hours, in which the deputy
minister defended the price formula and several members complained that it had not been shown to them before."""
OTHER = """A vote on the pipeline deal between Astana and Moscow was put off by Kazakh lawmakers on Thursday. The text
goes back to the energy committee, whose chairwoman said that its price formula was news to her. The deputy minister
spoke for an hour; the sitting lasted until late in the evening and ended with a request for more time."""


def test_two_reports_of_one_event_in_other_words_stay_apart():
    index = StoryIndex()
    assert [index.add("one", ONE), index.add("other", OTHER)] == ["one", "other"]
    assert similarity(ONE.lower().split(), OTHER.lower().split()) < SAME / 1.5


def test_an_extract_belongs_to_the_story_of_its_whole():
    index = StoryIndex()
    index.add("whole", ONE)
    assert index.add("extract", ONE[: len(ONE) * 2 // 3]) == "whole"


def test_similarity_is_the_share_of_the_shorter_in_order():
    assert similarity(list("abcd"), list("abxd")) == 0.75
    assert similarity(list("ab"), list("xaybz")) == 1
    assert similarity([], list("a")) == 0


def test_an_empty_text_is_a_story_of_its_own():
    assert [one.story for one in find_stories([Article("a", ""), Article("b", "")])] == ["a", "b"]
