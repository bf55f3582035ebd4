"""Show an evaluation to a person: the table on the terminal, the confusion matrix, the model card."""

from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from stance.labels import MOSCOW
from stance.learning.assessment import Assessment
from stance.learning.checks import Finding
from stance.learning.evaluation import Evaluation
from stance.learning.scoring import Scores
from stance.records import Interval

SAVED = "rows the saved model has not learnt from (groups resampled)"
OFFICIAL = "official test part, trained on the official train part (rows resampled)"
SEEDS = "seed sentences, by models that had seen nothing of their article (sentences resampled)"
MOVED = "the same, calibrated and moved to the label shares of the other articles"


WIDTH = 112


def _console() -> Console:
    """A terminal as it is; where output goes to a file, wide enough that no number is cut."""
    console = Console()
    return console if console.is_terminal else Console(width=WIDTH)


def say(message: str) -> None:
    """Print one line, never wrapped, so that a path can be copied."""
    Console().print(message, soft_wrap=True, highlight=False)


def show(results: Evaluation, *, title: str) -> None:
    """Print the scores as tables, each number with its 95 % interval and its n."""
    console = _console()
    console.rule(title)
    for heading, scores in _parts(results):
        console.print(_table(heading, scores))


def warn(findings: Sequence[Finding]) -> None:
    """Print the findings of the checks on standard error."""
    console = Console(stderr=True, highlight=False)
    for finding in findings:
        console.print(f"[yellow]{finding.code}[/] {escape(str(finding)[len(finding.code) + 1 :])}", soft_wrap=True)


def _parts(results: Evaluation) -> list[tuple[str, Scores]]:
    heading = SAVED if results.saved else OFFICIAL if results.official else _folds(results.measured)
    note = "" if results.calibrated else ", probabilities not calibrated"
    parts = [(heading + note, results.overall)]
    articles = ((SEEDS + note, results.seed_articles), (MOVED, results.seed_articles_moved))
    return [*parts, *((heading, scores) for heading, scores in articles if scores)]


def _folds(measured: tuple[int, int] | None) -> str:
    done, laid = measured or (0, 0)
    part = "all sentences" if done == laid else f"the first {done} of {laid} folds"
    return f"{part}, cross-validation that parts no group (groups resampled)"


def rows(scores: Scores) -> list[tuple[str, ...]]:
    """Cells of the score table: name, precision, recall, F1, n for each class, then the other numbers."""
    per_class = [
        (name, str(scores.precision[name]), str(scores.recall[name]), str(scores.f1[name]), str(scores.support[name]))
        for name in scores.classes
    ]
    named = (
        ("macro-F1", scores.macro_f1),
        ("F1 of favour and against", scores.ends_f1),
        ("quadratic weighted kappa", scores.quadratic_weighted_kappa),
        ("accuracy", scores.accuracy),
        ("mean absolute error by class", scores.amae),
        ("ends of the scale confused", scores.flip_rate),
        ("contrast families all right", scores.family_accuracy),
        ("ranked probability score", scores.ranked_probability_score),
        ("log loss", scores.log_loss),
        ("calibration error", scores.calibration_error),
        ("area under risk-coverage", scores.area_under_risk_coverage),
        ("majority baseline: macro-F1", scores.majority_macro_f1),
        ("majority baseline: accuracy", scores.majority_accuracy),
    )
    return [*per_class, *(_headline(name, interval) for name, interval in named if interval)]


def _headline(name: str, interval: Interval) -> tuple[str, ...]:
    return name, "", "", str(interval), str(interval.n)


COLUMNS = ("", "precision", "recall", "F1 or score", "n")


def _table(heading: str, scores: Scores) -> Table:
    table = Table(title=heading, title_justify="left")
    for column in COLUMNS:
        table.add_column(column, justify="left" if not column else "right", overflow="fold")
    for number, cells in enumerate(rows(scores), 1):
        table.add_row(*cells, end_section=number == len(scores.classes))
    return table


def write_card(folder: Path, text: str, results: Evaluation) -> None:
    """Write a model card and the confusion matrix it shows into a version's folder."""
    draw_confusion(results.overall.confusion, results.overall.classes, folder / "confusion.png")
    (folder / "README.md").write_text(text, encoding="utf-8")


