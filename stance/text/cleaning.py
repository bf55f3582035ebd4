"""Decide for every line of a plain-text capture what it is: headline, body, caption, or the page around the article.

No site is known by name. A line is judged by its own look (menus, share bars, credits, dates, sign-up boxes), by
where it stands (before the first long paragraph, after an end mark), and by how many of its words the article's own
paragraphs use: a headline, a sub-heading or a list shares them, a teaser for another story does not. A text without
a single long paragraph is not a captured page, and all of it but known boilerplate is kept.
"""

import re
from collections import Counter
from collections.abc import Sequence
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


KEPT = frozenset({Part.HEADLINE, Part.BODY})
"""Parts of a capture that are the article."""

CLOSERS = "”’\"')]»*"
MONTH = (
    r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|"
    r"nov(?:ember)?|dec(?:ember)?)"
)
DAY = r"(?:mon|tues?|wed(?:nes)?|thurs?|fri|sat(?:ur)?|sun)(?:day)?"

# Words of the page, not of the article: what a reader is asked to do with the site.
BOILERPLATE = re.compile(
    r"\b(?:sign[- ]?up|unsubscribe|subscribe|subscription|subscribers? only|newsletters?|cookies?|privacy policy|log ?in|"
    r"sign in|register (?:now|here|free)|(?:lost|forgot)(?:ten)? (?:your )?password|your (?:account|comment|inbox|name here)|comments are closed|"
    r"leave a (?:reply|comment)|read (?:full article|more|next)|more info|related (?:posts?|topics|articles|stories)|"
    r"follow us|all rights reserved|please wait|press (?:enter|esc)|become a member|terms (?:&|and) conditions|"
    r"terms of (?:use|service)|site map|don[’']t miss:|click here|adverts|share this|support us|"
    r"no spam|write to us|get in touch|contact us|most (?:read|viewed|popular)|editor[’']s picks?|"
    r"you may also like|more (?:on|from) (?:this|the|our)|skip to (?:main )?content|back to top|"
    r"join now|views expressed|minutes? read|min read|listen to this|download our|our app|unofficial translation)\b",
    re.IGNORECASE,
)
# Lines that open the end of the page, unless the article visibly goes on.
END_MARK = re.compile(
    r"^(?:share\b.{0,80}|related (?:posts?|topics|articles|stories).*|previous article.*|next article.*|next:.*|"
    r"source(?:: | news\b).*|read more:?|about the author.*|more on this story.*|tags?:?.*|topics?:?.*|"
    r"most (?:read|popular|viewed).*|you may also like.*|recommended.*|\W*reporting by .*|©.*)$",
    re.IGNORECASE,
)
# After these nothing of the article comes.
LABELS = re.compile(
    r"^(?:related|recommended|trending|donate|advertisement|register|weather|watch|listen|video|gallery|live|latest|home|menu|search|next|previous|tags)(?:$|:)",
    re.IGNORECASE,
)
COMMENTS = re.compile(
    r"^(?:\d+ )?(?:reader )?comments?(?: ?\(\d+\)|: ?\d+| are closed.*)?$|^(?:join the (?:conversation|discussion)|"
    r"leave a (?:reply|comment)|please enter your (?:comment|name)).*$",
    re.IGNORECASE,
)
CAPTION = re.compile(
    r"\bphoto(?:graph)?s?\s*(?:by\b|:|/|credit)|\b(?:image|picture|photo|video)(?: (?:caption|source|credit))|^caption\b|"
    r"\bcredit: |\b(?:archive|file|handout|stock) (?:photo|picture|image)|\((?:photo|picture|image)|^(?:photo|pictured|image|picture)\b.{0,3}:|"
    r"(?:/|\bvia )\s*(?:reuters|afp|ap|getty(?: images)?|epa|tass|pool)\b|[,:] (?:map|graphic|chart)$|\bmap$|"
    r"\bgetty images\b|[.!] (?:source|graphic): [^.]{3,60}\.?$",
    re.IGNORECASE,
)
SLASHED = re.compile(r"\b[A-Z]\w+/[A-Z][\w.]+(?: [A-Z]\w+){0,2}$")
"""A credit of agency and photographer at the end of a line ("Reuters/Ann Lee")."""

