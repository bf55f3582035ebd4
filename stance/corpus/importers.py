"""Read labelled data of others: any table, and the published layouts of SemEval-2016, P-Stance, NewsMTSC, RuSentNE.

Official splits are kept, and what would make their numbers look better than they are (texts that occur twice, texts of
the test part that stand in train) is counted and reported, not removed.
"""

import csv
import hashlib
import io
import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from stance.errors import ChoiceError, LabelError, UsageError
from stance.labels import NAMES, LabelSet

SPLITS = {
    "train": "train", "training": "train", "trial": "validation", "val": "validation", "valid": "validation",
    "validation": "validation", "dev": "validation", "devtest": "test", "test": "test", "testing": "test",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Source:
    """Where a table lies and what its columns mean; `labels` maps labels found to labels wanted, in order."""

    path: str
    test_path: str | None = None
    text: str | None = None
    label: str | None = None
    labels: Mapping[str, str] = field(default_factory=dict)
    target: str | None = None
    only: str | None = None
    group: str | None = None
    split: str | None = None
    encoding: str | None = None
    delimiter: str | None = None
    ordered: bool = False
    mark_target: bool = False


@dataclass(frozen=True, slots=True)
class Row:
    """One imported example; `group` is never parted, `split` is the official one or None."""

    id: str
    text: str
    label: str
    target: str
    group: str
    split: str | None

    def as_dict(self) -> dict[str, Any]:
        """Fields of a dataset row, as training takes them."""
        return {
            "id": self.id, "text": self.text, "label": self.label, "target": self.target, "group": self.group,
            "split": self.split, "origin": "imported", "article": None,
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class Imported:
    """Rows of a dataset of others, its label set, and what is to be known of it."""

    rows: tuple[Row, ...]
    classes: LabelSet
    skipped: Mapping[str, int]

    @property
    def fingerprint(self) -> str:
        """SHA-256 over canonical rows, sorted by id."""
        digest = hashlib.sha256()
        for row in sorted(self.rows, key=lambda row: row.id):
            digest.update(json.dumps(row.as_dict(), sort_keys=True, ensure_ascii=False).encode() + b"\n")
        return digest.hexdigest()

    @property
    def duplicates(self) -> int:
        """Rows whose text and target (case and spacing aside) an earlier row has."""
        return len(self.rows) - len({_key(row) for row in self.rows})

    @property
    def leaks(self) -> int:
        """Test rows whose text and target stand in train too."""
        train = {_key(row) for row in self.rows if row.split == "train"}
        return sum(row.split == "test" and _key(row) in train for row in self.rows)

    def report(self) -> str:
        """Lines that say how many rows there are, by split and label, and what is wrong with them."""
        splits = Counter(row.split or "no official split" for row in self.rows)
        labels = Counter(row.label for row in self.rows)
        lines = [
            f"{len(self.rows)} rows: {_counts(splits)}; labels: {_counts(labels)}",
            f"duplicates (text and target): {self.duplicates}; test rows whose text stands in train: {self.leaks}",
        ]
        return "\n".join([*lines, *(f"skipped {count} rows: {why}" for why, count in self.skipped.items())])


def _key(row: Row) -> tuple[str, str]:
    return " ".join(row.text.lower().split()), row.target


def _counts(counter: Mapping[str, int]) -> str:
    return ", ".join(f"{name} {count}" for name, count in sorted(counter.items()))


def read_source(kind: str, source: Source) -> Imported:
    """Import a dataset by the name of its layout (`table`, `hub`, `semeval2016`, `pstance`, `newsmtsc`, `rusentne`).

    Raises ChoiceError for an unknown layout, UsageError for missing files or columns, LabelError if no row is left.
    """
    if kind not in IMPORTERS:
        raise ChoiceError("data", kind, IMPORTERS)
    rows: list[Row] = []
    skipped: Counter[str] = Counter()
    for row in IMPORTERS[kind](source):
        if source.only is not None and row.target != source.only:
            continue
        label = _label(row.label, source.labels)
        if not row.text.strip():
            skipped["empty text"] += 1
        elif not row.label:
            skipped["no label"] += 1
        elif label is None:
            skipped[f"label {row.label!r} is not in data.labels"] += 1
        else:
            rows.append(Row(row.id, row.text, label, row.target, row.group, row.split))
    if not rows:
        raise LabelError(source.path, _nothing_left(kind, source, skipped))
    return Imported(tuple(rows), _classes(rows, source), dict(skipped))


def _label(found: str, labels: Mapping[str, str]) -> str | None:
    return labels.get(found) if labels else found


def _nothing_left(kind: str, source: Source, skipped: Mapping[str, int]) -> str:
    if source.only is None:
        return f"holds no row that can be used; skipped: {_counts(skipped) or 'none'}"
    targets = sorted({row.target for row in IMPORTERS[kind](source)})
    return f"holds no row of the target {source.only!r}; targets: {', '.join(targets[:20])}"


def _classes(rows: Sequence[Row], source: Source) -> LabelSet:
    """The label set: the shipped scale if the labels are its, else in the order of the map, else sorted."""
    found = {row.label for row in rows}
    if found <= set(NAMES) and len(found) > 2:
        return LabelSet(NAMES, ordered=True)
    order = list(dict.fromkeys(source.labels.values())) if source.labels else _natural_order(found)
    return LabelSet(tuple(name for name in order if name in found), source.ordered)


def _natural_order(found: Iterable[str]) -> list[str]:
    scale = ["AGAINST", "against", "negative", "NONE", "none", "neutral", "FAVOR", "favor", "positive"]
    return sorted(found, key=lambda name: (scale.index(name) if name in scale else len(scale), name))


def read_table(path: Path, *, encoding: str | None = None, delimiter: str | None = None) -> Iterator[dict[str, Any]]:
    """Records of a CSV, TSV, JSONL or Parquet file; raises UsageError for another suffix or an unreadable file."""
    suffix = path.suffix.lower()
    if not path.is_file():
        raise UsageError(f"the data file {path} does not exist")
    if suffix == ".parquet":
        import pyarrow as pa
        import pyarrow.parquet as pq

        try:
            yield from (row for batch in pq.ParquetFile(path).iter_batches() for row in batch.to_pylist())
        except pa.ArrowException as error:
            raise UsageError(f"the data file {path} is not a readable Parquet file: {error}") from None
        return
    try:
        text = path.read_bytes().decode(encoding or "utf-8-sig")
    except (UnicodeDecodeError, LookupError) as error:
        raise UsageError(f"the data file {path} cannot be decoded: {error}; give data.encoding=") from None
    if suffix in (".jsonl", ".ndjson"):
        for number, line in enumerate(text.split("\n"), 1):
            if line.strip():
                yield _record(line, f"{path}:{number}")
    elif suffix in (".csv", ".tsv", ".txt"):
        csv.field_size_limit(2**31 - 1)
        mark = delimiter or ("," if suffix == ".csv" else "\t")
        file = io.StringIO(text, newline="")
        if mark == "\t":
            yield from csv.DictReader(file, delimiter=mark, quoting=csv.QUOTE_NONE)
        else:
            yield from csv.DictReader(file, delimiter=mark)
    else:
        raise UsageError(
            f"the data file {path} has the suffix {suffix!r}; readable: .csv, .tsv, .txt, .jsonl, .parquet"
        )


def _record(line: str, where: str) -> dict[str, Any]:
    try:
        record = json.loads(line)
    except json.JSONDecodeError as error:
        raise UsageError(f"{where}: is not JSON: {error}") from None
    if not isinstance(record, dict):
        raise UsageError(f"{where}: is {type(record).__name__}, not an object with named fields")
    return record


def _table(source: Source) -> Iterator[Row]:
    first = "train" if source.test_path else None
    parts: list[tuple[str, str | None]] = [(path.strip(), first) for path in source.path.split(",")]
    if source.test_path:
        parts.append((source.test_path, "test"))
    names = [Path(path).name for path, _ in parts]
    for place, (path, split) in enumerate(parts):
        name = names[place] if names.count(names[place]) == 1 else f"{place + 1}/{names[place]}"
        records = read_table(Path(path), encoding=source.encoding, delimiter=source.delimiter)
        for number, record in enumerate(records, 1):
            yield _row(record, source, f"{name}:{number}", split)


def _row(record: Mapping[str, Any], source: Source, identifier: str, split: str | None) -> Row:
    def column(name: str | None, meaning: str) -> str:
        if name is None or name not in record:
            raise UsageError(
                f"the column {name!r} for data.{meaning} does not exist; columns: {', '.join(map(str, record))}"
            )
        return str(record[name] if record[name] is not None else "")

    official = column(source.split, "split") if source.split else split
    return Row(
        id=identifier,
        text=column(source.text, "text"),
        label=column(source.label, "label").strip(),
        target=column(source.target, "target") if source.target else "",
        group=column(source.group, "group") if source.group else identifier,
        split=_split_name(official) if official else None,
    )


def _split_name(name: str) -> str:
    if name.lower() not in SPLITS:
        raise ChoiceError("split", name, SPLITS)
    return SPLITS[name.lower()]


def _hub(source: Source) -> Iterator[Row]:
    from datasets import ClassLabel, load_dataset

    parts = load_dataset(source.path)
    for name, part in parts.items():
        feature = part.features.get(source.label or "")
        for number, record in enumerate(part):
            if isinstance(feature, ClassLabel):
                number_of = record[source.label]  # -1 in the unlabelled parts of some datasets
                named = "" if number_of is None or number_of < 0 else feature.int2str(number_of)
                record = {**record, source.label: named}  # noqa: PLW2901
            yield _row(record, source, f"{name}:{number}", str(name) if len(parts) > 1 else None)


def _folder_files(source: Source, names: Sequence[str]) -> list[Path]:
    folder = Path(source.path)
    missing = [name for name in names if not (folder / name).is_file()]
    if missing:
        raise UsageError(f"the folder {folder} lacks {', '.join(missing)}")
    return [folder / name for name in names]


def _pstance(source: Source) -> Iterator[Row]:
    names = ("raw_train_all.csv", "raw_val_all.csv", "raw_test_all.csv")
    for path, split in zip(_folder_files(source, names), ("train", "validation", "test"), strict=True):
        for number, record in enumerate(read_table(path), 1):
            identifier = f"{split}:{number}"
            yield Row(identifier, record["Tweet"], record["Stance"], record["Target"], identifier, split)


def _semeval2016(source: Source) -> Iterator[Row]:
    """Tab-separated files with the columns ID, Target, Tweet, Stance; "test" or "gold" in the name is the test part."""
    folder = Path(source.path)
    paths = sorted(p for p in folder.iterdir() if p.suffix == ".txt") if folder.is_dir() else []
    for path in paths:
        raw = path.read_bytes()
        text = raw.decode(source.encoding) if source.encoding else _utf8_or_latin(raw)
        split = "test" if "test" in path.name.lower() or "gold" in path.name.lower() else "train"
        reader = csv.DictReader(io.StringIO(text, newline=""), delimiter="\t", quoting=csv.QUOTE_NONE)
        if not {"ID", "Target", "Tweet", "Stance"} <= set(reader.fieldnames or ()):
            continue
        for record in reader:
            if record["Stance"] and record["Stance"] != "UNKNOWN":
                identifier = f"{split}:{record['ID']}"
                yield Row(identifier, record["Tweet"], record["Stance"], record["Target"], identifier, split)


def _utf8_or_latin(raw: bytes) -> str:
    """The published files are Latin-1, reprints of them UTF-8; both have a header that tells nothing."""
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        return raw.decode("latin-1")


POLARITY = {2: "negative", 4: "neutral", 6: "positive"}


def _newsmtsc(source: Source) -> Iterator[Row]:
    part = source.split or "rw"
    if part not in ("rw", "mt"):
        raise ChoiceError("NewsMTSC test part data.split", part, ("rw", "mt"))
    for path, split in zip(
        _folder_files(source, ("train.jsonl", f"devtest_{part}.jsonl")), ("train", "test"), strict=True
    ):
        for record in read_table(path):
            text = record["sentence_normalized"]
            for number, target in enumerate(record["targets"]):
                start, end = int(target["from"]), int(target["to"])
                yield Row(
                    id=f"{split}:{record['primary_gid']}:{number}",
                    text=mark(text, start, end) if source.mark_target else text,
                    label=POLARITY[int(target["polarity"])],
                    target=target["mention"],
                    group=record["primary_gid"].rpartition("_")[0],
                    split=split,
                )


def _rusentne(source: Source) -> Iterator[Row]:
    names = ("train_data.csv", "validation_data_labeled.csv")
    values = {"-1": "negative", "0": "neutral", "1": "positive"}
    for path, split in zip(_folder_files(source, names), ("train", "test"), strict=True):
        for number, record in enumerate(read_table(path, delimiter="\t"), 1):
            start, end = int(record["entity_pos_start_rel"]), int(record["entity_pos_end_rel"])
            text, identifier = record["sentence"], f"{split}:{number}"
            yield Row(
                id=identifier,
                text=mark(text, start, end) if source.mark_target else text,
                label=values[record["label"]],
                target=record["entity"],
                group=" ".join(text.lower().split()),
                split=split,
            )


def mark(text: str, start: int, end: int) -> str:
    """Put a target between brackets of its own, so that a classifier of whole sentences sees which it is.

    >>> mark("Minsk thanked Moscow.", 14, 20)
    'Minsk thanked ⟦Moscow⟧.'
    """
    return f"{text[:start]}⟦{text[start:end]}⟧{text[end:]}"


IMPORTERS: dict[str, Callable[[Source], Iterator[Row]]] = {
    "table": _table,
    "hub": _hub,
    "semeval2016": _semeval2016,
    "pstance": _pstance,
    "newsmtsc": _newsmtsc,
    "rusentne": _rusentne,
}
