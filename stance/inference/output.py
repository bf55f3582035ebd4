"""Write predictions as JSONL, CSV or Parquet; a file is complete or absent."""

import csv
import json
import sys
from collections.abc import Callable, Iterable
from dataclasses import asdict, fields
from itertools import islice
from pathlib import Path
from typing import IO, Any

from stance.inference.prediction import Prediction
from stance.paths import check_output, replacing

COLUMNS = tuple(field.name for field in fields(Prediction))
BATCH = 4096


def check_target(output: str | None, *, overwrite: bool) -> None:
    """Refuse an output that cannot be written, before any work is done."""
    check_output(output, WRITERS, overwrite=overwrite)


def write(rows: Iterable[Prediction], output: str | None) -> int:
    """Write rows to a file whose suffix decides the format, or as JSONL to standard output; return their number."""
    if output is None:
        return _write_jsonl(rows, sys.stdout)
    path = Path(output)
    with replacing(path) as scratch:
        return WRITERS[path.suffix.lower()](rows, scratch)


def _write_jsonl(rows: Iterable[Prediction], file: IO[str]) -> int:
    count = 0
    for count, row in enumerate(rows, 1):  # noqa: B007 - the count is what is returned
        file.write(json.dumps(asdict(row), ensure_ascii=False) + "\n")
    file.flush()
    return count


def _jsonl_file(rows: Iterable[Prediction], path: Path) -> int:
    with path.open("w", encoding="utf-8", newline="\n") as file:
        return _write_jsonl(rows, file)


def _csv_file(rows: Iterable[Prediction], path: Path) -> int:
    count = 0
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS)
        writer.writeheader()
        for count, row in enumerate(rows, 1):  # noqa: B007 - the count is what is returned
            writer.writerow(asdict(row))
    return count


def _parquet_file(rows: Iterable[Prediction], path: Path) -> int:
    import pyarrow as pa
    import pyarrow.parquet as pq

    types = {
        "int": pa.int64(),
        "int | None": pa.int64(),
        "float": pa.float64(),
        "bool": pa.bool_(),
        "str": pa.string(),
        "str | None": pa.string(),
    }
    schema = pa.schema([(field.name, types[_type_name(field.type)]) for field in fields(Prediction)])
    stream, count = iter(rows), 0
    with pq.ParquetWriter(path, schema) as writer:
        while batch := [asdict(row) for row in islice(stream, BATCH)]:
            writer.write_table(pa.Table.from_pylist(batch, schema))
            count += len(batch)
    return count


def _type_name(annotation: Any) -> str:
    return annotation.__name__ if isinstance(annotation, type) else str(annotation)


WRITERS: dict[str, Callable[[Iterable[Prediction], Path], int]] = {
    ".jsonl": _jsonl_file,
    ".csv": _csv_file,
    ".parquet": _parquet_file,
}
