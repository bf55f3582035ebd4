"""Read articles from files, folders, globs or standard input, one failure never stopping the rest."""

import csv
import glob
import io
import json
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from stance.errors import ArticleError, ChoiceError, UsageError
from stance.records import Article

TEXT_COLUMNS = ("text", "body", "content", "article_text", "article", "sentence")
"""Names tried, in this order, for the column that holds an article's text."""

FIELDS = {
    "id": ("id", "article_id", "uid"),
    "title": ("title", "headline"),
    "date": ("date", "published", "published_at", "publication_date"),
    "outlet": ("outlet", "source", "sitename", "publisher"),
    "author": ("author", "byline"),
    "url": ("url", "link"),
}

Outcome = Article | ArticleError
Row = Mapping[str, Any]


def read_articles(source: str | Path, *, text_column: str | None = None) -> Iterator[Outcome]:
    """Yield every article of a file, folder, glob or `-` (standard input), in a stable order.

    What cannot be read is yielded as an ArticleError that names it and the reason, and reading goes on.
    Raises UsageError if the source names nothing at all.
    """
    if str(source) == "-":
        yield from _read_stdin()
        return
    for path in _expand(str(source)):
        yield from read_file(path, text_column=text_column)


def read_file(path: Path, *, text_column: str | None = None) -> Iterator[Outcome]:
    """Yield the article or articles of one file; the suffix decides the format."""
    try:
        reader = READERS.get(path.suffix.lower())
        if reader is None:
            raise ArticleError(str(path), f"unknown suffix {path.suffix!r}; readable: {', '.join(sorted(READERS))}")
        if path.stat().st_size == 0:
            raise ArticleError(str(path), "is empty")
        yield from reader(path, text_column)
    except OSError as error:
        yield ArticleError(str(path), error.strerror or str(error))
    except ArticleError as error:
        yield error


def decode(raw: bytes, source: str) -> str:
    """Decode UTF-8, or whatever charset-normalizer finds most likely; raise ArticleError for binary data."""
    if b"\x00" in raw[:4096] and not raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise ArticleError(source, "is binary data, not text")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        from charset_normalizer import from_bytes

        best = from_bytes(raw).best()
        if best is None:
            raise ArticleError(source, "has no encoding that can be recognised; save it as UTF-8") from None
        return str(best)


def from_html(html: str, source: str) -> Article:
    """Extract the article from a page with trafilatura, the title as the first line of its text."""
    from trafilatura import bare_extraction
    from trafilatura.settings import Document

    document = bare_extraction(html, with_metadata=True, include_comments=False, include_tables=False)
    body = (document.text or "").strip() if isinstance(document, Document) else ""
    if not isinstance(document, Document) or not body:
        raise ArticleError(source, "holds no article text that can be extracted from its HTML")
    title = document.title
    text = body if not title or body.startswith(title) else f"{title}\n\n{body}"
    return Article(source, text, title, document.date, document.sitename, document.author, document.url)


def from_row(row: Row, source: str, text_column: str | None) -> Article:
    """Build an article from one record of a table; unknown columns go to its metadata."""
    column = text_column or next((name for name in TEXT_COLUMNS if name in row), None)
    if column is None or column not in row:
        raise ArticleError(source, _no_text_column(column, row))
    text = row[column]
    if not isinstance(text, str) or not text.strip():
        raise ArticleError(source, f"column {column!r} is empty")
    known: dict[str, Any] = {}
    for field, names in FIELDS.items():
        name = next((name for name in names if row.get(name) not in (None, "") and name != column), None)
        known[field] = str(row[name]) if name else None
    rest = {k: v for k, v in row.items() if k != column and all(k not in names for names in FIELDS.values())}
    identifier = known.pop("id") or source
    return Article(identifier, text, **known, metadata=rest)


