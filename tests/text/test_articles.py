import io
import json

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from stance.errors import ArticleError, StanceError, UsageError
from stance.records import Article
from stance.text.articles import read_articles

PAGE = """<html><head><title>Minsk waits</title><meta property="og:site_name" content="The Daily"/>
<meta property="article:published_time" content="2023-05-04T10:00:00Z"/></head><body><nav><a href="/">Home</a></nav>
<article><h1>Minsk waits</h1><p>The government in Minsk said on Thursday that it would wait for the results of the talks.</p>
<p>Nobody in the capital expects an answer from Moscow before the end of the month, officials said.</p></article>
<footer>All rights reserved</footer></body></html>"""


def one(source, **options):
    outcomes = list(read_articles(source, **options))
    assert len(outcomes) == 1
    return outcomes[0]


def test_text_is_stored_as_it_stands(tmp_path):
    path = tmp_path / "a.txt"
    path.write_bytes("Łukaszenka said “no”.\r\nThen he left.\n".encode())
    assert one(path) == Article(str(path), "Łukaszenka said “no”.\r\nThen he left.\n")


def test_a_byte_order_mark_and_other_encodings_are_read(tmp_path):
    (tmp_path / "bom.txt").write_bytes("\ufeffMinsk said no.".encode())
    assert one(tmp_path / "bom.txt").text == "Minsk said no."
    russian = "Минск отказался признать обе республики, сообщили в среду в министерстве иностранных дел. " * 3
    (tmp_path / "cp1251.txt").write_bytes(russian.encode("cp1251"))
    assert one(tmp_path / "cp1251.txt").text == russian


def test_html_gives_text_title_date_and_outlet_without_the_page(tmp_path):
    path = tmp_path / "page.html"
    path.write_text(PAGE)
    article = one(path)
    assert "results of the talks" in article.text
    assert "All rights reserved" not in article.text
    assert (article.title, article.date, article.outlet) == ("Minsk waits", "2023-05-04", "The Daily")


def test_tables_carry_their_metadata(tmp_path):
    row = {"id": "x1", "text": "Minsk said no.", "date": "2022-05-04", "outlet": "Daily", "desk": "world"}
    (tmp_path / "a.jsonl").write_text(json.dumps(row) + "\n\n")
    (tmp_path / "a.csv").write_text(",".join(row) + "\n" + ",".join(row.values()) + "\n")
    pq.write_table(pa.Table.from_pylist([row]), tmp_path / "a.parquet")
    expected = Article("x1", "Minsk said no.", date="2022-05-04", outlet="Daily", metadata={"desk": "world"})
    assert [one(tmp_path / name) for name in ("a.jsonl", "a.csv", "a.parquet")] == [expected] * 3


def test_a_text_column_of_another_name_can_be_given(tmp_path):
    (tmp_path / "a.csv").write_text("nr,paragraph\n7,Minsk said no.\n")
    assert one(tmp_path / "a.csv", text_column="paragraph").text == "Minsk said no."
    assert "has no column 'text' or 'body'" in str(one(tmp_path / "a.csv"))
    assert "columns: nr, paragraph; name the right one with text_column=" in str(one(tmp_path / "a.csv"))


def test_one_bad_row_is_named_and_the_others_are_read(tmp_path):
    (tmp_path / "a.jsonl").write_text('{"text": "One."}\n{broken\n[1]\n{"text": ""}\n{"text": "Two."}\n')
    outcomes = list(read_articles(tmp_path / "a.jsonl"))
    assert [o.text for o in outcomes if isinstance(o, Article)] == ["One.", "Two."]
    failed = [str(o) for o in outcomes if isinstance(o, ArticleError)]
    assert [message.split("a.jsonl:")[1].split(":")[0] for message in failed] == ["2", "3", "4"]
    assert "is not JSON" in failed[0]
    assert "is list, not an object" in failed[1]
    assert "column 'text' is empty" in failed[2]


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("a.txt", b"", "is empty"),
        ("a.txt", b" \n ", "holds white space only"),
        ("a.txt", b"\x00\x01\x02", "is binary data"),
        ("a.docx", b"x", "unknown suffix '.docx'; readable: .csv"),
        ("a.parquet", b"not parquet", "is not a readable Parquet file"),
        ("a.html", b"<html></html>", "holds no article text"),
    ],
)
def test_an_unreadable_file_is_yielded_with_its_reason(tmp_path, name, content, reason):
    (tmp_path / name).write_bytes(content)
    outcome = one(tmp_path / name)
    assert isinstance(outcome, ArticleError)
    assert reason in str(outcome)
    assert name in outcome.source


def test_folders_and_globs_are_read_in_a_stable_order(tmp_path):
    for name in ("b.txt", "a.txt", ".hidden.txt"):
        (tmp_path / name).write_text(f"Text of {name}.")
    expected = ["Text of a.txt.", "Text of b.txt."]
    assert [a.text for a in read_articles(tmp_path)] == expected
    assert [a.text for a in read_articles(f"{tmp_path}/*.txt")] == expected


def test_standard_input_is_one_article(monkeypatch):
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b"Minsk said no.")))
    assert one("-") == Article("stdin", "Minsk said no.")


def test_an_input_that_names_nothing_is_a_usage_error(tmp_path):
    (tmp_path / "articles.txt").write_text("x")
    with pytest.raises(StanceError, match="Did you mean 'articles.txt'"):
        list(read_articles(tmp_path / "article.txt"))
    with pytest.raises(UsageError, match="matches no file"):
        list(read_articles(f"{tmp_path}/*.html"))
    (tmp_path / "empty").mkdir()
    with pytest.raises(UsageError, match="holds no file"):
        list(read_articles(tmp_path / "empty"))