BYLINE = re.compile(
    r"^(?:(?i:words |story |text |interview |from |photographs )?[Bb][Yy])\s+[A-Z][\w’'.-]*(?:,? (?:and |in )?[A-Z][\w’'.-]*){0,7}$|"
    r"\d(?:No Comments|\d+ Comments)|\bMins? Read$|"
    r"^(?:[A-Z][\w’'.-]+ ){1,3}in [A-Z]\w+$|^[^.]{0,40}\b(?:staff writer|correspondent|editor|reporter)\b[^.]{0,40}$|"
    r"^[A-Z]\w+ [A-Z]\w+ \(\w+\)"
)
POST_CREDIT = re.compile(r"^[—–-]\s.{1,60}\(@\w+\)")
STAMP = re.compile(
    rf"^(?:(?:last |first )?(?:updated|published|posted|modified)\b.{{0,60}}|(?:{DAY},? )?(?:{MONTH}\.? \d{{1,2}}(?:st|nd|rd|th)?,? \d{{4,5}}|"
    rf"\d{{1,2}}(?:st|nd|rd|th)? {MONTH}\.?,? \d{{4}})[\s,|–-]*(?:\d{{1,2}}[:.]\d\d)?.{{0,70}}|"
    r"\d{1,2}[:.h]\d\d(?: ?[ap]\.?m\.?)?(?: ?(?:gmt|bst|cet|cest|et|est|utc|msk)(?:[+-]\d+)?)?|\d{1,2} ?[ap]\.?m\.?|"
    r"\d+ (?:minutes?|hours?|days?|weeks?|months?) ago.{0,20})$",
    re.IGNORECASE,
)
SOCIAL = re.compile(
    r"^(?:(?:share|twitter|telegram|facebook|linkedin|instagram|email|e-mail|youtube|soundcloud|apple|spotify|odysee|"
    r"rokfin|rumble|bitchute|brighteon|whatsapp|reddit|vk|gab|mewe|minds|flote|rss|x|print|copy link|pinterest|"
    r"tiktok|save|bookmark|tweet)\b[ .|·,/]*)+$",
    re.IGNORECASE,
)
NAVIGATION = re.compile(r"^\S.{0,30}?(?:\s*[|·»›>•]\s*|\s{2,}| / ).{1,30}?(?:\s*[|·»›>•]\s*|\s{2,}| / )")
BULLET = re.compile(r"^(?:[•·▪◦*»›]|[-–—] )\s*")
TAGGED = re.compile(r"\[[A-Z ]{4,}\]$|^[A-Z][A-Z’'\- ]{3,40}  +\S")
AGENCY = re.compile(r"^\(?(?:additional |further )?(?:reporting|writing|editing|compiled|translated|translation) by\b|"
                    r"^\((?:adds|updates|corrects|recasts|refiles)\b", re.IGNORECASE)  # fmt: skip
BIOGRAPHY = re.compile(
    r"^(?:[A-Z][\w’'.-]+ ){1,4}(?:is|was) (?:an?|the) (?:[\w-]+[ ,]+){0,4}(?:journalist|columnist|correspondent|editor|reporter|"
    r"freelance|author|professor|lecturer|fellow|researcher|historian|writer|analyst)\b"
)
WORD = re.compile(r"[^\W\d_]{4,}")


def read_lines(article: Article) -> list[Line]:
    """Classify every non-empty line of an article, in order."""
    spans = _line_spans(article.text)
    parts = _Page([article.text[start:end] for start, end in spans]).parts()
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


def is_prose(text: str) -> bool:
    """Whether a line reads as one or more finished sentences."""
    bare = text.rstrip(CLOSERS)
    return len(text.split()) >= 4 and (bare.endswith((".", "!", "?", "…")) or text.endswith((",”", ".”")))


def is_page(text: str) -> bool:
    """Whether a line is page furniture by its look alone; a long paragraph needs two words of the page."""
    if _long(text) and is_prose(text):
        return len(BOILERPLATE.findall(text)) >= 2 or bool(AGENCY.search(text))
    return any(
        pattern.search(text)
        for pattern in (BOILERPLATE, LABELS, SOCIAL, STAMP, TAGGED, AGENCY, POST_CREDIT, BYLINE, COMMENTS)
    ) or _is_navigation(text)


def _is_navigation(text: str) -> bool:
    return len(text) < 200 and not is_prose(text) and bool(NAVIGATION.match(text)) and not BULLET.match(text)


