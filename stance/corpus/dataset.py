"""The labelled dataset: read and checked from hand-made files, fingerprinted, split, and built for training."""

import hashlib
import json
import shutil
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

from stance.errors import LabelError, UsageError
from stance.labels import MOSCOW, NAMES, Stance
from stance.paths import shipped
from stance.records import LabelledSentence
from stance.text.stories import StoryIndex

if TYPE_CHECKING:
    from datasets import DatasetDict, Features

ORIGINS = ("seed", "authored", "imported", "weak")
KINDS_OF_HOLDER = ("direct_quote", "indirect_quote", "attributed_act", "author", "unknown")
SUMMARY = "build.json"
GAP = 40
"""Characters between two sentences, at most, for one to be the context of the other: spaces, quotes, a short line."""
FORMAT = 2
"""Of the built dataset; one of another format is built again."""
SPLITS = ("train", "validation", "test")


@dataclass(frozen=True, slots=True)
class Built:
    """A dataset on disk: where it lies, its content fingerprint, and whether this call wrote it."""

    path: Path
    fingerprint: str
    rows: int
    fresh: bool


def read_labels(folder: Path | None = None) -> list[LabelledSentence]:
    """Read and check every labelled record below a folder (the shipped labels by default), sorted by id.

    Raises LabelError naming file, line and field for a record that breaks the schema, repeats an id, or whose
    offsets do not give its text in the stored article.
    """
    root = folder or shipped("data") / "labels"
    paths = sorted(root.rglob("*.jsonl"))
    if not paths:
        raise LabelError(str(root), "holds no .jsonl file of labelled sentences")
    rows = [
        _parse(line, f"{path}:{number}")
        for path in paths
        for number, line in enumerate(path.read_text(encoding="utf-8").split("\n"), 1)
        if line.strip()
    ]
    repeated = [identifier for identifier, count in Counter(row.id for row in rows).items() if count > 1]
    if repeated:
        raise LabelError(str(root), f"ids occur more than once: {', '.join(repeated[:5])}")
    _check_offsets(rows)
    _check_documents(rows)
    return sorted(rows, key=lambda row: row.id)


def _parse(line: str, where: str) -> LabelledSentence:
    try:
        record = json.loads(line)
    except json.JSONDecodeError as error:
        raise LabelError(where, f"is not JSON: {error}") from None
    if not isinstance(record, dict):
        raise LabelError(where, f"is {type(record).__name__}, not an object with named fields")
    known = {field.name for field in fields(LabelledSentence)}
    extra, missing = set(record) - known, REQUIRED - set(record)
    if extra or missing:
        raise LabelError(where, f"unknown fields {sorted(extra)}, missing fields {sorted(missing)}")
    if not isinstance(record["text"], str) or not isinstance(record["annotators"], list):
        raise LabelError(where, "text must be a string, annotators a list of labels")
    try:
        for label in (record["label"], *record["annotators"]):
            Stance.parse(label)
    except UsageError as error:
        raise LabelError(where, str(error)) from None
    if record["origin"] not in ORIGINS:
        raise LabelError(where, f"origin {record['origin']!r} is not one of {', '.join(ORIGINS)}")
    if record["holder_kind"] not in (None, *KINDS_OF_HOLDER):
        raise LabelError(where, f"holder_kind {record['holder_kind']!r} is not one of {', '.join(KINDS_OF_HOLDER)}")
    if not record["text"].strip():
        raise LabelError(where, "text is empty")
    record["annotators"] = tuple(record["annotators"])
    record["phenomena"] = tuple(record.get("phenomena", ()))
    record["soft"] = tuple(record.get("soft", ()))
    return LabelledSentence(**record)


REQUIRED = {field.name for field in fields(LabelledSentence)} - {"bloc", "kind", "phenomena", "soft"}


