"""Find the verb of speech that frames a sentence, and its subject: "X said", "said X", "according to X"."""

from collections.abc import Sequence
from dataclasses import dataclass

from stance.text import cues
from stance.text.mentions import Mention, Token

STOPS = frozenset(".!?…")
DASHES = (",", "–", "—", "-")
ADDRESSING = frozenset("told tell tells telling urged urges urge assured assures reminded reminds warned asked".split())
"""Verbs whose next noun is the one spoken to; only a pronoun may follow them as their subject ("told he")."""

OPINIONS = frozenset("words view opinion account telling estimate eyes judgment judgement reading".split())
SURE = frozenset("sure convinced confident certain adamant".split())
BEFORE_NOUN = frozenset("to the a an his her its their this no any of not".split())
PASSIVE = frozenset("was were been be is are being".split())
PERSONAL = ("person", "role", "organisation")


@dataclass(slots=True)
class Frame:
    """A verb of speech outside quotation marks, by token index, with its subject; `holder` once it is resolved."""

    verb: int
    subject: Mention | None
    holder: str | None = None


def find_frame(tokens: Sequence[Token], mentions: Sequence[Mention]) -> Frame | None:
    """The main frame of a sentence: its final attribution, else the first outside a subordinate or relative clause."""
    trailing = _trailing(tokens, mentions)
    if trailing:
        return trailing
    later: Frame | None = None
    opening = bool(tokens) and tokens[0].low in cues.SUBORDINATORS
    for i, token in enumerate(tokens):
        if token.quote >= 0:
            continue
        if token.text == ",":
            opening = False
        frame = _frame_at(tokens, mentions, i)
        if frame is None:
            continue
        if not (opening or in_relative_clause(tokens, i)):
            return frame
        later = later or frame
    return later


def _frame_at(tokens: Sequence[Token], mentions: Sequence[Mention], i: int) -> Frame | None:
    low = tokens[i].low
    following = tokens[i + 1].low if i + 1 < len(tokens) else ""
    if low == "according" and following == "to":
        return _according(tokens, mentions, i)
    if low in ("his", "her", "their") and following in OPINIONS:
        gender = {"his": "m", "her": "f", "their": "p"}[low]
        return Frame(i, Mention(i, i + 1, "pronoun", low, gender=gender))
    if low in OPINIONS and following == "of" and i and tokens[i - 1].low == "the":
        return Frame(i, next_mention(mentions, i + 2, 2))
    if i == 0 and low in ("for", "to"):
        return _through_eyes(tokens, mentions)
    if low in SURE and i and tokens[i - 1].low in (*PASSIVE, "remains"):
        subject = subject_left(tokens, mentions, i - 1)
        return Frame(i, subject) if subject else None
    if low in ("put", "puts") and following == "it":
        subject = subject_left(tokens, mentions, i)
        return Frame(i, subject) if subject else None
    if low in cues.SPEECH or _verb_of_quote(tokens, mentions, i):
        return _speech(tokens, mentions, i)
    return None


def _according(tokens: Sequence[Token], mentions: Sequence[Mention], i: int) -> Frame:
    subject = next_mention(mentions, i + 2, 6)
    if subject and any(token.text in ",;" for token in tokens[i + 2 : subject.first]):
        subject = None
    return Frame(i, subject)


def _through_eyes(tokens: Sequence[Token], mentions: Sequence[Mention]) -> Frame | None:
    """A sentence seen by somebody ("For X, who studies it, the timing is telling")."""
    first = next((mention for mention in mentions if mention.first <= 1), None)
    if first is None or first.kind != "person" or first.last >= len(tokens) or tokens[first.last].text != ",":
        return None
    return Frame(0, first)