class _Page:
    """The lines of one capture, judged together."""

    def __init__(self, texts: Sequence[str]) -> None:
        self.texts = texts
        self.bullets = [bool(BULLET.match(text)) for text in texts]
        self.page = [is_page(text) for text in texts]
        self.captions = [bool(CAPTION.search(text) or SLASHED.search(text)) and not _long_prose(text) for text in texts]
        free = [not (page or caption) for page, caption in zip(self.page, self.captions, strict=True)]
        self.prose = [ok and is_prose(text) for ok, text in zip(free, texts, strict=True)]
        self.words = [frozenset(word.lower() for word in WORD.findall(text)) for text in texts]
        core = [words for words, text, ok in zip(self.words, texts, self.prose, strict=True) if ok and _long(text)]
        self.vocabulary = Counter(word for words in core for word in words)
        self.core = [ok and _long(text) for ok, text in zip(self.prose, texts, strict=True)]

    def parts(self) -> list[Part]:
        count = len(self.texts)
        start = next((i for i in range(count) if self.core[i] and self._opens(i)), count)
        start = self._rise(start)
        if start == count:
            return [Part.FURNITURE if self.page[i] else Part.BODY for i in range(count)]
        end = self._end(start)
        parts = [self._above(i) for i in range(start)]
        parts += [self._inside(i, start, end) for i in range(start, end)]
        parts += [Part.CAPTION if self.captions[i] else Part.FURNITURE for i in range(end, count)]
        self._captions_at_end(parts, start)
        self._headlines(parts, start)
        return parts

    def _opens(self, i: int) -> bool:
        """A first paragraph ends in a full stop; a teaser in a menu ends in a question mark or is a bullet."""
        return not self.texts[i].endswith("?") and not self.bullets[i] and not BIOGRAPHY.match(self.texts[i])

    def _rise(self, start: int) -> int:
        """Move the start up over short remarks, lists and stamps that stand directly above the first long paragraph."""
        first = i = start
        live = sum(bool(STAMP.match(text)) for text in self.texts[:start]) >= 3
        while 0 < i < len(self.texts):
            i -= 1
            text = self.texts[i]
            stamped = bool(STAMP.match(text) or SOCIAL.match(text))
            if not self.page[i] and (self.prose[i] or text.endswith(":") or self._post(i)) and not self._may_be_deck(i):
                first = i
            elif not (
                stamped or (live and self.page[i]) or self.captions[i] or (len(text.split()) <= 3 and i + 1 == first)
            ):
                break
        return first

    def _post(self, i: int) -> bool:
        """Whether a line is the text of an embedded post, whose credit stands below it."""
        return i + 1 < len(self.texts) and bool(POST_CREDIT.match(self.texts[i + 1]))

    def _may_be_deck(self, i: int) -> bool:
        """Whether a finished line stands where a deck does: one sentence below a line that is no prose."""
        return self._one_liner(i) and not self.bullets[i] and (i == 0 or not (self.prose[i - 1] or self.bullets[i - 1]))

    def shared(self, i: int) -> float:
        """Share of a line's longer words that other paragraphs of the article use."""
        words = self.words[i]
        if not words:
            return 0.0
        own = 1 if self.core[i] else 0
        return sum(self.vocabulary[word] > own for word in words) / len(words)

    def _end(self, start: int) -> int:
        for i in range(start + 1, len(self.texts)):
            if COMMENTS.match(self.texts[i]):
                return i
            if END_MARK.match(self.texts[i]) and not self._goes_on(i):
                return i
        return len(self.texts)

    def _goes_on(self, i: int) -> bool:
        """Whether the article goes on after line i: two more lines of prose, not far between."""
        count = len(self.texts)
        rest = range(i + 1, next((j for j in range(i, count) if COMMENTS.match(self.texts[j])), count))
        more = [j for j in rest if self.prose[j] and not BIOGRAPHY.match(self.texts[j])]
        more = [j for j in more if self.core[j] or self.shared(j) >= 0.15]
        return len(more) >= 2 and len(more) >= 0.25 * (more[-1] - i)

    def _above(self, i: int) -> Part:
        return Part.CAPTION if self.captions[i] and not self.page[i] else Part.FURNITURE

    def _inside(self, i: int, start: int, end: int) -> Part:
        text = self.texts[i]
        if self.captions[i]:
            return Part.CAPTION
        if self.page[i]:
            return Part.FURNITURE
        if BIOGRAPHY.match(text) and not any(self.core[j] and self.shared(j) >= 0.4 for j in range(i + 1, end)):
            return Part.FURNITURE
        if self.bullets[i]:
            return Part.BODY if self._list_item(i, start, end) else Part.FURNITURE
        if self.prose[i] or self._post(i):
            return Part.BODY
        return self._short(i, start, end)

    def _list_item(self, i: int, start: int, end: int) -> bool:
        """A list belongs to the article if it is announced, holds figures, or shares the article's words."""
        first = i
        while first > start and self.bullets[first - 1]:
            first -= 1
        if self.texts[first - 1].endswith(":"):
            return True
        last = i
        while last + 1 < end and self.bullets[last + 1]:
            last += 1
        block = range(first, last + 1)
        shares = [self.shared(j) for j in block]
        finished = sum(is_prose(self.texts[j]) or any(c.isdigit() for c in self.texts[j]) for j in block)
        return sum(shares) / len(shares) >= 0.4 or (finished > len(block) / 2 and max(shares) >= 0.3)

    def _short(self, i: int, start: int, end: int) -> Part:
        """A line that is no long prose: an unfinished paragraph, a remark, a sub-heading, or something pasted in."""
        text, words = self.texts[i], len(self.texts[i].split())
        if text.endswith(":") and i + 1 < end:
            return Part.BODY
        if text.rstrip(CLOSERS).endswith((".", "!", "?", "…")) and text[0].isupper():
            return Part.BODY
        if words >= 12 and self.shared(i) >= 0.4:
            return Part.BODY
        between = any(self.prose[start:i]) and i + 1 < end and not self._pasted(i)
        heading = words <= 6 or (words <= 10 and (self.shared(i) >= 0.34 or text[:1] in "“‘\"'"))
        return Part.BODY if between and heading else Part.CAPTION

    def _pasted(self, i: int) -> bool:
        """Whether a short line stands among other short lines, as teasers and menus do."""
        after = self.texts[i + 1]
        return not (self.prose[i + 1] or self.bullets[i + 1] or after.endswith(":"))

    def _captions_at_end(self, parts: list[Part], start: int) -> None:
        """At the end of a capture, what stands around a bare credit ("Name/Agency") are captions."""
        tail = next(
            (i for i in range(len(parts) - 1, start, -1) if parts[i] is Part.BODY and not self._one_liner(i)), start
        )
        if any(self.captions[i] and len(self.texts[i].split()) <= 5 for i in range(tail + 1, len(parts))):
            for i in range(tail + 1, len(parts)):
                parts[i] = Part.CAPTION if parts[i] is Part.BODY else parts[i]

    def _one_liner(self, i: int) -> bool:
        return len(self.texts[i].split()) <= 25 and self.texts[i].count(". ") == 0

    def _headlines(self, parts: list[Part], start: int) -> None:
        """Above the body, the line that shares most words with it is the headline, and those below it its deck."""
        candidates = [i for i in range(start) if self._may_be_headline(i) and not self._in_menu(i)]
        if not candidates:
            return
        closest = max(self.shared(i) for i in candidates)
        best = next(i for i in candidates if self.shared(i) >= closest - 0.2)
        best = max(i for i in candidates if self.texts[i] == self.texts[best])
        parts[best] = Part.HEADLINE
        for i in range(best + 1, start):
            bullet = self.bullets[i] and not self.page[i]
            listed = bullet and parts[i - 1] is Part.HEADLINE
            if listed or ((self._may_be_headline(i, least=3) or bullet) and self.shared(i) >= 0.12):
                parts[i] = Part.HEADLINE

    def _in_menu(self, i: int) -> bool:
        """Whether a line stands in a list of other stories: each of those has its date below it."""
        return i + 2 < len(self.texts) and any(
            0 <= j < len(self.texts)
            and STAMP.match(self.texts[j])
            and 0 <= k < len(self.texts)
            and STAMP.match(self.texts[k])
            for j, k in ((i + 1, i - 1), (i + 1, i + 3))
        )

    def _may_be_headline(self, i: int, least: int = 4) -> bool:
        text = self.texts[i]
        words = len(text.split())
        return not (self.page[i] or self.captions[i] or self.bullets[i] or "»" in text) and least <= words <= 40


def _long(text: str) -> bool:
    return len(text.split()) >= 12


def _long_prose(text: str) -> bool:
    return len(text.split()) >= 30 and is_prose(text)
