"""Print what a labelled dataset holds."""

from collections.abc import Mapping

from rich.console import Console
from rich.table import Table

from stance.corpus.dataset import Built
from stance.labels import NAMES
from stance.records import Interval


def show_composition(
    counts: Mapping[str, Mapping[str, int]],
    alphas: Mapping[str, Interval],
    built: Built,
    console: Console | None = None,
) -> None:
    """Print counts by origin and label, agreement of the two passes, and where the dataset lies."""
    console = console or Console()
    table = Table(title="Labelled sentences")
    table.add_column("origin")
    for name in (*NAMES, "n"):
        table.add_column(name, justify="right")
    table.add_column("ordinal alpha of two passes", overflow="fold")
    for origin, row in counts.items():
        alpha = str(alphas[origin]) if origin in alphas else "one pass only"
        table.add_row(origin, *(str(row[name]) for name in NAMES), str(sum(row.values())), alpha)
    console.print(table)
    state = "written" if built.fresh else "unchanged"
    console.print(f"dataset {state}: {built.path} ({built.rows} rows)")
    console.print(f"fingerprint {built.fingerprint}", soft_wrap=True)