def _verb_of_quote(tokens: Sequence[Token], mentions: Sequence[Mention], i: int) -> bool:
    """Whether an unknown word between a quotation's end and a name, or after a name there, must be a verb of speech."""
    token = tokens[i]
    if token.upper or not token.text.isalpha() or token.low in cues.PREPOSITIONS or token.low in cues.COMMON:
        return False
    person = next((m for m in mentions if m.kind in ("person", "pronoun") and i in (m.first - 1, m.last)), None)
    if person is None or person.gender in ("self", "rel", "n", "p"):
        return False
    if person.first == i + 1:
        return _quote_ends_before(tokens, i) and token.low.endswith(("ed", "s"))
    return _quote_ends_before(tokens, person.first)


def _quote_ends_before(tokens: Sequence[Token], i: int) -> bool:
    at = i - 1
    while at >= 0 and tokens[at].text in DASHES:
        at -= 1
    return at >= 0 and tokens[at].quote >= 0


def _trailing(tokens: Sequence[Token], mentions: Sequence[Mention]) -> Frame | None:
    """Attribution at the very end of a sentence (", the minister, X, says."), unless by a mere relay ("X writes")."""
    last = next((i for i in range(len(tokens) - 1, -1, -1) if tokens[i].text[0].isalnum()), None)
    if not last or last < 6 or tokens[last].quote >= 0:
        return None
    low = tokens[last].low
    if low not in cues.SPEECH or low in cues.WEAK or low in ("writes", "wrote", "reports", "reported"):
        return None
    return _speech(tokens, mentions, last)


def _speech(tokens: Sequence[Token], mentions: Sequence[Mention], i: int) -> Frame | None:
    token = tokens[i]
    before = tokens[i - 1].low if i else ""
    if before in BEFORE_NOUN and not (before == "to" and i >= 2 and tokens[i - 2].low == "used"):
        return None
    near = near_quote(tokens, i)
    close = near == "before" or any(t.quote >= 0 for t in tokens[i + 1 : i + 5])
    if token.low in cues.WEAK and not close and not _governs(tokens, i) and not _said_by_actor(tokens, mentions, i):
        return None
    if before in PASSIVE and not token.low.endswith("ing"):
        agent = _agent(tokens, mentions, i)
        if agent or not near:
            reported = before == "was" and i > 1 and tokens[i - 2].low == "it"
            return Frame(i, agent) if agent or reported else None
    relative = _antecedent_of_relative(tokens, mentions, i)
    if relative:
        return Frame(i, relative)
    subject, right = subject_left(tokens, mentions, i), subject_right(tokens, mentions, i)
    if right and token.low in ADDRESSING and right.kind != "pronoun":
        right = None
    after_mark = i > 0 and (tokens[i - 1].quote >= 0 or tokens[i - 1].text in DASHES)
    if right and near and (subject is None or (near == "before" and after_mark)):
        return Frame(i, right)
    if right and after_mark and right.kind in ("person", "role") and token.low not in cues.WEAK:
        return Frame(i, right)
    if subject is None or (subject.kind == "pronoun" and subject.gender in ("self", "rel")):
        return None
    return Frame(i, subject)


def near_quote(tokens: Sequence[Token], i: int) -> str | None:
    """Where a quotation is: ending just "before" a token, "near" before it, or beginning "after" it."""
    for j in range(i - 1, max(-1, i - 8), -1):
        if tokens[j].quote >= 0:
            return "before" if i - j <= 3 and all(t.text in DASHES or t.quote >= 0 for t in tokens[j:i]) else "near"
        if tokens[j].text in STOPS:
            break
    return "after" if any(token.quote >= 0 for token in tokens[i + 1 : i + 12]) else None


def _governs(tokens: Sequence[Token], i: int) -> bool:
    """Whether a weak verb governs a clause ("reported that"), an "as", or, being one of judgement, an object."""
    low, following = tokens[i].low, [token.low for token in tokens[i + 1 : i + 6]]
    if low in cues.JUDGING or low in ("considers", "regards", "deems"):
        return True
    views = low.startswith(("see", "saw", "view", "regard", "consider", "describ")) and "as" in following
    return views or "that" in following[:4]


