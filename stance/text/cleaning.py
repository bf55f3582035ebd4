"""Decide for every line of a plain-text capture whether it is the article or the page around it.

A first line of defence made of general habits of news pages (menus without full stops, sign-up boxes,
photo credits, share bars); it knows no site by name. A text without a single long paragraph is not a captured
page, and all of it but known boilerplate is kept.
"""

import re
from dataclasses import dataclass
from enum import StrEnum

from stance.records import Article


class Part(StrEnum):
    """What a line of a capture is."""

    HEADLINE = "headline"
    BODY = "body"
    CAPTION = "caption"
    FURNITURE = "furniture"


@dataclass(frozen=True, slots=True)
class Line:
    """One non-empty line of an article, without its surrounding white space."""

    start: int
    end: int
    part: Part


CLOSERS = "”’\"')]»"
MONTHS = "January|February|March|April|May|June|July|August|September|October|November|December"

# Words of the page, not of the article: what a reader is asked to do with the site.
BOILERPLATE = re.compile(
    r"\b(?:sign[- ]?up|unsubscribe|subscribe|newsletter|cookies?|privacy policy|log ?in|sign in|register|"
    r"password|your account|your comment|your name here|comments are closed|leave a (?:reply|comment)|"
    r"read (?:full article|more|next)|more info|related posts?|follow us|all rights reserved|"
    r"please wait|press enter|press esc|become a member|terms (?:&|and) conditions|site map|"
    r"don[’']t miss:|click here|adverts?|share this)\b",
    re.IGNORECASE,
)
# After one of these the page, not the article, goes on.
END_MARK = re.compile(
    r"^(?:share\b.{0,80}|related posts?|previous article.*|next article.*|source(?::| news\b).*|"
    r"comments are closed.*|leave a (?:reply|comment).*|please enter your comment.*|read more:?|"
    r"about the author|more on this story)$",
    re.IGNORECASE,
)
CREDIT = re.compile(
    r"\bphoto(?:graph)?s?\s*(?:by\b|:)|\b(?:file )?(?:photo|image|picture) credit|"
    r"(?:/|\bvia )\s*(?:reuters|afp|ap|getty(?: images)?|epa|tass|pool)\b|^©",
    re.IGNORECASE,
)
BYLINE = re.compile(
    r"^by\s+[A-Z][\w’'.-]*(?:\s+[A-Z][\w’'.-]*){0,3}$|\d(?:No Comments|\d+ Comments)|\bMins? Read$", re.IGNORECASE
)
TWEET_CREDIT = re.compile(rf"^[—–-]\s.{{1,60}}\(@\w+\)\s+(?:{MONTHS})\b")
SOCIAL = re.compile(
    r"^(?:(?:share|twitter|telegram|facebook|linkedin|instagram|email|e-mail|youtube|soundcloud|apple|spotify|odysee|"
    r"rokfin|rumble|bitchute|brighteon|whatsapp|reddit|vk|gab|mewe|minds|flote|rss|x|print|copy link|pinterest|"
    r"tiktok)\b[ .|·,/]*)+$",
    re.IGNORECASE,
)
DATE_LINE = re.compile(rf"^(?:{MONTHS})\s+\d{{1,2}},\s+\d{{4,5}}$")
BULLET = re.compile(r"^[•·▪◦*»›]\s")
TAGGED_TEASER = re.compile(r"\[[A-Z ]{4,}\]$")
BIOGRAPHY = re.compile(
    r"\b(?:is|was) an? (?:\w+[ ,]+){0,4}(?:journalist|columnist|correspondent|editor|reporter|freelance)\b",
    re.IGNORECASE,
)


def read_lines(article: Article) -> list[Line]:
    """Classify every non-empty line of an article, in order."""
    spans = _line_spans(article.text)
    texts = [article.text[start:end] for start, end in spans]
    parts = _classify(texts)
    return [Line(start, end, part) for (start, end), part in zip(spans, parts, strict=True)]


def _line_spans(text: str) -> list[tuple[int, int]]:
    spans: list[tuple[int, int]] = []
    position = 0
    for raw in text.splitlines(keepends=True):
        stripped = raw.strip()
        if stripped:
            start = position + raw.index(stripped)
            spans.append((start, start + len(stripped)))
        position += len(raw)
    return spans


