"""Marked-up articles, and how far the reading of an article agrees with them.

A marked article is the plain text with marks put in by hand; taking them out gives the text back exactly. A line
begins with `H|`, `B|`, `C|` or `F|` (headline, body, caption, furniture); `{{kind:holder}}` stands at the first
character of a sentence, kind being dq, iq, aa or au (direct quote, indirect quote, attributed act, author);
a quotation of somebody's words stands in ⟦d ... ⟧, a scare quote in ⟦s ... ⟧.
"""

import re
from collections.abc import Hashable, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from pathlib import Path

from rich.table import Table

from stance.errors import ArticleError
from stance.records import Article
from stance.text.actors import read_actors
from stance.text.cleaning import Part, read_lines
from stance.text.sentences import read_sentences
from stance.text.voices import Voice, read_quotes, read_voices

PARTS = {"H": Part.HEADLINE, "B": Part.BODY, "C": Part.CAPTION, "F": Part.FURNITURE}
KINDS = {"dq": "direct_quote", "iq": "indirect_quote", "aa": "attributed_act", "au": "author"}
MARK = re.compile(r"\{\{(?P<kind>[a-z]{2})(?::(?P<holder>[^}]*))?\}\}|⟦(?P<open>[ds])|(?P<close>⟧)")
REPORTED = ("direct_quote", "indirect_quote")


@dataclass(frozen=True, slots=True)
class MarkedSentence:
    """A sentence as marked by hand."""

    start: int
    end: int
    kind: str
    holder: str


@dataclass(frozen=True, slots=True)
class Marked:
    """An article with its hand-made marks, all spans as character offsets."""

    article: Article
    lines: tuple[tuple[int, int, Part], ...]
    sentences: tuple[MarkedSentence, ...]
    quotes: tuple[tuple[int, int, str], ...]


@dataclass(frozen=True, slots=True)
class Ratio:
    """Counts behind a score: right ones, found ones, marked ones."""

    right: int
    found: int
    marked: int

    @property
    def f1(self) -> float:
        """Harmonic mean of precision and recall; 1 where nothing was marked and nothing found."""
        return 2 * self.right / (self.found + self.marked) if self.found + self.marked else 1.0

    def __add__(self, other: "Ratio") -> "Ratio":
        return Ratio(self.right + other.right, self.found + other.found, self.marked + other.marked)

    def __str__(self) -> str:
        return f"F1 {self.f1:.3f} (right {self.right}, found {self.found}, marked {self.marked})"


@dataclass(frozen=True, slots=True)
class Reading:
    """How far the reading of articles agrees with their marks.

    `furniture` counts lines that are not headline or body; `boundaries` sentence ends inside the text that is kept;
    `quotes` exact spans of quoted words; `holders` quoted and reported sentences whose holder is right, an unknown
    holder being wrong; `kinds` all sentences.
    """

    furniture: Ratio
    boundaries: Ratio
    quotes: Ratio
    holders: Ratio
    kinds: Ratio

    def __add__(self, other: "Reading") -> "Reading":
        return Reading(
            self.furniture + other.furniture,
            self.boundaries + other.boundaries,
            self.quotes + other.quotes,
            self.holders + other.holders,
            self.kinds + other.kinds,
        )


def read_marked(path: Path) -> Marked:
    """Read a marked article; raises ArticleError naming the line for a mark that does not fit."""
    lines: list[tuple[int, int, Part]] = []
    sentences: list[tuple[int, int, str, str]] = []
    quotes: list[tuple[int, int, str]] = []
    text = ""
    for number, raw in enumerate(path.read_bytes().decode("utf-8").split("\n"), 1):
        text += "\n" if number > 1 else ""
        if not raw.strip():
            text += raw
            continue
        if raw[:2] not in ("H|", "B|", "C|", "F|"):
            raise ArticleError(f"{path}:{number}", "a line must begin with H|, B|, C| or F|")
        part, start = PARTS[raw[0]], len(text)
        text, found = _unmark(raw[2:], text, f"{path}:{number}", quotes)
        indent = len(text[start:]) - len(text[start:].lstrip())
        lines.append((start + indent, start + len(text[start:].rstrip()), part))
        ends = [*(begin for begin, *_ in found[1:]), len(text)][: len(found)]
        for (begin, kind, holder), end in zip(found, ends, strict=True):
            sentences.append((begin, begin + len(text[begin:end].rstrip()), kind, holder))
    marked = tuple(MarkedSentence(*sentence) for sentence in sentences)
    return Marked(Article(path.stem, text), tuple(lines), marked, tuple(quotes))


def _unmark(
    raw: str, text: str, where: str, quotes: list[tuple[int, int, str]]
) -> tuple[str, list[tuple[int, str, str]]]:
    """Append a line without its marks to the text; collect its quotes and the marks of its sentences."""
    sentences: list[tuple[int, str, str]] = []
    opened: tuple[int, str] | None = None
    position = 0
    for match in MARK.finditer(raw):
        text += raw[position : match.start()]
        position = match.end()
        if match["kind"]:
            if match["kind"] not in KINDS:
                raise ArticleError(where, f"kind {match['kind']!r} is not one of {', '.join(KINDS)}")
            sentences.append((len(text), KINDS[match["kind"]], match["holder"] or "author"))
        elif match["open"]:
            opened = (len(text), match["open"])
        elif opened:
            quotes.append((opened[0], len(text), opened[1]))
            opened = None
        else:
            raise ArticleError(where, "⟧ closes a quotation that ⟦ did not open")
    return text + raw[position:], sentences


