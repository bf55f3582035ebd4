"""Read articles from files, folders, globs, URLs or standard input, one failure never stopping the rest."""

import csv
import glob
import gzip
import io
import json
import sys
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from itertools import chain
from pathlib import Path, PurePath, PurePosixPath
from typing import Any

from stance.errors import ArticleError, ChoiceError, ExtraError, UsageError
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


@dataclass(frozen=True, slots=True)
class File:
    """A named file, local or behind an fsspec URL; `read` gives its bytes, those of a .gz decompressed."""

    name: str
    load: Callable[[], bytes]

    @property
    def suffix(self) -> str:
        """Suffix that decides the format, that before a .gz."""
        path = PurePosixPath(self.name.removesuffix(".gz"))
        return path.suffix.lower()

    def read(self) -> bytes:
        """Content of the file; raises ArticleError where it cannot be had."""
        try:
            raw = self.load()
            if self.name.endswith(".gz"):
                raw = gzip.decompress(raw)
        except (OSError, EOFError, zlib.error) as error:
            raise ArticleError(self.name, getattr(error, "strerror", None) or str(error) or "cannot be read") from None
        if not raw:
            raise ArticleError(self.name, "is empty")
        return raw


def read_articles(source: str | Path, *, text_column: str | None = None) -> Iterator[Outcome]:
    """Yield every article of a file, folder, glob, fsspec URL or `-` (standard input), in a stable order.

    What cannot be read is yielded as an ArticleError that names it and the reason, and reading goes on.
    Raises UsageError at once, before anything is read, if the source names nothing at all.
    """
    if str(source) == "-":
        return read_file(File("stdin", sys.stdin.buffer.read), text_column=text_column, as_text=True)
    files = _expand(str(source))
    return chain.from_iterable(read_file(file, text_column=text_column) for file in files)


def read_file(file: File, *, text_column: str | None = None, as_text: bool = False) -> Iterator[Outcome]:
    """Yield the article or articles of one file; the suffix decides the format unless it is to be read as text."""
    try:
        reader = READERS[".txt"] if as_text else READERS.get(file.suffix)
        if reader is None:
            raise ArticleError(
                file.name, f"unknown suffix {file.suffix!r}; readable: {', '.join(sorted(READERS))}, .gz"
            )
        yield from reader(file, text_column)
    except ArticleError as error:
        yield error


def decode(raw: bytes, source: str) -> str:
    """Decode UTF-8, or whatever charset-normalizer finds most likely, and undo mojibake with ftfy.

    Offsets refer to the text returned here. Raises ArticleError for binary data.
    """
    if b"\x00" in raw[:4096] and not raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise ArticleError(source, "is binary data, not text")
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        from charset_normalizer import from_bytes

        best = from_bytes(raw).best()
        if best is None:
            raise ArticleError(source, "has no encoding that can be recognised; save it as UTF-8") from None
        text = str(best)
    return mend(text)


def mend(text: str) -> str:
    """Undo mojibake ("â€œwarâ€" for “war”) where there is some; other text comes back as it is.

    Half of a surrogate pair, as cut emojis leave it, cannot be written anywhere and becomes U+FFFD.
    """
    if text.isascii():
        return text
    text = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    from ftfy import badness, fix_encoding

    return fix_encoding(text) if badness.is_bad(text) else text


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
        known[field] = mend(str(row[name])) if name else None
    rest = {k: v for k, v in row.items() if k != column and all(k not in names for names in FIELDS.values())}
    identifier = known.pop("id") or source
    return Article(identifier, mend(text), **known, metadata=rest)


def _no_text_column(wanted: str | None, row: Row) -> str:
    tried = repr(wanted) if wanted else " or ".join(map(repr, TEXT_COLUMNS))
    return f"has no column {tried}; columns: {', '.join(map(str, row))}; name the right one with text_column="


def _expand(source: str) -> list[File]:
    if "://" in source:
        return _expand_url(source)
    path = Path(source).expanduser()
    if path.is_file():
        return [_local(path)]
    if path.is_dir():
        found = sorted(p for p in path.rglob("*") if p.is_file() and not is_hidden(p.relative_to(path)))
        if not found:
            raise UsageError(f"the folder {source} holds no file; readable suffixes: {', '.join(sorted(READERS))}")
        return [_local(p) for p in found]
    if glob.has_magic(source):
        matched = sorted(Path(p) for p in glob.glob(str(path), recursive=True) if Path(p).is_file())
        if not matched:
            raise UsageError(f"the pattern {source} matches no file")
        return [_local(p) for p in matched]
    if path.parent.is_dir() and not path.exists():
        names = [p.name for p in path.parent.iterdir()]
        raise ChoiceError(f"the input {source}: in {path.parent} the name", path.name, names)
    raise UsageError(f"the input {source} does not exist; give a file, a folder, a glob, or - for standard input")


def is_hidden(path: PurePath) -> bool:
    """Whether a name on the path, taken from the folder that was asked for, begins with a dot."""
    return any(part.startswith(".") for part in path.parts)


def _local(path: Path) -> File:
    return File(str(path), path.read_bytes)