def _is_prose(text: str) -> bool:
    """Whether a line reads as one or more finished sentences."""
    bare = text.rstrip(CLOSERS)
    finished = bare.endswith((".", "!", "?", "…")) or text.endswith((",”", ".”"))
    return finished and len(text.split()) >= 4


def _classify(texts: list[str]) -> list[Part]:
    prose = [_is_prose(text) and not BULLET.match(text) for text in texts]
    body_starts = next((i for i in range(len(texts)) if prose[i] and _opens_body(texts[i])), len(texts))
    if body_starts == len(texts):
        return [Part.FURNITURE if BOILERPLATE.search(text) else Part.BODY for text in texts]
    body_ends = _body_end(texts, prose, body_starts)
    parts = []
    for i, text in enumerate(texts):
        inside = body_starts <= i < body_ends
        parts.append(_inside(texts, prose, i) if inside else Part.FURNITURE)
        if not inside and _beside_credit(texts, i) and i >= body_ends:
            parts[i] = Part.CAPTION
        if CREDIT.search(text):
            parts[i] = Part.CAPTION
    _mark_headlines(texts, parts, body_starts)
    return parts


def _opens_body(text: str) -> bool:
    """A first paragraph is long and ends in a full stop; a teaser in a menu ends in nothing or a question mark."""
    return len(text.split()) >= 12 and not text.endswith("?") and not BOILERPLATE.search(text)


def _body_end(texts: list[str], prose: list[bool], body_starts: int) -> int:
    """Index of the first line after the article: an end mark that no run of prose follows."""
    for i in range(body_starts + 1, len(texts)):
        if END_MARK.match(texts[i]) and not _prose_run_follows(prose, i):
            return i
    return len(texts)


def _prose_run_follows(prose: list[bool], i: int) -> bool:
    run = 0
    for flag in prose[i + 1 :]:
        run = run + 1 if flag else 0
        if run == 3:
            return True
    return False


def _inside(texts: list[str], prose: list[bool], i: int) -> Part:
    text = texts[i]
    if BOILERPLATE.search(text) or TAGGED_TEASER.search(text) or TWEET_CREDIT.match(text) or BYLINE.search(text):
        return Part.FURNITURE
    if SOCIAL.match(text) or (BULLET.match(text) and not prose[i]):
        return Part.FURNITURE
    if _beside_credit(texts, i):
        return Part.CAPTION
    if prose[i] or (len(text.split()) >= 12 and not text.isupper()):
        return Part.FURNITURE if BIOGRAPHY.search(text) and i > len(texts) // 2 else Part.BODY
    return Part.CAPTION if _between_prose(prose, i) else Part.FURNITURE


def _beside_credit(texts: list[str], i: int) -> bool:
    """A caption stands next to its credit and is one sentence; body beside a credit runs longer."""
    near = [texts[j] for j in (i - 1, i + 1) if 0 <= j < len(texts)]
    bare_credit = any(CREDIT.search(text) and len(text.split()) <= 5 for text in near)
    return bare_credit and len(texts[i].split()) <= 30 and texts[i].count(". ") == 0


def _between_prose(prose: list[bool], i: int) -> bool:
    return any(prose[:i]) and any(prose[i + 1 :])


def _mark_headlines(texts: list[str], parts: list[Part], body_starts: int) -> None:
    """Among the lines before the body, the first is the headline where it reads like one.

    A page that opens with a menu (bullets, dates, navigation) has its headline directly above the body, so the
    last line long enough is taken there instead.
    """
    above = [i for i in range(body_starts) if _may_be_headline(texts[i])]
    if not above:
        return
    if any(BULLET.match(texts[i]) or DATE_LINE.match(texts[i]) for i in range(body_starts)):
        parts[above[-1]] = Part.HEADLINE
        return
    first, second = above[0], above[0] + 1
    parts[first] = Part.HEADLINE
    if second in above and _names(texts[first]) & _names(texts[second]):
        parts[second] = Part.HEADLINE


def _names(text: str) -> set[str]:
    """Capitalised words without possessive, which a deck shares with its headline."""
    return {match[0] for match in re.finditer(r"[A-Z]\w{2,}", text)}


def _may_be_headline(text: str) -> bool:
    page = any(pattern.search(text) for pattern in (BOILERPLATE, BULLET, CREDIT, BYLINE, DATE_LINE, SOCIAL))
    return not page and "»" not in text and not text.endswith((".", ":", ";", ",")) and 4 <= len(text.split()) <= 30
