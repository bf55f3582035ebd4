"""Confident errors with the words that led to them, as HTML and as Markdown."""

from collections.abc import Sequence
from dataclasses import dataclass

from stance.learning.report.blocks import Label
from stance.learning.report.markup import Safe, escape, join, plain, tag

FAINT = 0.2
"""Words whose weight is below this share of the sentence's largest are left unmarked."""
STRONG = 0.5
"""Words from this share on are also bold."""
NAMED = 3
"""Words named on either side below a sentence."""


@dataclass(frozen=True, slots=True)
class Mistake:
    """A sentence read wrongly with confidence, and (start, end, weight) of its words for the class predicted."""

    id: str
    text: str
    true: Label
    predicted: Label
    confidence: float
    holder: str | None
    method: str
    words: Sequence[tuple[int, int, float]]

    @property
    def unit(self) -> str:
        """Unit of the weights."""
        return "log-odds" if self.method == "linear" else "probability"

    def html(self) -> Safe:
        """The labels, the sentence with its words highlighted, and the words that weigh most."""
        verdict = tag(
            "p", "true ", self.true.html(), ", predicted ", self.predicted.html(),
            tag("span", f", confidence {self.confidence:.3f}"), class_="verdict",
        )  # fmt: skip
        about = [("holder", self.holder), ("id", self.id), ("weights", self.method)]
        parts = [join([f"{name} ", tag("bdi", value)]) for name, value in about if value]
        return tag(
            "li", verdict, tag("blockquote", highlighted(self.text, self.words, self.unit), dir="auto"),
            tag("p", *self._named(), class_="note"), tag("p", join(parts, " · "), class_="note"),
        )  # fmt: skip

    def _strongest(self) -> list[tuple[str, list[tuple[int, int, float]]]]:
        ranked = sorted(self.words, key=lambda word: -abs(word[2]))
        toward = [word for word in ranked if word[2] > 0][:NAMED]
        against = [word for word in ranked if word[2] < 0][:NAMED]
        return [("Toward", toward), ("Against", against)]

    def _named(self) -> list[Safe]:
        said = []
        for side, words in self._strongest():
            if words:
                listed = [join([tag("bdi", self.text[start:end]), f"\u00a0{_signed(w)}"]) for start, end, w in words]
                said.append(join([f"{side} {self.predicted.name}: ", join(listed, ", "), ". "]))
        return said or [escape("No word weighs on the prediction.")]

    def markdown(self) -> str:
        """The same, the sentence as a quotation."""
        sides = [
            f"{side.lower()}: {', '.join(f'{plain(self.text[a:b])} {_signed(w)}' for a, b, w in words)}"
            for side, words in self._strongest()
            if words
        ]
        about = ([f"holder {plain(self.holder)}"] if self.holder else []) + [
            f"id {plain(self.id)}",
            self.method,
            *sides,
        ]
        return (
            f"- true **{plain(self.true.name)}**, predicted **{plain(self.predicted.name)}**, "
            f"confidence {self.confidence:.3f}\n  > {plain(self.text)}\n\n  {'; '.join(about)}\n"
        )


def highlighted(text: str, words: Sequence[tuple[int, int, float]], unit: str) -> Safe:
    """The text letter for letter, each word marked by the side and the share of its weight."""
    most = max((abs(weight) for *_, weight in words), default=0.0)
    parts, done = [], 0
    for start, end, weight in sorted(words):
        if start < done or end > len(text) or start >= end:
            continue
        parts += [escape(text[done:start]), _marked(text[start:end], weight, most, unit)]
        done = end
    return join([*parts, escape(text[done:])])


def _marked(word: str, weight: float, most: float, unit: str) -> Safe:
    share, title = abs(weight) / most if most else 0.0, f"{_signed(weight)} {unit}"
    if share < FAINT:
        return tag("span", word, title=title)
    side = "toward" if weight > 0 else "against"
    strong = " strong" if share >= STRONG else ""
    return tag("mark", word, title=title, class_=side + strong, style=f"--weight:{share * 40:.0f}%")


def _signed(weight: float) -> str:
    return f"{weight:+.2f}".replace("-", "−")


@dataclass(frozen=True, slots=True)
class Mistakes:
    """A list of confident errors; Markdown shows the first few."""

    errors: Sequence[Mistake]
    first: int = 10

    def html(self) -> Safe:
        """All of them."""
        return tag("ol", *(error.html() for error in self.errors), class_="mistakes")

    def markdown(self) -> str:
        """The first few."""
        return "\n".join(error.markdown() for error in self.errors[: self.first])