def _no_text_column(wanted: str | None, row: Row) -> str:
    tried = repr(wanted) if wanted else " or ".join(map(repr, TEXT_COLUMNS))
    return f"has no column {tried}; columns: {', '.join(map(str, row))}; name the right one with text_column="


def _expand(source: str) -> list[Path]:
    path = Path(source).expanduser()
    if path.is_file():
        return [path]
    if path.is_dir():
        found = sorted(p for p in path.rglob("*") if p.is_file() and not p.name.startswith("."))
        if not found:
            raise UsageError(f"the folder {source} holds no file; readable suffixes: {', '.join(sorted(READERS))}")
        return found
    if glob.has_magic(source):
        matched = sorted(Path(p) for p in glob.glob(str(path), recursive=True) if Path(p).is_file())
        if not matched:
            raise UsageError(f"the pattern {source} matches no file")
        return matched
    if path.parent.is_dir() and not path.exists():
        names = [p.name for p in path.parent.iterdir()]
        raise ChoiceError(f"the input {source}: in {path.parent} the name", path.name, names)
    raise UsageError(f"the input {source} does not exist; give a file, a folder, a glob, or - for standard input")


def _read_stdin() -> Iterator[Outcome]:
    source = "standard input"
    try:
        text = decode(sys.stdin.buffer.read(), source)
        if not text.strip():
            raise ArticleError(source, "is empty")
        yield Article("stdin", text)
    except ArticleError as error:
        yield error


def _read_text(path: Path, _: str | None) -> Iterator[Outcome]:
    text = decode(path.read_bytes(), str(path))
    if not text.strip():
        raise ArticleError(str(path), "holds white space only")
    yield Article(str(path), text)


def _read_html(path: Path, _: str | None) -> Iterator[Outcome]:
    yield from_html(decode(path.read_bytes(), str(path)), str(path))


def _rows(rows: Iterable[tuple[str, Row | ArticleError]], column: str | None) -> Iterator[Outcome]:
    for source, row in rows:
        try:
            yield row if isinstance(row, ArticleError) else from_row(row, source, column)
        except ArticleError as error:
            yield error


def _read_jsonl(path: Path, column: str | None) -> Iterator[Outcome]:
    lines = enumerate(decode(path.read_bytes(), str(path)).split("\n"), 1)
    sources = ((f"{path}:{number}", line) for number, line in lines if line.strip())
    yield from _rows(((source, _parse(line, source)) for source, line in sources), column)


def _parse(line: str, source: str) -> Row | ArticleError:
    try:
        row = json.loads(line)
    except json.JSONDecodeError as error:
        return ArticleError(source, f"is not JSON: {error}")
    if not isinstance(row, dict):
        return ArticleError(source, f"is {type(row).__name__}, not an object with named fields")
    return row


def _read_csv(path: Path, column: str | None) -> Iterator[Outcome]:
    delimiter = "\t" if path.suffix.lower() == ".tsv" else ","
    csv.field_size_limit(2**31 - 1)
    reader = csv.DictReader(io.StringIO(decode(path.read_bytes(), str(path)), newline=""), delimiter=delimiter)
    yield from _rows(((f"{path}:{reader.line_num}", row) for row in reader), column)


def _read_parquet(path: Path, column: str | None) -> Iterator[Outcome]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        batches = pq.ParquetFile(path).iter_batches()
        rows = (row for batch in batches for row in batch.to_pylist())
        yield from _rows(((f"{path}:{number}", row) for number, row in enumerate(rows)), column)
    except pa.ArrowException as error:
        raise ArticleError(str(path), f"is not a readable Parquet file: {error}") from None


READERS: dict[str, Callable[[Path, str | None], Iterator[Outcome]]] = {
    ".txt": _read_text,
    ".md": _read_text,
    ".html": _read_html,
    ".htm": _read_html,
    ".jsonl": _read_jsonl,
    ".csv": _read_csv,
    ".tsv": _read_csv,
    ".parquet": _read_parquet,
}
