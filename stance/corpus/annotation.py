"""The annotation bench, in files: sheets for annotators, agreement between them, adjudication of what differs."""

import csv
import io
import random
import re
from collections import Counter
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from stance.errors import LabelError, UsageError
from stance.labels import NAMES, Stance
from stance.records import Interval, LabelledSentence

COLUMNS = ("id", "text", "label", "two_sided", "note")
Array = NDArray[Any]
SHORT = {name[0]: name for name in NAMES}
FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""First characters that make a spreadsheet read a cell as a formula; such texts get an apostrophe, taken off again."""

RULE = re.compile(r"\b[Rr](?:ule)?\s?(\d{1,2})\b")


@dataclass(frozen=True, slots=True)
class Mark:
    """What one annotator said of one sentence."""

    label: str
    two_sided: bool
    note: str


@dataclass(frozen=True, slots=True)
class Agreement:
    """How far annotators agree, pairwise where there are more than two.

    `confusion[a][b]` counts sentences the first annotator called a and the second b; `rules` counts disagreements by
    the codebook rules their notes name.
    """

    alpha: Interval
    kappa: dict[tuple[str, str], float]
    confusion: dict[tuple[str, str], list[list[int]]]
    rules: dict[str, int]
    disagreements: tuple[str, ...]


def ordinal_alpha(
    passes: Sequence[Sequence[str]], groups: Sequence[Hashable], *, resamples: int = 1000, seed: int = 0
) -> Interval:
    """Krippendorff's alpha for the ordered scale, with a bootstrap interval over groups.

    `passes` holds one list of labels per annotator, all over the same units; `groups` names the unit of
    resampling (family, article), since sentences written together are not independent. Coincidences are counted once
    a group and summed per resample. Source: Krippendorff, Content Analysis (4th ed., 2018), ch. 12.
    """
    coded = np.array([[NAMES.index(label) for label in labels] for labels in passes])
    _, codes = np.unique(np.asarray([str(group) for group in groups]), return_inverse=True)
    pairs = _coincidences(coded, codes)
    weights = np.random.default_rng(seed).multinomial(len(pairs), np.full(len(pairs), 1 / len(pairs)), size=resamples)
    draws = _alpha(np.tensordot(weights.astype(float), pairs, axes=1))
    low, high = np.nanpercentile(draws, [2.5, 97.5]) if np.isfinite(draws).any() else (np.nan, np.nan)
    return Interval(float(_alpha(pairs.sum(axis=0)[None])[0]), float(low), float(high), coded.shape[1])


def _coincidences(coded: Array, groups: Array) -> Array:
    """Coincidence matrix of each group: pairs of values within units, weighted by 1 / (annotators - 1)."""
    size = len(NAMES)
    matrices = np.zeros((groups.max() + 1, size, size))
    annotators = len(coded)
    for a in range(annotators):
        for b in range(annotators):
            if a != b:
                np.add.at(matrices, (groups, coded[a], coded[b]), 1 / (annotators - 1))
    return matrices


def _alpha(coincidences: Array) -> Array:
    """Ordinal alpha of coincidence matrices, (b, values, values) to (b,); NaN where only one value occurs."""
    totals = coincidences.sum(axis=2)
    below = np.concatenate([np.zeros((len(totals), 1)), totals.cumsum(axis=1)], axis=1)
    low, high = np.meshgrid(range(len(NAMES)), range(len(NAMES)), indexing="ij")
    first, last = np.minimum(low, high), np.maximum(low, high)
    between = below[:, last + 1] - below[:, first] - (totals[:, low] + totals[:, high]) / 2
    distance = np.where(low == high, 0.0, between**2)
    observed = (coincidences * distance).sum(axis=(1, 2))
    expected = (totals[:, :, None] * totals[:, None, :] * distance).sum(axis=(1, 2)) / (totals.sum(axis=1) - 1)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(expected > 0, 1 - observed / expected, np.nan)


def agreement(rows: Sequence[LabelledSentence], *, resamples: int = 1000, seed: int = 0) -> Interval:
    """Ordinal alpha of the first two passes of labelled rows.

    Families and documents of authored sentences are resampled as wholes; of seed articles there are too few for that,
    so their sentences are the units.
    """
    both = [row for row in rows if len(row.annotators) >= 2]
    groups = [(row.article or row.family) if row.origin == "authored" else row.id for row in both]
    passes = [[row.annotators[k] for row in both] for k in (0, 1)]
    return ordinal_alpha(passes, groups, resamples=resamples, seed=seed)


def agreement_of(rows: Sequence[Mapping[str, Any]]) -> float | None:
    """Ordinal alpha of the first two passes of built rows (`annotators` as class indices); None if none has two."""
    both = [row["annotators"] for row in rows if len(row.get("annotators") or ()) >= 2]
    if not both:
        return None
    passes = [[NAMES[marks[k]] for marks in both] for k in (0, 1)]
    return ordinal_alpha(passes, [str(k) for k in range(len(both))], resamples=1, seed=0).value


def agreement_by_class(
    rows: Sequence[LabelledSentence], *, resamples: int = 1000, seed: int = 0
) -> dict[str, Interval]:
    """Alpha of each class against the rest, for the first two passes of labelled rows; groups as in `agreement`."""
    first, other = NAMES[0], NAMES[1]
    alphas = {}
    for name in NAMES:
        binary = [
            replace(row, annotators=tuple(first if label == name else other for label in row.annotators))
            for row in rows
        ]
        alphas[name] = agreement(binary, resamples=resamples, seed=seed)
    return alphas


def write_sheet(rows: Iterable[tuple[str, str]], path: Path, *, seed: int) -> int:
    """Write (id, text) pairs as a sheet in an order of its own, empty columns to fill in; return the number of rows.

    UTF-8 with a byte-order mark, which spreadsheets need to see accents; refuses to overwrite.
    """
    if path.exists():
        raise UsageError(f"the sheet {path} exists; move it away first, it may hold work")
    shuffled = list(rows)
    random.Random(seed).shuffle(shuffled)  # noqa: S311 - an order, not a secret
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(COLUMNS)
        writer.writerows([identifier, guard(text), "", "", ""] for identifier, text in shuffled)
    return len(shuffled)


def guard(text: str) -> str:
    """The text, marked so that a spreadsheet does not take it for a formula."""
    return f"'{text}" if text.startswith(FORMULA) else text


def _unguard(text: str) -> str:
    return text[1:] if text[:1] == "'" and text[1:].startswith(FORMULA) else text


def read_sheet(path: Path) -> dict[str, Mark]:
    """Read a filled sheet by id, as written here or saved again by a spreadsheet (semicolons, Windows encoding).

    Labels may be shortened to their first letter. Raises LabelError naming the line for a label that does not
    exist; rows left empty are left out.
    """
    raw = path.read_bytes()
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = raw.decode("cp1252")
    delimiter = max(",;\t", key=text.split("\n", 1)[0].count)
    reader = csv.DictReader(io.StringIO(text, newline=""), delimiter=delimiter)
    if not {"id", "label"} <= set(reader.fieldnames or ()):
        raise LabelError(str(path), f"lacks the columns id and label; it has {', '.join(reader.fieldnames or ())}")
    marks: dict[str, Mark] = {}
    for record in reader:
        label = (record["label"] or "").strip().lower()
        if not label:
            continue
        where = f"{path}:{reader.line_num}"
        if record["id"] in marks:
            raise LabelError(where, f"the id {record['id']} occurs twice")
        label = SHORT.get(label, label)
        if label not in NAMES:
            raise LabelError(
                where, f"label {record['label']!r} is not one of {', '.join(NAMES)} or their first letters"
            )
        two_sided = (record.get("two_sided") or "").strip().lower() in ("1", "x", "yes", "true")
        marks[record["id"]] = Mark(label, two_sided, _unguard((record.get("note") or "").strip()))
    return marks


def compare(sheets: Mapping[str, Mapping[str, Mark]], *, resamples: int = 1000, seed: int = 0) -> Agreement:
    """Agreement over the sentences that all annotators filled in; raises LabelError if there are none."""
    from sklearn.metrics import cohen_kappa_score, confusion_matrix

    names = sorted(sheets)
    shared = sorted(set.intersection(*(set(sheets[name]) for name in names))) if len(names) > 1 else []
    if not shared:
        raise LabelError(", ".join(names), "have no sentence in common that all have filled in; two sheets are needed")
    passes = [[sheets[name][identifier].label for identifier in shared] for name in names]
    pairs = [(a, b) for k, a in enumerate(names) for b in names[k + 1 :]]
    labels = dict(zip(names, passes, strict=True))
    differ = tuple(identifier for k, identifier in enumerate(shared) if len({codes[k] for codes in passes}) > 1)
    rules = Counter(
        f"rule {number}"
        for identifier in differ
        for number in {n for name in names for n in RULE.findall(sheets[name][identifier].note)}
    )
    return Agreement(
        alpha=ordinal_alpha(passes, shared, resamples=resamples, seed=seed),
        kappa={(a, b): float(cohen_kappa_score(labels[a], labels[b], labels=NAMES)) for a, b in pairs},
        confusion={(a, b): confusion_matrix(labels[a], labels[b], labels=NAMES).tolist() for a, b in pairs},
        rules=dict(rules.most_common()),
        disagreements=differ,
    )


def write_adjudication(
    sheets: Mapping[str, Mapping[str, Mark]], texts: Mapping[str, str], disagreements: Sequence[str], path: Path
) -> int:
    """Write what annotators disagree on as a sheet with their labels and notes, for a third reader to settle."""
    if path.exists():
        raise UsageError(f"the sheet {path} exists; move it away first, it may hold work")
    names = sorted(sheets)
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow([*COLUMNS, *(f"{name}: {what}" for name in names for what in ("label", "note"))])
        for identifier in disagreements:
            said = [sheets[name][identifier] for name in names]
            views = [guard(part) for mark in said for part in (mark.label, mark.note)]
            writer.writerow([identifier, guard(texts.get(identifier, "")), "", "", "", *views])
    return len(disagreements)


def check_known(rows: Sequence[LabelledSentence], sheets: Mapping[str, Mapping[str, Mark]]) -> None:
    """Raise LabelError where sheets hold sentences that are not among the rows they are said to be of."""
    filled = {identifier for sheet in sheets.values() for identifier in sheet}
    unknown = sorted(filled - {row.id for row in rows})
    if unknown:
        raise LabelError(
            ", ".join(sorted(sheets)),
            f"{len(unknown)} of {len(filled)} sentences are not among the rows read, as {unknown[0]}; give the same "
            "articles= or data.labels= as for action=sheet",
        )


def settle(
    rows: Sequence[LabelledSentence], sheets: Mapping[str, Mapping[str, Mark]], adjudicated: Mapping[str, Mark]
) -> list[LabelledSentence]:
    """Put the annotators' labels into records, in the order of their names, differences settled by a third reader.

    Raises LabelError for a difference that was not settled with a label and a reason, for sentences of the sheets that
    are not among the rows, and for those that only some annotators filled in.
    """
    names = sorted(sheets)
    check_known(rows, sheets)
    settled = []
    for row in rows:
        said = [sheets[name][row.id] for name in names if row.id in sheets[name]]
        if not said:
            continue
        if len(said) < len(names):
            lacking = ", ".join(name for name in names if row.id not in sheets[name])
            raise LabelError(row.id, f"is not filled in by {lacking}; label it there too, or empty it in every sheet")
        differ = len({mark.label for mark in said}) > 1
        final = adjudicated.get(row.id) if differ else said[0]
        if final is None or (differ and not final.note):
            raise LabelError(row.id, "the annotators differ: the adjudication sheet needs a label and a reason in note")
        settled.append(
            replace(
                row,
                label=Stance.parse(final.label).value,
                two_sided=final.two_sided,
                annotators=tuple(mark.label for mark in said),
                adjudicated=differ,
                note=final.note if differ else row.note,
            )
        )
    return settled
