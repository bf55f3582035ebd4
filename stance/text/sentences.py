"""Split an article's body into sentences with exact offsets.

Boundaries come from nupunkt (a Punkt splitter without dependencies), one paragraph at a time, and are then
repaired where news copy is known to trip it: a sentence that ends in an everyday word taken for an abbreviation,
and a quotation mark left at the start of the next sentence.
"""

import re
from collections.abc import Iterable, Iterator, Sequence

from stance.records import Article, Sentence
from stance.text.cleaning import KEPT, Line, Part, read_lines

# Abbreviations that a capitalised word may follow inside one sentence.
ABBREVIATIONS = frozenset(
    "mr mrs ms dr prof gen col lt sgt capt maj adm rep sen gov pres rev st sr jr no vs etc inc ltd co corp "
    "jan feb mar apr jun jul aug sep sept oct nov dec approx art fig vol dept".split()
)  # fmt: skip
MISSED = re.compile(r"(?<=[a-z]{3}[.!?])(?P<closers>[”’\"')\]]*)\s+(?=[“‘\"'(\[]*[A-Z])")
CLOCK = re.compile(
    r"(?<=\b[ap]\.m\.)[”’\"')\]]*\s+(?=[“‘\"']?(?:The|A|An|He|She|It|They|We|I|His|Her|Its|Their|This|That|These|Those|There|"
    r"But|And|In|On|At|No|Nobody|None|Nothing|Some|Most|Many|After|Before|Later|Both|Neither|Police|Officials)\b)"
)
TITLED = re.compile(
    r"(?:^|\s)(?:Mr|Mrs|Ms|Dr|Prof|Gen|Col|Lt|Sgt|Capt|Maj|Adm|Rev|Gov|Sen|Rep|Fr|Hon|Brig|Vice-Adm)\.$"
)
LINK = re.compile(r"(?:https?://|www\.|pic\.twitter\.com/)\S+")
LAST_WORD = re.compile(r"([A-Za-z]+)[.!?]$")


def split(text: str) -> list[tuple[int, int]]:
    """Offsets of the sentences of one paragraph, without the white space between them.

    >>> [("One came. Two left."[a:b]) for a, b in split("One came. Two left.")]
    ['One came.', 'Two left.']
    """
    from nupunkt import sent_spans

    spans = [piece for start, end in sent_spans(text) for piece in _repair(text, start, end)]
    sentences: list[tuple[int, int]] = []
    for start, end in _join_titles(text, spans):
        trimmed = _trim(text, start, end)
        if trimmed and sentences and LINK.fullmatch(text, *trimmed):
            sentences[-1] = (sentences[-1][0], trimmed[1])
        elif trimmed:
            sentences.append(trimmed)
    return sentences


def _join_titles(text: str, spans: list[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """Join what was cut after a title before a name ("Lt. | Col. Petrov")."""
    begun: int | None = None
    for start, end in spans:
        first = start if begun is None else begun
        if TITLED.search(text[first:end].rstrip()[-12:]):
            begun = first
            continue
        yield first, end
        begun = None
    if begun is not None:
        yield begun, spans[-1][1]


def _repair(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Cut again where a sentence end was taken for an abbreviation."""
    for match in CLOCK.finditer(text, start, end):
        yield start, match.start()
        start = match.end()
    for match in MISSED.finditer(text, start, end):
        word = LAST_WORD.search(text, max(start, match.start() - 20), match.start())
        if word and word[1].lower() in ABBREVIATIONS:
            continue
        yield start, match.end("closers")
        start = match.end()
    yield start, end


def _trim(text: str, start: int, end: int) -> tuple[int, int] | None:
    piece = text[start:end]
    stripped = piece.strip()
    if not stripped:
        return None
    begin = start + piece.index(stripped)
    return begin, begin + len(stripped)


def read_sentences(article: Article) -> list[Sentence]:
    """Sentences of the headline and body of one article, in order; page furniture and captions are left out."""
    return sentences_of_lines(article, read_lines(article))


def sentences_of_lines(article: Article, lines: Sequence[Line]) -> list[Sentence]:
    """Sentences of the lines of one article that are headline or body, in order."""
    sentences: list[Sentence] = []
    for line in lines:
        if line.part not in KEPT:
            continue
        paragraph = article.text[line.start : line.end]
        spans = [(0, len(paragraph))] if line.part is Part.HEADLINE else split(paragraph)
        for start, end in spans:
            text = paragraph[start:end]
            begin = line.start + start
            sentences.append(Sentence(text, begin, begin + len(text), article.id, len(sentences), part=line.part.value))
    return sentences


def stream_sentences(articles: Iterable[Article]) -> Iterator[Sentence]:
    """Sentences of a stream of articles, one article at a time."""
    for article in articles:
        yield from read_sentences(article)
