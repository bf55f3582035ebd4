"""Draw charts as SVG: its colours come from the page's style, its texts are read aloud, its numbers stand beside it."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, floor, log2

from stance.learning.report.markup import Safe, join, tag
from stance.records import Interval

WIDTH, HEIGHT = 460, 330
LEFT, RIGHT, TOP, BOTTOM = 54, 22, 14, 50
STEPS = (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0)


@dataclass(frozen=True, slots=True)
class Axis:
    """An axis with its label, its range and the values to write on it; `log` makes it a log-2 scale."""

    label: str
    low: float
    high: float
    ticks: tuple[tuple[float, str], ...]
    log: bool = False

    def at(self, value: float) -> float:
        """Place of a value between 0 and 1."""
        if self.log:
            return (log2(value) - log2(self.low)) / (log2(self.high) - log2(self.low))
        return (value - self.low) / (self.high - self.low)


def linear(label: str, low: float, high: float) -> Axis:
    """An axis that holds the range and starts and ends on a tick; about six ticks."""
    step = next((step for step in STEPS if (high - low) / step <= 6), ceil((high - low) / 6))
    first, last = floor(low / step + 1e-9), max(ceil(high / step - 1e-9), floor(low / step) + 1)
    ticks = tuple((k * step, f"{k * step:.2f}".rstrip("0").rstrip(".")) for k in range(first, last + 1))
    return Axis(label, first * step, last * step, ticks)


def doubling(label: str, values: Sequence[int]) -> Axis:
    """A log-2 axis over counts, each of them a tick."""
    ticks = tuple((float(value), str(value)) for value in values)
    return Axis(label, min(values) / 1.25, max(values) * 1.25, ticks, log=True)


class Chart:
    """A frame with two axes; its methods draw marks in the data's own numbers."""

    def __init__(self, x: Axis, y: Axis) -> None:
        self.x, self.y = x, y

    def across(self, value: float) -> float:
        """Pixels from the left."""
        return round(LEFT + self.x.at(value) * (WIDTH - LEFT - RIGHT), 1)

    def down(self, value: float) -> float:
        """Pixels from the top."""
        return round(HEIGHT - BOTTOM - self.y.at(value) * (HEIGHT - TOP - BOTTOM), 1)

    def line(self, points: Sequence[tuple[float, float]], kind: str) -> Safe:
        """A line through points."""
        return tag("polyline", points=self._points(points), class_=kind)

    def band(self, along: Sequence[float], intervals: Sequence[Interval]) -> Safe:
        """The area between the low and the high ends of intervals."""
        there = [(x, interval.high) for x, interval in zip(along, intervals, strict=True)]
        back = [(x, interval.low) for x, interval in zip(along, intervals, strict=True)]
        return tag("polygon", points=self._points([*there, *reversed(back)]), class_="band")

    def dot(self, x: float, interval: Interval) -> Safe:
        """A value with its interval upright."""
        place, cap = self.across(x), 3
        ends = [self.down(interval.low), self.down(interval.high)]
        caps = [tag("line", x1=place - cap, x2=place + cap, y1=end, y2=end, class_="whisker") for end in ends]
        whisker = tag("line", x1=place, x2=place, y1=ends[0], y2=ends[1], class_="whisker")
        return join([whisker, *caps, tag("circle", cx=place, cy=self.down(interval.value), r=3.5, class_="dot")])

    def note(self, x: float, y: float, text: str, anchor: str = "start") -> Safe:
        """Words beside a mark."""
        return tag("text", text, x=self.across(x), y=self.down(y) - 7, text_anchor=anchor, class_="note")

    def draw(self, name: str, title: str, description: str, marks: Sequence[Safe]) -> Safe:
        """The whole chart; `name` is its id on the page."""
        return tag(
            "svg",
            tag("title", title, id=f"{name}-title"),
            tag("desc", description, id=f"{name}-about"),
            *self._grid(),
            *marks,
            viewBox=f"0 0 {WIDTH} {HEIGHT}",
            role="img",
            aria_labelledby=f"{name}-title {name}-about",
            class_="chart",
        )

    def _points(self, points: Sequence[tuple[float, float]]) -> str:
        return " ".join(f"{self.across(x)},{self.down(y)}" for x, y in points)

    def _grid(self) -> list[Safe]:
        right, bottom = WIDTH - RIGHT, HEIGHT - BOTTOM
        drawn = [tag("line", x1=LEFT, x2=right, y1=bottom, y2=bottom, class_="axis")]
        for value, text in self.y.ticks:
            y = self.down(value)
            drawn.append(tag("line", x1=LEFT, x2=right, y1=y, y2=y, class_="grid"))
            drawn.append(tag("text", text, x=LEFT - 8, y=y + 4.5, text_anchor="end"))
        for value, text in self.x.ticks:
            x = self.across(value)
            drawn.append(tag("line", x1=x, x2=x, y1=bottom, y2=bottom + 5, class_="axis"))
            drawn.append(tag("text", text, x=x, y=bottom + 20, text_anchor="middle"))
        middle = (LEFT + right) / 2
        drawn.append(tag("text", self.x.label, x=middle, y=HEIGHT - 8, text_anchor="middle", class_="label"))
        centre = (TOP + bottom) / 2
        turned = f"rotate(-90 14 {centre})"
        drawn.append(tag("text", self.y.label, x=14, y=centre, transform=turned, text_anchor="middle", class_="label"))
        return drawn