def _expand_url(source: str) -> list[File]:
    """Files behind an fsspec URL, a glob or a folder among them; raises ExtraError where its protocol needs one."""
    import fsspec

    try:
        system, path = fsspec.core.url_to_fs(source)
    except ImportError as error:
        protocol = source.partition("://")[0]
        extra = {"s3": "s3"}.get(protocol)
        raise ExtraError(f"reading {protocol}:// URLs", extra, str(error)) from None
    except ValueError as error:
        raise UsageError(f"the input {source} cannot be read: {error}") from None
    paths = sorted(system.glob(path)) if glob.has_magic(path) else [path]
    files = [p for found in paths for p in (sorted(system.find(found)) if system.isdir(found) else [found])]
    if not files or (len(files) == 1 and not system.exists(files[0])):
        raise UsageError(f"the input {source} matches no file")
    return [File(str(p), partial(system.cat_file, p)) for p in files]


def _read_text(file: File, _: str | None) -> Iterator[Outcome]:
    text = decode(file.read(), file.name)
    if not text.strip():
        raise ArticleError(file.name, "holds white space only")
    yield Article(file.name, text)


def _read_html(file: File, _: str | None) -> Iterator[Outcome]:
    yield from_html(decode(file.read(), file.name), file.name)


def _read_pdf(file: File, _: str | None) -> Iterator[Outcome]:
    """Text of a PDF's pages, its broken lines joined to paragraphs; needs the extra `pdf`."""
    try:
        from pypdf import PdfReader
    except ImportError as error:
        raise ArticleError(file.name, str(ExtraError("reading PDF files", "pdf", str(error)))) from None
    raw = io.BytesIO(file.read())
    try:
        reader = PdfReader(raw)
        pages = [page.extract_text() for page in reader.pages]
        title = reader.metadata.title if reader.metadata else None
    except Exception as error:  # noqa: BLE001 - a broken file makes pypdf raise whatever it happens to break
        raise ArticleError(file.name, f"is not a readable PDF: {error}") from None
    text = mend(join_lines("\n".join(pages)))
    if not text.strip():
        raise ArticleError(file.name, "is a PDF without text (scanned pages?); run it through OCR first")
    yield Article(file.name, text, title and mend(title))


def join_lines(text: str) -> str:
    """Join the broken lines of a page into paragraphs: a line goes on unless it ends a sentence short of the margin."""
    lines = [line.strip() for line in text.split("\n")]
    margin = max(map(len, lines), default=0) * 0.75
    joined = ""
    for line in lines:
        if not joined or joined.endswith("\n"):
            joined += line or ("\n" if joined else "")
        elif not line:
            joined += "\n"
        elif joined.endswith("-") and line[0].islower():
            joined = joined[:-1] + line
        else:
            last = joined.rpartition("\n")[2]
            ends = last.endswith((".", "!", "?", "”", '"')) and len(last.split("\n")[-1]) < margin
            joined += ("\n" if ends else " ") + line
    return joined


def _rows(rows: Iterable[tuple[str, Row | ArticleError]], column: str | None) -> Iterator[Outcome]:
    for source, row in rows:
        try:
            yield row if isinstance(row, ArticleError) else from_row(row, source, column)
        except ArticleError as error:
            yield error


def _read_jsonl(file: File, column: str | None) -> Iterator[Outcome]:
    lines = enumerate(decode(file.read(), file.name).split("\n"), 1)
    sources = ((f"{file.name}:{number}", line) for number, line in lines if line.strip())
    yield from _rows(((source, _parse(line, source)) for source, line in sources), column)


def _parse(line: str, source: str) -> Row | ArticleError:
    try:
        row = json.loads(line)
    except json.JSONDecodeError as error:
        return ArticleError(source, f"is not JSON: {error}")
    if not isinstance(row, dict):
        return ArticleError(source, f"is {type(row).__name__}, not an object with named fields")
    return row


def _read_csv(file: File, column: str | None) -> Iterator[Outcome]:
    delimiter = "\t" if file.suffix == ".tsv" else ","
    csv.field_size_limit(2**31 - 1)
    reader = csv.DictReader(io.StringIO(decode(file.read(), file.name), newline=""), delimiter=delimiter)
    yield from _rows(((f"{file.name}:{reader.line_num}", row) for row in reader), column)


def _read_parquet(file: File, column: str | None) -> Iterator[Outcome]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        batches = pq.ParquetFile(io.BytesIO(file.read())).iter_batches()
        rows = (row for batch in batches for row in batch.to_pylist())
        yield from _rows(((f"{file.name}:{number}", row) for number, row in enumerate(rows)), column)
    except pa.ArrowException as error:
        raise ArticleError(file.name, f"is not a readable Parquet file: {error}") from None


READERS: dict[str, Callable[[File, str | None], Iterator[Outcome]]] = {
    ".txt": _read_text,
    ".md": _read_text,
    ".html": _read_html,
    ".htm": _read_html,
    ".jsonl": _read_jsonl,
    ".csv": _read_csv,
    ".tsv": _read_csv,
    ".parquet": _read_parquet,
    ".pdf": _read_pdf,
}
