"""Tell copy that was machine-translated or spun with synonyms, and undo the swaps that are known.

Spinning software replaces ordinary words one for one, often from the wrong sense ("helium" for he, "connected" for
on). Two signs are counted: how rare the commonest function words are, and how often words stand that such software
is known to put in their place. Machine translation leaves capitals inside sentences, lost articles, doubled
prepositions and the punctuation of its source. The scores are shares of evidence in [0, 1], meant for a flag and a
look, not for a verdict.
"""

import re
from dataclasses import dataclass

WORD = re.compile(r"[^\W\d_]+(?:[’'][^\W\d_]+)*")
PLAIN = frozenset("in on at as of to for with by from he she it they we you not no but or if so".split())
USUAL = 0.16
"""Share of PLAIN among the words of English news; the five seeds without spinning have 0.155-0.19."""

# What spinning software wrote, and what it replaced; read off copies whose original wording is plain.
SWAPS = {
    "helium": "he", "astatine": "at", "arsenic": "as", "connected": "on", "successful": "in", "volition": "will",
    "whitethorn": "may", "beryllium": "be", "oregon": "or", "nary": "no", "astir": "about", "erstwhile": "former",
    "galore": "many", "betwixt": "between", "aft": "after", "specified": "such", "lone": "only", "subject": "military",
    "penetration": "invasion", "apical": "top", "azygous": "single", "conscionable": "just", "caller": "recent",
    "assistance": "help", "prehend": "seize", "borderline": "border", "america": "us", "bash": "do", "tin": "can",
    "determination": "decision", "informing": "warning", "usage": "use", "atomic": "nuclear", "occidental": "western",
    "northbound": "north", "broadside": "side", "adept": "expert", "authoritative": "official", "caput": "head",
    "statesmanlike": "presidential", "predetermination": "election", "babelike": "dependent", "fiscal": "financial",
    "governmental": "political", "hefty": "large", "agelong": "long", "acold": "far", "truthful": "so",
    "commencement": "start", "instrumentality": "take", "warfare": "war", "chopped": "cut", "backmost": "back",
    "fto": "to",
    "superior": "capital", "beforehand": "advance",
}  # fmt: skip

# Swaps whose result is never what news means by the word; these are undone. Others are only counted.
SURE = frozenset(
    """
helium astatine arsenic volition whitethorn beryllium oregon nary astir galore betwixt aft apical azygous prehend
backmost babelike acold agelong caput erstwhile penetration broadside statesmanlike predetermination
""".split()
)
ODD = SURE | frozenset("connected successful conscionable occidental subject lone borderline adept specified".split())
WITHIN_SPUN = frozenset(
    "connected successful lone subject specified borderline adept usage informing occidental".split()
)
"""Swaps undone only in an article that is flagged, since elsewhere the word may mean what it says."""

ARTICLES = frozenset("the a an".split())
MIDWAY_CAPITAL = re.compile(
    r"(?<=[a-z,] )(?:Spoke|Said|Told|Argued|Condemned|Declared|Announced|Stated|Noted|Added|Explained|Believes|Wrote|"
    r"According|Claimed|Demanded|Intends|Calls|Called|Expressed|Accused)\b(?! [A-Z])"
)
DOUBLED = re.compile(
    r"\b(?:in on|on in|to in|at in|of in|from of|the the|a the|the a|by of|in the the)\b", re.IGNORECASE
)


COMMA_THAT = re.compile(r"\w, that\b|[»”\"], [–—] \w+ (?:he|she)\b")
"""A comma before "that", and "told he" after a dash, as Slavic punctuation has them."""


@dataclass(frozen=True, slots=True)
class CopyQuality:
    """Evidence that an article is a spun or machine-translated copy; scores in [0, 1], flags from 0.5 on."""

    synonym_spun: float
    machine_translated: float

    @property
    def is_spun(self) -> bool:
        """Whether the swaps of spinning software should be expected."""
        return self.synonym_spun >= 0.5

    @property
    def is_translated(self) -> bool:
        """Whether the text reads as raw machine translation."""
        return self.machine_translated >= 0.5


def copy_quality(text: str) -> CopyQuality:
    """Score a text for synonym spinning and machine translation; texts under 50 words score 0."""
    words = [match[0].lower() for match in WORD.finditer(text)]
    if len(words) < 50:
        return CopyQuality(0.0, 0.0)
    return CopyQuality(_spun(words), _translated(text, words))


def _spun(words: list[str]) -> float:
    """Known swaps per 100 words count most; a lack of plain function words adds to it but never decides alone."""
    odd = 100 * sum(word in ODD for word in words) / len(words)
    lack = max(0.0, USUAL - sum(word in PLAIN for word in words) / len(words)) / USUAL
    return min(1.0, odd / 2 + (0.5 * lack if odd > 0.3 else 0.25 * lack))


def _translated(text: str, words: list[str]) -> float:
    """Signs per thousand words, discounted where they are fewer than three."""
    per_thousand = 1000 / len(words)
    signs = [len(pattern.findall(text)) for pattern in (MIDWAY_CAPITAL, DOUBLED, COMMA_THAT)]
    capitals, doubled, commas = (count * per_thousand for count in signs)
    articles = sum(word in ARTICLES for word in words) / len(words)
    lost = max(0.0, 0.055 - articles) / 0.055
    return min(1.0, sum(signs) / 3) * min(1.0, capitals / 6 + doubled / 4 + commas / 8 + 0.4 * lost)


def restore(text: str, *, spun: bool = True) -> tuple[str, int]:
    """Undo the known swaps of a spun text; return it with the number of words put back.

    Offsets of the result differ from those of the text given: restore what a model reads, not what is stored.
    """
    count = 0

    def put_back(match: re.Match[str]) -> str:
        nonlocal count
        word = match[0]
        low = word.lower()
        if low not in SURE and not (spun and low in WITHIN_SPUN):
            return word
        if word[0].isupper() and low in ("oregon", "america"):
            return word
        count += 1
        plain = SWAPS[low]
        return plain.capitalize() if word[0].isupper() else plain

    return WORD.sub(put_back, text), count