def reliability(confidences: Sequence[float], shares: Sequence[Interval]) -> Safe:
    """Reliability diagram: share right against confidence, the diagonal where both agree."""
    least = min([*confidences, *(share.low for share in shares)])
    x, y = (linear(label, floor(least * 10) / 10, 1) for label in ("mean confidence of the bin", "share right"))
    chart = Chart(x, y)
    marks = [
        chart.line([(x.low, x.low), (1, 1)], "reference"),
        *(chart.dot(confidence, share) for confidence, share in zip(confidences, shares, strict=True)),
    ]
    return chart.draw(
        "reliability",
        "Reliability diagram",
        "Share of sentences labelled right against mean confidence, one dot with its 95% interval for each bin. "
        "On the dashed diagonal both are equal; below it the model is too sure. The table holds the same numbers.",
        marks,
    )


def risk_coverage(kept: Sequence[float], risks: Sequence[Interval]) -> Safe:
    """Risk-coverage curve with its band."""
    across = Axis("share of sentences kept, surest first", 0, 1, tuple((k / 5, f"{k * 20}%") for k in range(6)))
    chart = Chart(across, linear("error rate among those kept", 0, max(risk.high for risk in risks)))
    values = [risk.value for risk in risks]
    return chart.draw(
        "abstention",
        "Risk-coverage curve",
        "Error rate among the sentences kept, from the surest tenth to all of them, with a band of 95% intervals. "
        "The table holds the same numbers.",
        [chart.band(kept, risks), chart.line(list(zip(kept, values, strict=True)), "curve")],
    )


def learning_curve(rows: Sequence[int], scores: Sequence[Interval], floor_: float) -> Safe:
    """Learning curve from zero up, the majority baseline below it."""
    chart = Chart(
        doubling("training rows (log scale)", rows), linear("macro-F1", 0, max(score.high for score in scores))
    )
    marks = [
        chart.line([(chart.x.low, floor_), (chart.x.high, floor_)], "reference"),
        chart.note(chart.x.high, floor_, "always the majority class", "end"),
        chart.line([(float(n), score.value) for n, score in zip(rows, scores, strict=True)], "curve"),
        *(chart.dot(n, score) for n, score in zip(rows, scores, strict=True)),
    ]
    return chart.draw(
        "learning-curve",
        "Learning curve",
        "Macro-F1 on the same test rows against the number of training rows, with 95% intervals; the vertical axis "
        "starts at 0, the dashed line is the majority baseline. The table holds the same numbers.",
        marks,
    )


@dataclass(frozen=True, slots=True)
class Strip:
    """The axis that the small dot-and-interval plots of one table column share, with an upright reference."""

    low: float = 0.0
    high: float = 1.0
    reference: float | None = None

    def head(self) -> Safe:
        """The axis: its ends and its middle."""
        middle = (self.low + self.high) / 2
        places = ((self.low, "0%", "start"), (middle, "50%", "middle"), (self.high, "100%", "end"))
        texts = [tag("text", f"{value:g}", x=x, y="80%", text_anchor=anchor) for value, x, anchor in places]
        return tag("svg", *texts, class_="strip", aria_hidden="true")

    def draw(self, interval: Interval, kind: str = "", other: Interval | None = None) -> Safe:
        """A value with its interval, and another as an open ring; what lies outside is cut at the edge."""
        marks = [tag("line", x1="0%", x2="100%", y1="50%", y2="50%", class_="grid")]
        if self.reference is not None:
            here = self._at(self.reference)
            marks.append(tag("line", x1=here, x2=here, y1="0%", y2="100%", class_="reference"))
        low, high = self._at(interval.low), self._at(interval.high)
        marks.append(tag("line", x1=low, x2=high, y1="50%", y2="50%", class_="extent"))
        if other:
            marks.append(tag("circle", cx=self._at(other.value), cy="50%", r=4, class_="ring"))
        marks.append(tag("circle", cx=self._at(interval.value), cy="50%", r=3.5, class_=kind or "dot"))
        return tag("svg", *marks, class_="strip", aria_hidden="true")

    def _at(self, value: float) -> str:
        return f"{min(max((value - self.low) / (self.high - self.low), 0), 1):.2%}"