def _check_offsets(rows: Iterable[LabelledSentence]) -> None:
    stored: dict[str, str] = {}
    for row in rows:
        if row.origin != "seed":
            continue
        if row.article is None or row.start is None or row.end is None:
            raise LabelError(row.id, "a seed sentence needs article, start and end")
        if row.article not in stored:
            path = shipped("seeds") / f"{row.article}.txt"
            if not path.is_file():
                raise LabelError(row.id, f"its article {path.name} is not among the seeds")
            stored[row.article] = path.read_bytes().decode("utf-8")
        if stored[row.article][row.start : row.end] != row.text:
            raise LabelError(row.id, f"offsets {row.start}:{row.end} of {row.article} do not give its text")


def _check_documents(rows: Iterable[LabelledSentence]) -> None:
    """Sentences of an authored document stand in order, each beginning one character after the one before."""
    reached: dict[str, int] = {}
    for row in sorted((row for row in rows if row.origin == "authored" and row.article), key=_place):
        expected = reached.get(row.article or "", -1) + 1
        if (row.start, row.end) != (expected, expected + len(row.text)):
            raise LabelError(row.id, f"offsets {row.start}:{row.end} of {row.article}; its text belongs at {expected}")
        reached[row.article or ""] = expected + len(row.text)


def _place(row: LabelledSentence) -> tuple[str, int]:
    return row.article or "", row.start or 0


def contexts(rows: Iterable[LabelledSentence]) -> dict[str, str]:
    """The sentence before each one, by id, where it is a labelled row for the same target that ends just before it."""
    found: dict[str, str] = {}
    before: LabelledSentence | None = None
    placed = (row for row in rows if row.article and row.start is not None and row.end is not None)
    for row in sorted(placed, key=lambda row: (row.target, *_place(row))):
        if before and (before.article, before.target) == (row.article, row.target):
            assert before.end is not None
            assert row.start is not None
            if 0 <= row.start - before.end <= GAP:
                found[row.id] = before.text
        before = row
    return found