def _said_by_actor(tokens: Sequence[Token], mentions: Sequence[Mention], i: int) -> bool:
    """Whether a weak verb has an actor right before it for its subject ("The Ministry calls on", "Minsk demands")."""
    if tokens[i].low in cues.HARD:
        return False
    subject = subject_left(tokens, mentions, i)
    adjacent = subject is not None and i - subject.last <= 1
    return adjacent and subject is not None and subject.kind in (*PERSONAL, "country")


def in_relative_clause(tokens: Sequence[Token], i: int) -> bool:
    """Whether "who" or "which" stands before a verb in its clause."""
    for j in range(i - 1, max(-1, i - 6), -1):
        if tokens[j].text == ",":
            return False
        if tokens[j].low in ("who", "which", "whom", "whose"):
            return True
    return False


def _antecedent_of_relative(tokens: Sequence[Token], mentions: Sequence[Mention], i: int) -> Mention | None:
    """The actor before "who" where that is a verb's subject ("by the historian X, who contends")."""
    for j in range(i - 1, max(-1, i - 4), -1):
        if tokens[j].low == "who":
            return next((m for m in reversed(mentions) if m.last in (j, j - 1) and m.kind in PERSONAL), None)
    return None


def next_mention(mentions: Sequence[Mention], start: int, window: int) -> Mention | None:
    """The first mention that begins within a window of tokens."""
    return next((m for m in mentions if start <= m.first <= start + window and m.gender != "rel"), None)


def _agent(tokens: Sequence[Token], mentions: Sequence[Mention], i: int) -> Mention | None:
    for j in range(i + 1, min(len(tokens), i + 12)):
        if tokens[j].low == "by":
            found = next_mention(mentions, j + 1, 2)
            if found:
                return found
    return None


def subject_right(tokens: Sequence[Token], mentions: Sequence[Mention], i: int) -> Mention | None:
    """The subject that follows its verb ("said X")."""
    found = next((m for m in mentions if i < m.first <= i + 2 and tokens[m.first].quote < 0), None)
    if found is None or found.after_preposition or (found.kind == "pronoun" and found.gender in ("rel", "n")):
        return None
    return found if found.first == i + 1 or tokens[i + 1].low in ("the", "a", "an") else None


def subject_left(tokens: Sequence[Token], mentions: Sequence[Mention], i: int) -> Mention | None:
    """The subject before its verb within the clause: the nearest if adjacent or in apposition, else the first."""
    start = _clause_start(tokens, mentions, i)
    left = [m for m in mentions if start <= m.first and m.last <= i and tokens[m.first].quote < 0 and m.gender != "rel"]
    if not left:
        return None
    nearest = left[-1]
    between = tokens[nearest.last : i]
    adjacent = len(between) <= 3 and not any(t.text in ",;:()" or t.low in cues.PREPOSITIONS for t in between)
    if adjacent and not nearest.after_preposition and not nearest.possessive:
        return nearest
    if nearest.kind in ("person", "organisation") and _apposed(tokens, nearest, i):
        return nearest
    return next((m for m in left if not m.after_preposition and not m.possessive and m.kind != "name"), None)


def _apposed(tokens: Sequence[Token], name: Mention, i: int) -> bool:
    """Whether a name stands between commas right before a verb ("the minister, X, said")."""
    if not name.first or tokens[name.first - 1].text != "," or tokens[name.last].text != ",":
        return False
    return i - name.last <= 4


def _clause_start(tokens: Sequence[Token], mentions: Sequence[Mention], i: int) -> int:
    """Where the clause of a verb begins: after a stop, a quotation, "that", or a conjunction before a subject."""
    starts = {mention.first for mention in mentions}
    for j in range(i - 1, -1, -1):
        token = tokens[j]
        if token.quote >= 0 or token.text in ";:":
            return j + 1
        if token.low in ("that", "but", "and", "while", "although", "whereas") and j + 1 in starts:
            return j + 1
    return 0
