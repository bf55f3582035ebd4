"""Find quotations in the paragraphs of an article, in one pass over their characters.

Curly, straight, low and angle marks open and close a quotation; single marks do where they are the outer marks
(British style). A quotation left open at the end of a paragraph goes on in the next one if that opens with a mark or
closes before it opens; otherwise it ends with its paragraph.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

MARKS = re.compile(r"[“”„«»\"]")
OPENERS, CLOSERS = "“„«", "”»"
SINGLES = re.compile(r"(?<![\w’'])['‘](?=[\w“\"(…])|(?<=[.,!?…\w])['’](?![\w’'])")
SINGLE_OPEN = re.compile(r"(?<![\w’'])['‘](?=\w)")
BRITISH = re.compile(r"(?<![\w’'])['‘]\w[^'‘’\n]{10,400}?[.,!?…]['’](?!\w)")


@dataclass(frozen=True, slots=True)
class Quote:
    """One stretch of quotation within one paragraph, marks included; `continues` one left open in the last."""

    start: int
    end: int
    continues: bool = False


def find_quotes(text: str, paragraphs: Sequence[tuple[int, int]]) -> list[Quote]:
    """Quotations of an article's body paragraphs, given as (start, end) offsets in order."""
    single = _single_marks_are_outer(text, paragraphs)
    quotes: list[Quote] = []
    left_open = False
    for start, end in paragraphs:
        found, left_open = _in_paragraph(text, start, end, left_open, single=single)
        quotes.extend(found)
    return quotes


def _single_marks_are_outer(text: str, paragraphs: Sequence[tuple[int, int]]) -> bool:
    """British style: single marks enclose speech, twice or more, where double ones are rarer."""
    if not any("'" in text[a:b] or "‘" in text[a:b] for a, b in paragraphs):
        return False
    singles = sum(1 for a, b in paragraphs for _ in BRITISH.finditer(text, a, b))
    return singles >= 1


def _in_paragraph(text: str, start: int, end: int, left_open: bool, *, single: bool) -> tuple[list[Quote], bool]:
    marks = _marks(text, start, end)
    quotes: list[Quote] = []
    opened: int | None = None
    continues = False
    if left_open and marks and marks[0][1] == "close":
        opened, continues = start, True
    for position, kind in marks:
        if kind == "open":
            if opened is None:
                opened, continues = position, left_open and position == start
        elif opened is not None:
            quotes.append(Quote(opened, position + 1, continues))
            opened = None
    if opened is not None:
        quotes.append(Quote(opened, end, continues))
    if single:
        quotes = sorted([*quotes, *_singles(text, start, end, quotes)], key=lambda quote: quote.start)
    return quotes, opened is not None


def _marks(text: str, start: int, end: int) -> list[tuple[int, str]]:
    """Double marks of a paragraph as (position, open or close); a straight mark opens after a space or a bracket."""
    marks: list[tuple[int, str]] = []
    inside = False
    for match in MARKS.finditer(text, start, end):
        mark, position = match[0], match.start()
        if mark in OPENERS:
            kind = "open"
        elif mark in CLOSERS:
            kind = "close"
        else:
            before = text[position - 1] if position > start else " "
            after = text[position + 1] if position + 1 < end else " "
            opens = (before.isspace() or before in "([—–-‘'") and not after.isspace()
            kind = "open" if opens and not (inside and not before.isspace()) else "close"
        if mark == "“" and inside and position > start and not text[position - 1].isspace():
            kind = "close"
        inside = kind == "open"
        marks.append((position, kind))
    return marks


def _singles(text: str, start: int, end: int, doubles: Sequence[Quote]) -> list[Quote]:
    """Quotations in single marks outside double ones; closed by the first mark after a stop, else after a word."""
    quotes: list[Quote] = []
    position = start
    while match := SINGLE_OPEN.search(text, position, end):
        opened = match.start()
        inside = next((q for q in doubles if q.start <= opened < q.end), None)
        if inside:
            position = inside.end
            continue
        close = _single_close(text, opened, end)
        if close is None:
            position = opened + 1
            continue
        quotes.append(Quote(opened, close))
        position = close
    return quotes


def _single_close(text: str, opened: int, end: int) -> int | None:
    first_after_word = None
    for match in SINGLES.finditer(text, opened + 1, end):
        mark = match.start()
        if text[mark] == "‘":
            continue
        if text[mark - 1] in ".,!?…":
            return mark + 1
        following = text[mark + 1 : mark + 2]
        if text[mark - 1].isalnum() and (not following or following in " ,.;:)—–"):
            if text[mark - 1] != "s" or first_after_word is None:
                first_after_word = first_after_word or mark + 1
            if mark - opened <= 60:
                return mark + 1
    return first_after_word