def fingerprint(rows: Iterable[LabelledSentence]) -> str:
    """SHA-256 over canonical rows (sorted by id, sorted keys, compact JSON): equal content, equal fingerprint."""
    digest = hashlib.sha256()
    for row in sorted(rows, key=lambda row: row.id):
        digest.update(json.dumps(asdict(row), sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode())
        digest.update(b"\n")
    return digest.hexdigest()


def groups(rows: Sequence[LabelledSentence]) -> list[str]:
    """Group of each row: rows that share a family, an article, a story or a text are never parted.

    Two articles tell one story when they are near-duplicates; texts are compared without case and spacing.
    """
    stories = _stories(rows)
    leader: dict[str, str] = {}

    def find(key: str) -> str:
        while leader.setdefault(key, key) != key:
            leader[key] = leader[leader[key]]
            key = leader[key]
        return key

    keys = [_ties(row, stories) for row in rows]
    for first, *others in keys:
        for other in others:
            low, high = sorted((find(first), find(other)))
            leader[high] = low
    return [find(first) for first, *_ in keys]


def _ties(row: LabelledSentence, stories: Mapping[str, str]) -> list[str]:
    ties = [f"family:{row.family}", f"text:{' '.join(row.text.lower().split())}"]
    return [*ties, f"story:{stories[row.article]}"] if row.article else ties


def _stories(rows: Sequence[LabelledSentence]) -> dict[str, str]:
    """Story of each article that rows come from, judged by the sentences labelled."""
    texts: dict[str, list[tuple[int, str]]] = {}
    for row in rows:
        if row.article:
            texts.setdefault(row.article, []).append((row.start or 0, row.text))
    if len(texts) < 2:
        return {article: article for article in texts}
    index = StoryIndex()
    return {
        article: index.add(article, "\n".join(text for _, text in sorted(parts))) for article, parts in texts.items()
    }


def assign_splits(rows: Sequence[LabelledSentence], *, seed: int = 0) -> list[str]:
    """Split of each row, stratified by label and whole by group: about 60 % train, 20 % validation, 20 % test."""
    import numpy as np
    from sklearn.model_selection import StratifiedGroupKFold

    labels = np.array([row.label for row in rows])
    folds = StratifiedGroupKFold(5, shuffle=True, random_state=seed).split(labels, labels, groups(rows))
    splits = np.full(len(rows), "train", dtype=object)
    for name, (_, held_out) in zip(("test", "validation"), folds, strict=False):
        splits[held_out] = name
    return list(splits)


def build(labels: Path | None, out: Path, *, seed: int = 0) -> Built:
    """Build the dataset from labels into `out`, unless the same content lies there already.

    Written beside `out` and renamed, so an interrupted build leaves nothing half-written; of two builds of the same
    content at one time the first is kept. Raises UsageError if `out` holds what no build wrote.
    """
    if out.exists() and not (out / SUMMARY).is_file() and (not out.is_dir() or any(out.iterdir())):
        raise UsageError(f"data.built={out} holds what no build wrote, and would be replaced; name another folder")
    rows = read_labels(labels)
    mark = fingerprint(rows)
    summary = {"format": FORMAT, "fingerprint": mark, "rows": len(rows), "seed": seed}
    if _summary(out) == summary:
        return Built(out, mark, len(rows), fresh=False)
    out.parent.mkdir(parents=True, exist_ok=True)
    scratch = Path(tempfile.mkdtemp(prefix=".build-", dir=out.parent))
    try:
        with _no_progress_bars():
            to_datasets(rows, seed=seed).save_to_disk(str(scratch / "new"))
        (scratch / "new" / SUMMARY).write_text(json.dumps(summary, indent=2) + "\n", encoding="utf-8")
        if _summary(out) == summary:
            return Built(out, mark, len(rows), fresh=False)
        if out.exists():
            out.rename(scratch / "old")
        (scratch / "new").rename(out)
    except OSError:
        if _summary(out) != summary:
            raise
        return Built(out, mark, len(rows), fresh=False)
    finally:
        shutil.rmtree(scratch)
    return Built(out, mark, len(rows), fresh=True)


@contextmanager
def _no_progress_bars() -> Iterator[None]:
    """Silence the bars of `datasets`, which would outnumber the lines a build has to say."""
    from datasets import are_progress_bars_disabled, disable_progress_bars, enable_progress_bars

    were_disabled = are_progress_bars_disabled()
    disable_progress_bars()
    try:
        yield
    finally:
        if not were_disabled:
            enable_progress_bars()


def _summary(out: Path) -> Any:
    path = out / SUMMARY
    return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else None


def to_datasets(rows: Sequence[LabelledSentence], *, seed: int = 0) -> "DatasetDict":
    """Turn labelled rows into a DatasetDict of train, validation and test with `label` as a ClassLabel."""
    from datasets import Dataset, DatasetDict

    splits, grouped = assign_splits(rows, seed=seed), groups(rows)
    before = contexts(rows)
    records = [
        {**asdict(row), "group": group, "context": before.get(row.id)} for row, group in zip(rows, grouped, strict=True)
    ]
    return DatasetDict({
        name: Dataset.from_list(
            [record for record, split in zip(records, splits, strict=True) if split == name], features=features()
        )
        for name in SPLITS
    })  # fmt: skip


def features() -> "Features":
    """Columns of the built dataset."""
    from datasets import ClassLabel, Features, List, Value

    text, label = Value("string"), ClassLabel(names=list(NAMES))
    return Features({
        "id": text, "text": text, "label": label, "target": text, "holder": text, "holder_kind": text,
        "two_sided": Value("bool"), "article": text, "start": Value("int64"), "end": Value("int64"), "origin": text,
        "annotators": List(label), "adjudicated": Value("bool"), "note": text, "family": text, "bloc": text,
        "kind": text, "phenomena": List(text), "soft": List(Value("float64")), "group": text, "context": text,
    })  # fmt: skip


GOLD = ("seed", "authored", "imported")


def load(out: Path, *, target: str = MOSCOW, origins: Sequence[str] = GOLD) -> list[dict[str, Any]]:
    """Rows of a built dataset for one target and the origins named, sorted by id, `label` as its name.

    Weakly labelled rows are no gold and come only when asked for.
    """
    from datasets import load_from_disk

    everything = (row for split in load_from_disk(str(out)).values() for row in split)
    rows = [row for row in everything if row["target"] == target and row["origin"] in origins]
    for row in rows:
        row["label"] = NAMES[row["label"]]
    return sorted(rows, key=lambda row: row["id"])