def card(
    name: str,
    version: int,
    results: Evaluation,
    fingerprint: str,
    findings: Sequence[Finding] = (),
    *,
    shipped: bool = True,
    target: str = MOSCOW,
) -> str:
    """Model card in Markdown with the scores as measured.

    `shipped` says that the labels are those that come with the package.
    """
    names = results.overall.classes
    joined = (" < " if results.overall.ranked_probability_score else ", ").join(f"`{n}`" for n in names)
    what = f"Stance of a sentence's holder toward {target}: {joined}.\n\n"
    made = (
        "Sentences and labels were made by language models against the codebook; no human agreement is claimed.\n\n"
        if shipped
        else ""
    )
    head = (
        f"---\nlibrary_name: stance\npipeline_tag: text-classification\nlicense: apache-2.0\n---\n\n"
        f"# {name}, version {version}\n\n{what}"
        f'```python\nimport stance\nmodel = stance.load_model("{name}@{version}")\n```\n\n'
        f"Trained on the dataset with fingerprint `{fingerprint}`.\n{made}"
        "Numbers with a 95 % bootstrap interval in brackets.\n"
    )
    tables = [f"\n## {head[0].upper()}{head[1:]}\n\n{_markdown(rows(scores))}" for head, scores in _parts(results)]
    checked = "".join(f"- {finding}\n" for finding in findings)
    limits = (
        f"\n## Findings of the checks\n\n{checked or 'None.'}\n"
        "\n## Limits\n\nOne sentence at a time. On text of other kinds than it was trained on, expect less.\n\n"
        "![Confusion matrix](confusion.png)\n"
    )
    return head + "".join(tables) + limits


def _markdown(cells: Sequence[Sequence[str]]) -> str:
    lines = [COLUMNS, ("---", *["---:"] * (len(COLUMNS) - 1)), *cells]
    return "".join("| " + " | ".join(line) + " |\n" for line in lines)


def draw_confusion(confusion: Sequence[Sequence[int]], names: Sequence[str], path: Path) -> None:
    """Draw the confusion matrix as PNG: true classes down, predicted across, counts and row shares in the cells."""
    import numpy as np
    from matplotlib.figure import Figure

    counts = np.asarray(confusion, dtype=float)
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    figure = Figure(figsize=(4.6, 4.2), layout="constrained")
    axes = figure.add_subplot()
    axes.imshow(shares, cmap="Blues", vmin=0, vmax=1)
    axes.set_xticks(range(len(names)), names)
    axes.set_yticks(range(len(names)), names, rotation=90, va="center")
    axes.set_xlabel("predicted")
    axes.set_ylabel("true")
    for i, j in np.ndindex(*counts.shape):
        shade = "white" if shares[i, j] > 0.5 else "black"
        axes.text(j, i, f"{int(counts[i, j])}\n{shares[i, j]:.0%}", ha="center", va="center", color=shade)
    figure.savefig(path, dpi=150, metadata={"Software": None})


def show_assessment(assessed: Assessment) -> None:
    """Print calibration, prediction sets, abstention, the learning curve and the weakest slices."""
    console = _console()
    overall = assessed.evaluation.overall
    if assessed.temperatures:
        low, high = min(assessed.temperatures), max(assessed.temperatures)
        console.print(
            f"calibration: temperature {low:.2f} to {high:.2f} over the folds; log loss {assessed.before['log_loss']} "
            f"before, {overall.log_loss} after; calibration error {assessed.before['calibration_error']} before, "
            f"{overall.calibration_error} after",
            highlight=False,
        )
    if assessed.sets:
        console.print(_plain_table(
            f"prediction sets, stated coverage {assessed.coverage:.0%}",
            ("holder_kind", "measured coverage", "mean size", "one label", "n"),
            [(s.kind, str(s.measured), str(s.size), str(s.single), str(s.measured.n)) for s in assessed.sets],
        ))  # fmt: skip
    points = [point for point in assessed.risk_coverage if point.coverage in (0.2, 0.5, 0.8, 1.0)]
    console.print(_plain_table(
        "abstention: error rate among the sentences the model is surest of",
        ("share kept", "confidence at least", "error rate", "n"),
        [(f"{p.coverage:.0%}", f"{p.confidence:.2f}", str(p.risk), str(p.risk.n)) for p in points],
    ))  # fmt: skip
    if assessed.curve:
        console.print(_plain_table(
            "learning curve", ("training rows", "macro-F1", "n"),
            [(str(point.rows), str(point.macro_f1), str(point.macro_f1.n)) for point in assessed.curve],
        ))  # fmt: skip
    weakest = sorted((s for s in assessed.slices if not s.small), key=lambda s: s.accuracy.value)[:8]
    console.print(_plain_table(
        "weakest slices (of 30 rows and more)", ("slice", "accuracy", "macro-F1", "n"),
        [(f"{s.field} {s.value}", str(s.accuracy), str(s.macro_f1 or "one class"), str(s.accuracy.n)) for s in weakest],
    ))  # fmt: skip


def _plain_table(title: str, heads: Sequence[str], cells: Sequence[Sequence[str]]) -> Table:
    table = Table(title=title, title_justify="left")
    for number, head in enumerate(heads):
        table.add_column(head, justify="right" if number else "left", overflow="fold")
    for row in cells:
        table.add_row(*row)
    return table
