from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stance.records import Article
from stance.text.sentences import read_sentences, split, stream_sentences

PIECES = st.sampled_from(
    ["He left.", "“No war,” she said.", "Mr. Putin", "vis-à-vis", "\n", "\n\n", " ", "\u00a0", "3 p.m.", "U.S. aid", "…",
     "!”", "• item", "http://x.y/z", "\t", "\r\n", "Łukaszenka said so.", "‘Why?’", "(Photo: A / Reuters)", "\u2028"]
)  # fmt: skip
TEXTS = st.one_of(st.text(max_size=200), st.lists(PIECES, max_size=30).map(" ".join))


@given(TEXTS)
def test_offsets_give_back_each_sentence_exactly(text):
    article = Article("a", text)
    sentences = read_sentences(article)
    assert all(article.text[s.start : s.end] == s.text and s.text for s in sentences)
    assert [s.index for s in sentences] == list(range(len(sentences)))
    assert all(a.end <= b.start for a, b in zip(sentences, sentences[1:], strict=False))


@given(TEXTS)
def test_splitting_loses_nothing_but_white_space(text):
    spans = split(text)
    kept = "".join(text[a:b] for a, b in spans)
    assert "".join(kept.split()) == "".join(text.split())


def test_offsets_are_exact_in_the_seeds(seeds):
    for article in seeds:
        sentences = read_sentences(article)
        assert len(sentences) > 20
        assert all(article.text[s.start : s.end] == s.text for s in sentences)


CASES = [
    line for line in (Path(__file__).parents[1] / "data" / "boundaries.txt").read_text("utf-8").splitlines()
    if not line.startswith("#")
]  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_a_case_of_the_challenge_file_is_cut_where_it_is_marked(case):
    expected = case.split("¦")
    text = " ".join(expected)
    assert [text[a:b] for a, b in split(text)] == expected


def test_a_sentence_ending_in_an_everyday_word_is_not_glued_to_the_next():
    text = "The morale among them is very low. That is why the Kremlin waits."
    assert [text[a:b] for a, b in split(text)] == [
        "The morale among them is very low.",
        "That is why the Kremlin waits.",
    ]


def test_titles_and_initials_do_not_end_a_sentence():
    text = "Mr. Putin met Gen. Gerasimov at 3 p.m. on Monday. They talked."
    assert [text[a:b] for a, b in split(text)][-1] == "They talked."
    assert len(split(text)) == 2


def test_a_closing_quotation_mark_stays_with_its_sentence():
    text = "“We will not go. We will stay.” He left."
    assert [text[a:b] for a, b in split(text)] == ["“We will not go.", "We will stay.”", "He left."]


def test_a_stream_of_articles_is_read_one_after_another():
    articles = [Article("a", "One sentence is here."), Article("b", "Another one is here.")]
    assert [s.article for s in stream_sentences(articles)] == ["a", "b"]
