"""The annotation bench: `python -m stance.annotate action=sheet ...`; see configs/annotate.yaml for the actions."""

import csv
from collections.abc import Callable
from pathlib import Path

from rich.console import Console

from stance.config import AnnotateConfig, command
from stance.corpus import bench, dataset
from stance.corpus.annotation import COLUMNS, compare, guard
from stance.errors import ChoiceError, UsageError
from stance.labels import STANCES
from stance.records import LabelledSentence
from stance.setting import labels_folder

CONSOLE = Console(soft_wrap=True, highlight=False)


def annotate(config: AnnotateConfig) -> None:
    """Run one action of the bench."""
    if config.action not in ACTIONS:
        raise ChoiceError("action", config.action, ACTIONS)
    ACTIONS[config.action](config)


def _rows(config: AnnotateConfig) -> list[LabelledSentence]:
    if config.articles:
        return bench.sentences_of(config.articles)
    return dataset.read_labels(labels_folder(config.data))


def _output(config: AnnotateConfig) -> Path:
    if not config.output:
        raise UsageError(f"action={config.action} needs output=PATH")
    return Path(config.output)


def sheet(config: AnnotateConfig) -> None:
    """Write a shuffled sheet for each annotator."""
    for path in bench.make_sheets(_rows(config), Path(config.sheets), config.annotators, seed=config.seed):
        CONSOLE.print(f"written {path}", markup=False)


def agree(config: AnnotateConfig) -> None:
    """Print how far the filled sheets agree."""
    sheets = bench.read_sheets(Path(config.sheets), config.annotators)
    bench.show_agreement(compare(sheets, resamples=config.resamples, seed=config.seed), CONSOLE)


def adjudicate(config: AnnotateConfig) -> None:
    """Write what differs, or the settled records once that is filled in."""
    output = Path(config.output) if config.output else None
    path, count = bench.adjudicate(_rows(config), Path(config.sheets), config.annotators, output)
    CONSOLE.print(f"written {path}, {count} rows", markup=False)


def suggest(config: AnnotateConfig) -> None:
    """Write the next sentences worth labelling."""
    from stance.inference.prediction import load_model
    from stance.learning import selection

    if not config.articles or not config.model:
        raise UsageError("action=suggest needs articles=PATH and model=NAME")
    output = _output(config)
    if output.exists():
        raise UsageError(f"the sheet {output} exists; move it away first, it may hold work")
    rows, model = bench.sentences_of(config.articles), load_model(config.model, config.models)
    model.check_reads_sentences()
    texts = [row.text for row in rows]
    picked = [rows[i] for i in selection.suggest(texts, model.predict_proba(texts), config.count)]
    CONSOLE.print(f"written {_write(picked, output)} rows to {output}", markup=False)


def _write(rows: list[LabelledSentence], path: Path) -> int:
    """Write a sheet in the order of its rows, best first."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow([*COLUMNS, "holder", "article"])
        writer.writerows([row.id, guard(row.text), "", "", "", row.holder, row.article] for row in rows)
    return len(rows)


def suspect(config: AnnotateConfig) -> None:
    """Print labels that are likely wrong, the most suspicious first."""
    from dataclasses import asdict

    from stance.learning import selection
    from stance.learning.classifiers import logistic_regression, pipeline
    from stance.learning.evaluation import Examples
    from stance.learning.features import word_and_char_tfidf

    rows = _rows(config)
    plain = [{**asdict(row), "group": group} for row, group in zip(rows, dataset.groups(rows), strict=True)]
    estimator = pipeline(word_and_char_tfidf(), logistic_regression(seed=config.seed))
    found = selection.suspect(estimator, Examples.of(plain, STANCES), folds=5, seed=config.seed)
    for one in found[: config.count]:
        row = rows[one.index]
        CONSOLE.print(f"{row.id}\t{one.given} -> {one.suggested}\t{one.quality:.3f}\t{row.text}", markup=False)
    CONSOLE.print(f"{len(found)} of {len(rows)} labels are suspect; {min(len(found), config.count)} shown")


def rules(config: AnnotateConfig) -> None:
    """Print what the weak rules do on the labelled rows."""
    bench.show_rules(_rows(config), CONSOLE)


def weak(config: AnnotateConfig) -> None:
    """Write weakly labelled records of articles."""
    if not config.articles:
        raise UsageError("action=weak needs articles=PATH")
    output, gold = _output(config), dataset.read_labels(labels_folder(config.data))
    count = bench.write_records(bench.weaken(bench.sentences_of(config.articles), gold), output)
    CONSOLE.print(f"written {output}, {count} weakly labelled sentences", markup=False)


ACTIONS: dict[str, Callable[[AnnotateConfig], None]] = {
    "sheet": sheet, "agree": agree, "adjudicate": adjudicate, "suggest": suggest, "suspect": suspect,
    "rules": rules, "weak": weak,
}  # fmt: skip

main = command("annotate", annotate)

if __name__ == "__main__":
    main()