def score(marked: Marked) -> Reading:
    """Read an article and compare with its marks."""
    article = marked.article
    lines = read_lines(article)
    sentences = read_sentences(article)
    voices = read_voices(article, sentences, lines=lines)
    dropped = {(line.start, line.end) for line in lines if line.part in (Part.FURNITURE, Part.CAPTION)}
    to_drop = {(a, b) for a, b, part in marked.lines if part in (Part.FURNITURE, Part.CAPTION)}
    kept = [(a, b) for a, b, part in marked.lines if part in (Part.HEADLINE, Part.BODY)]
    quotes = {(q.start, q.end) for q in read_quotes(article, lines) if q.speech}
    spoken = {(a, b) for a, b, kind in marked.quotes if kind == "d" and _within(a, kept)}
    return Reading(
        _compare(dropped, to_drop),
        _compare({s.end for s in sentences if _within(s.start, kept)}, {s.end for s in marked.sentences}),
        _compare(quotes, spoken),
        *_voices(list(zip(sentences, voices, strict=True)), marked.sentences),
    )


def _compare(found: AbstractSet[Hashable], expected: AbstractSet[Hashable]) -> Ratio:
    return Ratio(len(found & expected), len(found), len(expected))


def _within(position: int, spans: Iterable[tuple[int, int]]) -> bool:
    return any(a <= position < b for a, b in spans)


def _voices(read: Sequence[tuple[object, Voice]], marked: Sequence[MarkedSentence]) -> tuple[Ratio, Ratio]:
    """Right holders among the reported sentences, and right kinds among all; a sentence is found by its overlap."""
    right = kinds = 0
    reported = [sentence for sentence in marked if sentence.kind in REPORTED and sentence.holder != "unknown"]
    for sentence in marked:
        voice = voice_at(read, sentence)
        kinds += bool(voice and voice.holder_kind == sentence.kind)
        if sentence in reported and voice and voice.holder and same_holder(voice.holder, sentence.holder):
            right += 1
    return Ratio(right, len(reported), len(reported)), Ratio(kinds, len(marked), len(marked))


def voice_at(read: Sequence[tuple[object, Voice]], sentence: MarkedSentence) -> Voice | None:
    """Voice of the sentence read that shares the most characters with a marked one."""
    best, most = None, 0
    for other, voice in read:
        shared = min(other.end, sentence.end) - max(other.start, sentence.start)  # type: ignore[attr-defined]
        if shared > most:
            best, most = voice, shared
    return best


def same_holder(found: str, expected: str) -> bool:
    """Whether two names are one holder: equal but for articles and case, or one within the other with its head word."""
    found, expected = _canonical(found), _canonical(expected)
    a, b = _words(found), _words(expected)
    return a == b or (bool(a) and bool(b) and (a <= b or b <= a) and _heads(found) == _heads(expected))


def _canonical(name: str) -> str:
    """The gazetteer's name for a person, where it knows one by that surname."""
    actor = read_actors().exact(tuple(name.lower().split())) or read_actors().similar(name.rsplit(maxsplit=1)[-1])
    return actor.name if actor and len(name.split()) <= 3 else name


ARTICLES = frozenset("a an the one another of for in at".split())


def _words(name: str) -> frozenset[str]:
    adjectives = read_actors().adjectives
    words = (word.removesuffix("'s").removesuffix("’s") for word in re.findall(r"[\w’']+", name.lower()))
    return frozenset(adjectives.get(word, word).lower() for word in words if word not in ARTICLES)


def _heads(name: str) -> str:
    words = [
        w
        for w in re.split(r"\s+(?:of|for|in|at|from|with|who|which|that)\s+", name.lower())[0].split()
        if w not in ARTICLES
    ]
    return words[-1] if words else ""


def score_all(paths: Iterable[Path]) -> dict[str, Reading]:
    """Score marked articles one by one, by name."""
    return {path.stem: score(read_marked(path)) for path in sorted(paths)}


def table(readings: Mapping[str, Reading]) -> Table:
    """Scores per article and over all, each F1 (or share right) with the counts it rests on."""
    columns = ("furniture", "boundaries", "quotes", "holders", "kinds")
    result = Table(title="Reading against reference marks: F1 (right / marked)", title_justify="left")
    result.add_column("article")
    for column in columns:
        result.add_column(column, justify="right")
    total = Reading(*[Ratio(0, 0, 0)] * len(columns))
    for name, reading in readings.items():
        total += reading
        result.add_row(name, *(_cell(getattr(reading, column)) for column in columns))
    result.add_section()
    result.add_row("all", *(_cell(getattr(total, column)) for column in columns))
    return result


def _cell(ratio: Ratio) -> str:
    return f"{ratio.f1:.3f} ({ratio.right}/{ratio.marked})"
