"""Find quotations in the paragraphs of an article, in one pass over their marks.

Curly, straight, low and angle marks open and close a quotation; single marks do where they are the outer marks
(British style). A quotation left open at the end of a paragraph goes on in the next one if that opens with the same
mark or closes before it opens; otherwise it ends with its paragraph.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

MARKS = re.compile(r"[“”„«»\"‘’']")
PAIRS = {"“": "”", "„": "“”", "«": "»", '"': '"', "‘": "’'", "'": "'’"}
BRITISH = re.compile(r"(?<![\w’'])['‘]\w(?:[^'‘’\n]|(?<=\w)['’](?=\w)){3,400}?[.,!?…]['’](?!\w)")
STOPS = ".,!?…—–"


@dataclass(frozen=True, slots=True)
class Quote:
    """One stretch of quotation within one paragraph, marks included; `continues` one left open in the last."""

    start: int
    end: int
    continues: bool = False


def find_quotes(text: str, paragraphs: Sequence[tuple[int, int]]) -> list[Quote]:
    """Quotations of an article's paragraphs, given as (start, end) offsets in order."""
    single = _single_marks_are_outer(text, paragraphs)
    quotes: list[Quote] = []
    left_open: str | None = None
    for number, (start, end) in enumerate(paragraphs):
        following = text[paragraphs[number + 1][0]] if number + 1 < len(paragraphs) else ""
        found, left_open = _in_paragraph(text, start, end, left_open, following, single=single)
        quotes.extend(found)
    return quotes


def _single_marks_are_outer(text: str, paragraphs: Sequence[tuple[int, int]]) -> bool:
    """British style: somewhere a stretch of speech stands between single marks."""
    if "'" not in text and "‘" not in text:
        return False
    return any(BRITISH.search(text, start, end) for start, end in paragraphs)


def _in_paragraph(
    text: str, start: int, end: int, left_open: str | None, following: str, *, single: bool
) -> tuple[list[Quote], str | None]:
    marks = [match.start() for match in MARKS.finditer(text, start, end)]
    quotes: list[Quote] = []
    opener: str | None = None
    opened, depth, continues = start, 0, False
    if left_open and marks and not _opens(text, start, marks[0], single=single) and text[marks[0]] in PAIRS[left_open]:
        opener, continues, depth = left_open, True, 1
    for k, at in enumerate(marks):
        mark = text[at]
        if opener is None:
            if _opens(text, start, at, single=single) and (
                mark not in "'‘" or at == start or mark == following or _closer_follows(text, marks[k + 1 :], end, mark)
            ):
                opener, opened, depth = mark, at, 1
                continues = left_open is not None and at == start
            continue
        if mark in PAIRS[opener] and _closes(text, at, end, opener):
            depth -= 1
            if depth <= 0 or not _closer_follows(text, marks[k + 1 :], end, opener):
                quotes.append(Quote(opened, at + 1, continues))
                opener = None
        elif mark == opener and opener in "“«„" and _opens(text, start, at, single=single):
            depth += 1
    if opener is not None:
        quotes.append(Quote(opened, end, continues))
    return quotes, opener


def _opens(text: str, start: int, at: int, *, single: bool) -> bool:
    mark = text[at]
    before = text[at - 1] if at > start else " "
    after = text[at + 1] if at + 1 < len(text) else " "
    if mark in "“„«":
        return mark != "“" or before.isspace() or at == start or not after.isspace()
    if mark in "”»’":
        return False
    free = before.isspace() or before in "([—–-‘“«:/"
    if mark == '"':
        return free and not after.isspace()
    return single and free and (after.isalnum() or after in '“"[…')


def _closes(text: str, at: int, end: int, opener: str) -> bool:
    mark = text[at]
    if opener not in "'‘":
        if mark == '"':
            before = text[at - 1]
            after = text[at + 1] if at + 1 < end else " "
            return not (before.isspace() and after.isalnum())
        return True
    following = text[at + 1] if at + 1 < end else " "
    if following.isalnum():
        return False
    return text[at - 1] in STOPS or text[at - 1] in '"”)]' or not text[at - 1].endswith("s") or following in ",.;:)"


def _closer_follows(text: str, marks: Sequence[int], end: int, opener: str) -> bool:
    return any(text[at] in PAIRS[opener] and _closes(text, at, end, opener) for at in marks)
