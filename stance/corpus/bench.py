"""What the annotation command does, action by action: records in, files and tables out."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path

from rich.console import Console
from rich.table import Table

from stance.corpus import rules
from stance.corpus.annotation import (
    Agreement,
    Mark,
    check_known,
    compare,
    read_sheet,
    settle,
    write_adjudication,
    write_sheet,
)
from stance.errors import ArticleError, LabelError, UsageError
from stance.labels import MOSCOW, NAMES
from stance.records import LabelledSentence
from stance.text.articles import read_articles
from stance.text.reading import Reading, read_stream

ADJUDICATION = "adjudication.csv"


def sentences_of(source: str) -> list[LabelledSentence]:
    """Unlabelled records of the sentences of articles, holder and offsets filled in by the reader.

    Raises ArticleError for the first article that cannot be read: a sheet with a gap is worse than none.
    """
    rows: list[LabelledSentence] = []
    for reading in read_stream(read_articles(source)):
        if isinstance(reading, ArticleError):
            raise reading
        rows.extend(_records(reading))
    return rows


def _records(reading: Reading) -> list[LabelledSentence]:
    return [
        LabelledSentence(
            id=f"{reading.article.id}#{sentence.index}", text=sentence.text, label="neutral", target=MOSCOW,
            holder=voice.holder, holder_kind=voice.holder_kind, two_sided=False, article=reading.article.id,
            start=sentence.start, end=sentence.end, origin="imported", annotators=(), adjudicated=False, note="",
            family=f"{reading.article.id}#{sentence.index}",
        )
        for sentence, voice in zip(reading.sentences, reading.voices, strict=True)
    ]  # fmt: skip


def make_sheets(rows: Sequence[LabelledSentence], folder: Path, annotators: Sequence[str], *, seed: int) -> list[Path]:
    """One sheet an annotator, each in an order of its own; text only."""
    if len(set(annotators)) != len(annotators):
        raise UsageError(f"annotators must differ, these came: {', '.join(annotators)}")
    paths = [folder / f"{name}.csv" for name in annotators]
    for number, path in enumerate(paths):
        write_sheet([(row.id, row.text) for row in rows], path, seed=seed + number)
    return paths


def read_sheets(folder: Path, annotators: Sequence[str]) -> dict[str, dict[str, Mark]]:
    """Filled sheets by annotator; raises UsageError naming a sheet that is missing."""
    missing = [name for name in annotators if not (folder / f"{name}.csv").is_file()]
    if missing:
        raise UsageError(f"{folder} lacks {', '.join(f'{name}.csv' for name in missing)}; make them with action=sheet")
    return {name: read_sheet(folder / f"{name}.csv") for name in annotators}


def show_agreement(found: Agreement, console: Console) -> None:
    """Print alpha, kappa, the confusion of each pair, and the rules that disagreements name."""
    console.print(f"Krippendorff's ordinal alpha {found.alpha}, n = {found.alpha.n}")
    for (first, second), kappa in found.kappa.items():
        table = Table(
            title=f"{first} (down) against {second} (across), Cohen's kappa {kappa:.3f}", title_justify="left"
        )
        for column in ("", *NAMES):
            table.add_column(column, justify="right" if column else "left")
        for name, counts in zip(NAMES, found.confusion[first, second], strict=True):
            table.add_row(name, *map(str, counts))
        console.print(table)
    for name, count in found.rules.items():
        console.print(f"{name}: named in {count} disagreements")


def adjudicate(
    rows: Sequence[LabelledSentence], folder: Path, annotators: Sequence[str], output: Path | None
) -> tuple[Path, int]:
    """Write what differs for a third reader, or, once that sheet is filled in, the settled records."""
    sheets = read_sheets(folder, annotators)
    check_known(rows, sheets)
    sheet = folder / ADJUDICATION
    if not sheet.exists():
        found = compare(sheets, resamples=1)
        return sheet, write_adjudication(sheets, {row.id: row.text for row in rows}, found.disagreements, sheet)
    if output is None:
        raise UsageError(f"{sheet} exists: give output=labels.jsonl to write the settled records")
    settled = settle(rows, sheets, read_sheet(sheet))
    return output, write_records(settled, output)


def write_records(rows: Sequence[LabelledSentence], path: Path) -> int:
    """Write records as JSONL; refuses to overwrite."""
    if path.exists():
        raise UsageError(f"the output {path} exists; name another")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(asdict(row), ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
    return len(rows)


def show_rules(rows: Sequence[LabelledSentence], console: Console) -> None:
    """Print what every weak rule does on labelled rows, those that rules labelled left out."""
    rows = [row for row in rows if row.origin != "weak"]
    table = Table(title=f"Weak rules on {len(rows)} labelled sentences", title_justify="left")
    for column in ("rule", "votes for", "n", "coverage", "overlap", "conflict", "accuracy"):
        table.add_column(column, justify="left" if column in ("rule", "votes for") else "right")
    for score in rules.measure(rules.vote([row.text for row in rows]), [row.label for row in rows]):
        accuracy = f"{score.accuracy:.2f}" if score.accuracy is not None else "-"
        numbers = (f"{value:.3f}" for value in (score.coverage, score.overlap, score.conflict))
        table.add_row(score.name, score.label, str(score.votes), *numbers, accuracy)
    console.print(table)


def weaken(unlabelled: Sequence[LabelledSentence], gold: Sequence[LabelledSentence]) -> list[LabelledSentence]:
    """Weakly label sentences by the rules, each trusted as far as it is right on gold; without a vote, left out.

    Rows of the origin `weak` are no gold: rules do not vouch for themselves.
    """
    gold = [row for row in gold if row.origin != "weak"]
    if not gold:
        raise LabelError("gold", "the rules need labelled rows to be measured on")
    measured = rules.measure(rules.vote([row.text for row in gold]), [row.label for row in gold])
    accuracy: Mapping[str, float] = {score.name: score.accuracy or 0.0 for score in measured}
    prior = [sum(row.label == name for row in gold) / len(gold) for name in NAMES]
    weak = []
    for row, votes in zip(unlabelled, rules.vote([row.text for row in unlabelled]), strict=True):
        if not votes:
            continue
        soft = rules.aggregate(votes, accuracy, prior=prior)
        weak.append(_weak(row, soft, votes))
    return weak


def _weak(row: LabelledSentence, soft: Sequence[float], votes: Mapping[str, str]) -> LabelledSentence:
    from dataclasses import replace

    label = NAMES[max(range(len(NAMES)), key=soft.__getitem__)]
    note = ", ".join(sorted(votes))
    return replace(row, label=label, origin="weak", note=note, soft=tuple(round(p, 6) for p in soft))
