"""What a report is made of: paragraphs, lists, tables, charts and matrices, each as HTML and as Markdown."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from stance.learning.report.markup import Safe, breakable, join, plain, tag
from stance.records import Interval


class Block(Protocol):
    """A part of a section."""

    def html(self) -> Safe:
        """The part as HTML."""

    def markdown(self) -> str:
        """The part as Markdown, ending in a newline."""


@dataclass(frozen=True, slots=True)
class Label:
    """A class of the label set; `place` is its position from -1 to 1 on an ordered scale, None without one."""

    name: str
    place: float | None = None

    @property
    def side(self) -> str:
        """Which colour the class has: that of the low end, the middle, the high end, or none."""
        return "plain" if self.place is None else "low" if self.place < 0 else "high" if self.place > 0 else "middle"

    def html(self) -> Safe:
        """The name after a mark whose shape and colour say where on the scale it stands."""
        if self.place is None:
            return tag("bdi", self.name)
        sign = {"low": "▼", "middle": "●", "high": "▲"}[self.side]
        mark = tag("span", sign, class_=f"sign {self.side}", style=f"--far:{abs(self.place):.0%}", aria_hidden="true")
        return tag("span", mark, " ", tag("bdi", self.name), class_="label")


@dataclass(frozen=True, slots=True)
class Named:
    """A name with a word of explanation."""

    name: str
    gloss: str


@dataclass(frozen=True, slots=True)
class Plot:
    """A small plot inside a table, which the page alone shows."""

    svg: Safe


Cell = str | int | Interval | Label | Named | Plot | None


@dataclass(frozen=True, slots=True)
class Text:
    """A paragraph; `kind` is `lead`, `note` or `missing`."""

    text: str
    kind: str = ""

    def html(self) -> Safe:
        """The paragraph."""
        return tag("p", self.text, class_=self.kind or None)

    def markdown(self) -> str:
        """The paragraph."""
        return f"{plain(self.text)}\n"


@dataclass(frozen=True, slots=True)
class Facts:
    """Terms and what they are; `codes` names those to be set as code."""

    facts: Sequence[tuple[str, str]]
    codes: frozenset[str] = frozenset()

    def html(self) -> Safe:
        """A definition list."""
        return tag("dl", *(join([tag("dt", term), tag("dd", self._value(term, value))]) for term, value in self.facts))

    def _value(self, term: str, value: str) -> Safe:
        return tag("code", value) if term in self.codes else tag("bdi", value)

    def markdown(self) -> str:
        """A list."""
        return "".join(f"- {plain(term)}: {plain(value)}\n" for term, value in self.facts)


@dataclass(frozen=True, slots=True)
class Table:
    """A table with a caption; a column whose name is markup is the axis of small plots. `faint` rows are marked."""

    caption: str
    columns: Sequence[str]
    rows: Sequence[Sequence[Cell]]
    faint: frozenset[int] = frozenset()

    def html(self) -> Safe:
        """The table in a frame that scrolls where the page is narrow."""
        head = tag("tr", *(self._head(k) for k in range(len(self.columns))))
        body = [
            tag("tr", *(self._cell(k, cell) for k, cell in enumerate(row)), class_="faint" if n in self.faint else None)
            for n, row in enumerate(self.rows)
        ]
        plotted = "plotted" if any(isinstance(name, Safe) for name in self.columns) else None
        caption = tag("caption", tag("span", self.caption))
        table = tag("table", caption, tag("thead", head), tag("tbody", *body), class_=plotted)
        return tag("div", table, class_="scroll", role="region", aria_label=self.caption, tabindex=0)

    def _kind(self, column: int) -> str | None:
        numeric = column and any(isinstance(row[column], Interval | int) for row in self.rows)
        return "plot" if isinstance(self.columns[column], Safe) else "number" if numeric else None

    def _head(self, column: int) -> Safe:
        name = self.columns[column]
        return tag("th", name, scope="col", class_=self._kind(column)) if name else tag("td")

    def _cell(self, column: int, cell: Cell) -> Safe:
        if column == 0:
            return tag("th", _cell(cell), scope="row")
        return tag("td", _cell(cell), class_=self._kind(column))

    def markdown(self) -> str:
        """The caption, then the table without its plots."""
        kept = [k for k, name in enumerate(self.columns) if not isinstance(name, Safe)]
        lines = [[plain(self.columns[k]) for k in kept], ["---"] * len(kept)]
        lines += [[_plain_cell(row[k]) for k in kept] for row in self.rows]
        return f"{plain(self.caption)}\n\n" + "".join(f"| {' | '.join(line)} |\n" for line in lines)


def _cell(cell: Cell) -> Safe:
    match cell:
        case Interval():
            whole = [tag("span", f"{cell.value:.3f}".replace("-", "−")), " ", tag("span", _ends(cell), class_="ends")]
            return join(whole)
        case Label():
            return cell.html()
        case Named():
            return join([tag("bdi", breakable(cell.name)), tag("small", cell.gloss)])
        case Plot():
            return cell.svg
        case None:
            return tag("span", "–", class_="nothing")
        case _:
            return tag("bdi", breakable(str(cell)))


def _ends(interval: Interval) -> str:
    return f"[{interval.low:.3f}, {interval.high:.3f}]".replace("-", "−")


def _plain_cell(cell: Cell) -> str:
    match cell:
        case Label():
            return plain(cell.name)
        case Named():
            return f"{plain(cell.name)} ({plain(cell.gloss)})"
        case None:
            return "–"
        case Interval():
            return str(cell)
        case _:
            return plain(str(cell))


@dataclass(frozen=True, slots=True)
class Chart:
    """A chart with what it shows in words, and the table of the same numbers beside it."""

    svg: Safe
    caption: str
    table: Table

    def html(self) -> Safe:
        """Chart and table side by side."""
        figure = tag("figure", self.svg, tag("figcaption", self.caption))
        return tag("div", figure, self.table.html(), class_="beside")

    def markdown(self) -> str:
        """The table alone."""
        return self.table.markdown()


@dataclass(frozen=True, slots=True)
class Confusion:
    """Counts of true classes down and predicted across, with their share of the row; `ends` outlines the far ends."""

    caption: str
    labels: Sequence[Label]
    counts: Sequence[Sequence[int]]
    ends: bool

    def html(self) -> Safe:
        """A table shaded by the share of its row."""
        groups = tag("tr", tag("td"), tag("th", "predicted", colspan=len(self.labels), scope="colgroup"), tag("td"))
        names = [tag("th", label.html(), scope="col") for label in self.labels]
        head = tag("tr", tag("th", "true", scope="col"), *names, tag("th", "n", scope="col", class_="number"))
        rows = []
        for i, (label, counts) in enumerate(zip(self.labels, self.counts, strict=True)):
            cells = [self._cell(i, j) for j in range(len(counts))]
            rows.append(
                tag("tr", tag("th", label.html(), scope="row"), *cells, tag("td", str(sum(counts)), class_="number"))
            )
        sums = [tag("td", str(sum(column)), class_="number") for column in zip(*self.counts, strict=True)]
        total = tag("td", str(sum(map(sum, self.counts))), class_="number")
        foot = tag("tr", tag("th", "n", scope="row"), *sums, total)
        table = tag(
            "table", tag("caption", tag("span", self.caption)), tag("thead", groups, head), tag("tbody", *rows),
            tag("tfoot", foot), class_="confusion",
        )  # fmt: skip
        return tag("div", table, class_="scroll", role="region", aria_label=self.caption, tabindex=0)

    def _cell(self, i: int, j: int) -> Safe:
        flip = self.ends and abs(i - j) == len(self.labels) - 1
        kind = "right" if i == j else "flip" if flip else None
        style = f"--share:{self._share(i, j):.1%}"
        return tag("td", tag("b", str(self.counts[i][j])), tag("small", self._percent(i, j)), class_=kind, style=style)

    def _share(self, i: int, j: int) -> float:
        return self.counts[i][j] / max(sum(self.counts[i]), 1)

    def _percent(self, i: int, j: int) -> str:
        return f"{self._share(i, j):.0%}" if sum(self.counts[i]) else "no row"

    def markdown(self) -> str:
        """Counts with shares in brackets."""
        rows: list[list[Cell]] = [
            [
                label,
                *(f"{count} ({self._percent(i, j)})" for j, count in enumerate(self.counts[i])),
                sum(self.counts[i]),
            ]
            for i, label in enumerate(self.labels)
        ]
        columns = ["true (down), predicted (across)", *(label.name for label in self.labels), "n"]
        return Table(self.caption, columns, rows).markdown()


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the report with its heading; `name` is its id on the page."""

    name: str
    title: str
    blocks: Sequence[Block]
