"""Tokens of a sentence, and the actors they mention: names, countries, organisations, roles and pronouns."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from stance.text import cues
from stance.text.actors import Actor, Gazetteer
from stance.text.quotes import Quote

TOKEN = re.compile(r"\w+(?:[’'.-]\w+)*[’']?|[^\w\s]")
AGE = re.compile(r"^\d{1,3}-year-old$")
DETERMINERS = frozenset("the a an another one his her its their our some several two three many".split())
MODIFIERS = frozenset(
    """
former retired senior deputy acting veteran chief top unnamed anonymous local regional national federal foreign prime
vice interim influential prominent exiled jailed ruling pro-russian pro-western opposition military political security
defence defense interior energy economy finance trade justice culture health state-run independent leading young old
elderly authoritarian long-time longtime first second new outgoing incoming newly elected hawkish moderate
""".split()
)


PARTICLES = frozenset("al bin de del der di du el la le ibn van von den ter".split())
"""Words of a name that are not capitalised."""


@dataclass(slots=True)
class Token:
    """A word or mark with its offsets; `low` is lower case without a possessive ending."""

    text: str
    start: int
    end: int
    low: str
    possessive: bool
    quote: int = -1
    upper: bool = False


@dataclass(slots=True)
class Mention:
    """Tokens [first, last) that name an actor; `kind` is person, country, organisation, role, pronoun or name.

    A `name` is a single capitalised word that nothing else settles; it counts only as a subject of speech.
    """

    first: int
    last: int
    kind: str
    name: str
    actor: Actor | None = None
    gender: str | None = None
    roles: tuple[str, ...] = ()
    country: str | None = None
    after_preposition: bool = False
    possessive: bool = False


def tokenise(
    text: str, start: int, end: int, quotes: Sequence[tuple[int, Quote]], swaps: Mapping[str, str] | None = None
) -> list[Token]:
    """Tokens of text[start:end], each with the number of the quotation it stands in, or -1.

    `swaps` gives the plain word for the swapped ones of spun copy, to be understood in their place.
    """
    tokens: list[Token] = []
    for match in TOKEN.finditer(text, start, end):
        word, at = match[0], match.start()
        low, possessive = word.lower(), False
        if "’" in word or "'" in word:
            if low.endswith(("’s", "'s")):
                low, possessive = low[:-2], True
            elif low.endswith(("’", "'")):
                low, possessive = low[:-1], low[:-1].endswith("s")
        low = swaps.get(low, low) if swaps else low
        token = Token(word, at, match.end(), low, possessive, -1, word[0].isupper())
        for number, quote in quotes:
            if quote.start <= at < quote.end:
                token.quote = number
        tokens.append(token)
    return tokens


def find_mentions(tokens: Sequence[Token], gazetteer: Gazetteer, is_surname: Callable[[str], bool]) -> list[Mention]:
    """Mentions of a sentence from left to right, never overlapping; `is_surname` knows the people met before."""
    mentions: list[Mention] = []
    i = 0
    while i < len(tokens):
        token = tokens[i]
        mention: Mention | None = None
        if token.upper or token.low in DETERMINERS or token.low in cues.ROLES or token.text[0].isdigit():
            mention = _phrase(tokens, i, gazetteer, is_surname)
        if mention is None and token.low in cues.PRONOUNS:
            mention = Mention(i, i + 1, "pronoun", token.low, gender=cues.PRONOUNS[token.low])
        if mention is None:
            i += 1
            continue
        ahead = mention.first - 1
        while ahead >= 0 and tokens[ahead].low in ("the", "a", "an"):
            ahead -= 1
        before = tokens[ahead].low if ahead >= 0 else ""
        mention.after_preposition = before in cues.PREPOSITIONS and not (before == "as" and mention.first == 1)
        mention.possessive = tokens[mention.last - 1].possessive
        mentions.append(mention)
        i = max(mention.last, i + 1)
    return mentions


def _phrase(tokens: Sequence[Token], i: int, gazetteer: Gazetteer, is_surname: Callable[[str], bool]) -> Mention | None:
    """The noun phrase that starts at token i, if it names an actor."""
    start = i
    determiner = tokens[i].low if tokens[i].low in DETERMINERS else None
    named = _known(tokens, i, gazetteer)
    if named and _country_then_name(tokens, i, gazetteer):
        return named
    if named and named.last < len(tokens) and not _goes_on(tokens, named.last):
        return named
    if determiner:
        i += 1
        after = _known(tokens, i, gazetteer) if i < len(tokens) and tokens[i].upper else None
        if after and not _goes_on(tokens, after.last):
            return after
    end, roles, country, name_from = _extent(tokens, i, gazetteer)
    if end == i:
        return named
    name = tokens[name_from:end] if name_from is not None else []
    if name:
        return _named(tokens, start, name_from or i, end, roles, country, gazetteer, is_surname)
    beside = [tokens[k].low for k in (start - 1, end) if 0 <= k < len(tokens)]
    bare = any(word in cues.SPEECH for word in beside)
    aged = end > i and bool(AGE.match(tokens[end - 1].low))
    if aged and not roles and determiner:
        words = " ".join(token.text for token in tokens[start:end])
        return Mention(start, end, "role", words, roles=("person",), country=country)
    if roles and (determiner or country or tokens[start].upper or roles[-1].endswith("s") or bare):
        words = " ".join(token.text for token in tokens[start:end])
        return Mention(start, end, "role", words, roles=tuple(roles), country=country)
    return named


def _known(tokens: Sequence[Token], i: int, gazetteer: Gazetteer) -> Mention | None:
    """The longest name of the gazetteer that starts at token i."""
    for length in range(min(gazetteer.longest.get(tokens[i].low, 0), len(tokens) - i), 0, -1):
        words = tuple(token.low for token in tokens[i : i + length])
        actor = gazetteer.exact(words)
        if actor and (tokens[i].upper or actor.kind == "organisation"):
            if length == 1 and words[0] == "us" and tokens[i].text not in ("US", "U.S"):
                return None
            country = actor.country
            return Mention(i, i + length, actor.kind, actor.name, actor, actor.gender, country=country)
    return None


def _goes_on(tokens: Sequence[Token], at: int) -> bool:
    """Whether a phrase goes on after a known name with a role or another name ("Kremlin spokesman Dmitry Peskov")."""
    if at >= len(tokens):
        return False
    token = tokens[at]
    if _is_role(token) or token.low in MODIFIERS or (token.upper and token.low not in cues.COMMON):
        return True
    return _leads_to_role(tokens, at)


def _is_role(token: Token) -> bool:
    low = token.low
    return low in cues.ROLES or (low[-1:] == "s" and low[:-1] in cues.ROLES) or low.rpartition("-")[2] in cues.ROLES


def _adjectival(tokens: Sequence[Token], j: int) -> bool:
    """Whether a role word stands as an adjective before a thing ("an official announcement")."""
    if tokens[j].low not in ("official", "police", "church", "party", "government", "military", "opposition"):
        return False
    if j + 1 >= len(tokens):
        return False
    after = tokens[j + 1]
    return after.text.isalpha() and not after.upper and not _is_role(after) and after.low not in FUNCTION


FUNCTION = cues.SPEECH | cues.ACTS | cues.PREPOSITIONS | cues.COMMON | frozenset("who whose whom which that".split())


def _leads_to_role(tokens: Sequence[Token], j: int) -> bool:
    """Whether plain words lead from token j to a role within three tokens ("transport minister")."""
    for k in range(j, min(j + 4, len(tokens))):
        if _is_role(tokens[k]) and not _adjectival(tokens, k):
            return True
        if not tokens[k].low.replace("-", "").isalpha() or tokens[k].low in FUNCTION or tokens[k].low in cues.PRONOUNS:
            return False
    return False


def _extent(tokens: Sequence[Token], i: int, gazetteer: Gazetteer) -> tuple[int, list[str], str | None, int | None]:
    """End of the phrase from token i, its roles, its country and where its name begins."""
    roles: list[str] = []
    country: str | None = None
    name_from: int | None = None
    j = i
    while j < len(tokens) and j - i < 12:
        token = tokens[j]
        adjective = gazetteer.adjectives.get(token.low) if token.upper else None
        if token.upper and adjective is None and j + 1 < len(tokens):
            adjective = gazetteer.adjectives.get(f"{token.low} {tokens[j + 1].low}")
        if _is_role(token) and not _adjectival(tokens, j):
            roles.append(token.low)
            name_from = None
            if j + 2 < len(tokens) and tokens[j + 1].low == "of" and tokens[j + 2].low in cues.DOMAINS:
                j = _past_domain(tokens, j + 2)
                continue
        elif adjective:
            country, name_from = adjective, None
        elif token.upper and token.low in cues.SPEECH and name_from is not None:
            break
        elif token.upper and token.text[0].isalpha() and not (token.low in cues.COMMON and j == i):
            name_from = j if name_from is None else name_from
            known = gazetteer.exact((token.low,))
            if token.possessive and j + 1 < len(tokens) and _starts_role(tokens, j + 1):
                country, name_from = known.country if known else country, None
        elif not _belongs(tokens, i, j, named=name_from is not None):
            break
        j += 1
        if token.possessive and name_from is not None:
            break
    while j > i and name_from is None and not _is_role(tokens[j - 1]) and tokens[j - 1].low in MODIFIERS:
        j -= 1
    return j, roles, country, name_from


def _belongs(tokens: Sequence[Token], i: int, j: int, *, named: bool) -> bool:
    """Whether a word that is no role, nationality or name goes on the phrase that began at token i."""
    token = tokens[j]
    before_name = j + 1 < len(tokens) and tokens[j + 1].upper
    if token.text == ".":
        return j > i and tokens[j - 1].low in cues.TITLES and before_name
    if named:
        return token.low in PARTICLES and before_name
    if token.low in MODIFIERS or AGE.match(token.low):
        return True
    return not token.upper and _leads_to_role(tokens, j)


def _country_then_name(tokens: Sequence[Token], j: int, gazetteer: Gazetteer) -> bool:
    """Whether a country's name is followed by somebody's first and last name ("of Byelorussia Anatoly Budko")."""
    actor = gazetteer.exact((tokens[j].low,))
    if actor is None or actor.kind != "country" or j + 2 >= len(tokens) or tokens[j].possessive:
        return False
    return all(t.upper and not _is_role(t) and t.text[1:].islower() for t in tokens[j + 1 : j + 3])


def _past_domain(tokens: Sequence[Token], j: int) -> int:
    while j < len(tokens) and tokens[j].low in cues.DOMAINS:
        j += 1
    while tokens[j - 1].low in ("and", "the", "of"):
        j -= 1
    return j


def _starts_role(tokens: Sequence[Token], at: int) -> bool:
    """Whether what follows a possessive is a role ("Belarus’ President", "Kazakhstan's transport minister")."""
    if tokens[at].upper or tokens[at].low in MODIFIERS:
        return any(_is_role(token) for token in tokens[at : at + 4])
    return _leads_to_role(tokens, at)


def _named(
    tokens: Sequence[Token], start: int, name_from: int, end: int, roles: Sequence[str], country: str | None,
    gazetteer: Gazetteer, is_surname: Callable[[str], bool],
) -> Mention | None:  # fmt: skip
    name = tokens[name_from:end]
    name = [token for token in name if token.text != "."]
    words = tuple(token.low for token in name)
    title = words[0] if words[0] in cues.TITLES and len(words) > 1 else None
    if title:
        name, words = name[1:], words[1:]
    gender = {"mr": "m", "sir": "m", "lord": "m", "mrs": "f", "ms": "f", "miss": "f", "lady": "f"}.get(title or "")
    actor = gazetteer.exact(words) or (gazetteer.exact(words[:1]) if len(words) == 1 else None)
    if actor and actor.kind != "person" and roles:
        text = " ".join(token.text for token in tokens[start:end])
        return Mention(start, end, "role", text, roles=tuple(roles), country=country or actor.country)
    if actor is None and not name[0].text.isupper():
        actor = gazetteer.similar(words[-1]) if len(words) <= 3 else None
    if actor:
        gender = gender or actor.gender
        return Mention(start, end, actor.kind, actor.name, actor, gender, tuple(roles), country or actor.country)
    full = " ".join(_bare(token) for token in name)
    if len(words) == 1 and not roles and not title:
        if is_surname(words[0]):
            return Mention(name_from, end, "person", full)
        opens = start == 0 and not (end < len(tokens) and tokens[end].low in cues.SPEECH)
        return None if opens or words[0] in cues.COMMON else Mention(name_from, end, "name", full)
    kind = "organisation" if all(token.text.isupper() for token in name) else "person"
    return Mention(start, end, kind, full, None, gender, tuple(roles), country)


def _bare(token: Token) -> str:
    """The word as written, without a possessive ending."""
    if not token.possessive:
        return token.text
    return token.text[:-2] if token.text[-1] in "sS" else token.text[:-1]
