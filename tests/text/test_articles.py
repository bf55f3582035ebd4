import gzip
import io
import json

import fsspec
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from stance.errors import ArticleError, StanceError, UsageError
from stance.records import Article
from stance.text.articles import join_lines, read_articles

PAGE = """<html><head><title>Minsk waits</title><meta property="og:site_name" content="The Daily"/>
<meta property="article:published_time" content="2023-05-04T10:00:00Z"/></head><body><nav><a href="/">Home</a></nav>
<article><h1>Minsk waits</h1><p>The government in Minsk said on Thursday that it would wait for the results of the talks.</p>
<p>Nobody in the capital expects an answer from Moscow before the end of the month, officials said.</p></article>
<footer>All rights reserved</footer></body></html>"""


CONTENT = (
    b"BT /F1 12 Tf 20 150 Td (The ministry in Minsk said on Thursday that it) Tj "
    b"0 -14 Td (would wait for the results.) Tj ET"
)
PDF = b"""%%PDF-1.4
1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj
2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj
3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 400 200]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>endobj
4 0 obj<</Length %d>>stream
%s
endstream endobj
5 0 obj<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>endobj
trailer<</Root 1 0 R>>
startxref
0
%%%%EOF
""" % (len(CONTENT), CONTENT)


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


def test_gzipped_files_of_every_format_are_read(tmp_path):
    (tmp_path / "a.txt.gz").write_bytes(gzip.compress("Minsk said “no”.".encode()))
    (tmp_path / "b.jsonl.gz").write_bytes(gzip.compress(b'{"text": "Minsk said no."}'))
    assert [a.text for a in read_articles(tmp_path)] == ["Minsk said “no”.", "Minsk said no."]
    (tmp_path / "a.txt.gz").write_bytes(b"not gzip")
    assert "Not a gzipped file" in str(one(tmp_path / "a.txt.gz"))


def test_mojibake_is_mended_and_sound_text_left_alone(tmp_path):
    (tmp_path / "bad.txt").write_text("â€œWe will not go,â€\x9d said the minister of TÃ¼rkiye.", encoding="utf-8")
    assert one(tmp_path / "bad.txt").text == "“We will not go,” said the minister of Türkiye."
    (tmp_path / "good.txt").write_text("“Façade”, said Erdoğan… vis-à-vis", encoding="utf-8")
    assert one(tmp_path / "good.txt").text == "“Façade”, said Erdoğan… vis-à-vis"


def test_half_of_a_surrogate_pair_becomes_a_mark_that_can_be_written(tmp_path):
    (tmp_path / "a.jsonl").write_text('{"text": "Minsk said no. \\ud83d", "title": "No \\ude00"}\n')
    article = one(tmp_path / "a.jsonl")
    assert (article.text, article.title) == ("Minsk said no. \ufffd", "No \ufffd")


def test_urls_of_a_file_system_are_read_like_files():
    memory = fsspec.filesystem("memory")
    for name in ("b", "a"):
        memory.pipe_file(f"/news/{name}.txt", f"Text of {name}.".encode())
    assert [a.text for a in read_articles("memory://news/*.txt")] == ["Text of a.", "Text of b."]
    assert [a.text for a in read_articles("memory://news")] == ["Text of a.", "Text of b."]
    assert one("memory://news/b.txt").text == "Text of b."
    with pytest.raises(UsageError, match="matches no file"):
        list(read_articles("memory://news/c.txt"))
    with pytest.raises(UsageError, match="cannot be read"):
        list(read_articles("nonsense://news"))


def test_a_pdf_gives_its_paragraphs_joined_and_an_empty_one_its_reason(tmp_path):
    pypdf = pytest.importorskip("pypdf")
    (tmp_path / "a.pdf").write_bytes(PDF)
    assert one(tmp_path / "a.pdf").text == "The ministry in Minsk said on Thursday that it would wait for the results."
    writer = pypdf.PdfWriter()
    writer.add_blank_page(100, 100)
    writer.write(tmp_path / "blank.pdf")
    assert "run it through OCR first" in str(one(tmp_path / "blank.pdf"))
    (tmp_path / "bad.pdf").write_bytes(b"no pdf")
    assert "is not a readable PDF" in str(one(tmp_path / "bad.pdf"))


def test_broken_lines_are_joined_into_paragraphs():
    text = "The ministry said that the trans-\nit would wait for the results of the talks in\nMinsk.\n\nNobody came."
    assert join_lines(text) == (
        "The ministry said that the transit would wait for the results of the talks in Minsk.\nNobody came."
    )


def test_folders_and_globs_are_read_in_a_stable_order(tmp_path):
    (tmp_path / ".checkpoints").mkdir()
    for name in ("b.txt", "a.txt", ".hidden.txt", ".checkpoints/a.txt"):
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
        read_articles(f"{tmp_path}/*.html")
    (tmp_path / "empty").mkdir()
    with pytest.raises(UsageError, match="holds no file"):
        list(read_articles(tmp_path / "empty"))
