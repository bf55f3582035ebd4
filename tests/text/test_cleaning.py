from collections import Counter

import pytest

from stance.records import Article
from stance.text.cleaning import Part, read_lines


def parts(article: Article) -> dict[str, Part]:
    return {article.text[line.start : line.end]: line.part for line in read_lines(article)}


@pytest.mark.parametrize(
    ("number", "furniture"),
    [
        (0, ["By Archys", "Shamil Zhumatov/Reuters", "Kremlin"]),
        (
            1,
            [
                "Source: Read Full Article",
                "Remains of Debbie Griggs found 20 years after murder by husband\xa0[LATEST]",
            ],
        ),
        (2, ["Please enter your name here", "Belarus riots (Photo: REUTERS / Vasily Fedosenko)"]),
        (3, ["What's Hot", "Lost password?", "May 20, 2022", "Related Posts", "• PODCAST"]),
        (4, ["Sedang Trending 3 bulan yang lalu 6", "Source News", "— NEXTA (@nexta_tv) March 19, 2022"]),
    ],
)
def test_page_furniture_and_captions_of_the_seeds_are_left_out(seeds, number, furniture):
    found = parts(seeds[number])
    assert {line: found[line] in (Part.FURNITURE, Part.CAPTION) for line in furniture} == dict.fromkeys(furniture, True)


def test_each_seed_keeps_its_headline(seeds):
    heads = ["The Future of", "Lukashenko mobilising", "Belarus riots:", "Is Belarus’", "Will Belarus,"]
    for article, head in zip(seeds, heads, strict=True):
        headlines = [line for line, part in parts(article).items() if part is Part.HEADLINE]
        assert headlines[0].startswith(head)


def test_the_body_of_each_seed_is_kept_whole(seeds):
    counts = [Counter(parts(article).values())[Part.BODY] for article in seeds]
    assert counts == [8, 16, 9, 11, 39]


def test_a_short_text_is_body_not_furniture():
    assert [line.part for line in read_lines(Article("a", "We categorically do not accept any war."))] == [Part.BODY]


def test_prose_after_a_share_bar_inside_the_article_is_kept():
    long = "The ministry said on Monday that the talks on the transit agreement would go on through the week."
    text = "\n\n".join([long, "Share this", *[f"{long} Part {n}." for n in range(4)]])
    assert sum(line.part is Part.BODY for line in read_lines(Article("a", text))) == 5
