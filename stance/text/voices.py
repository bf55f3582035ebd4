"""Find whose voice each sentence of an article is: quoted, reported, shown by an act, or the writer's.

One pass over the tokens of each body paragraph finds verbs of speech, mentions of actors and quotations; a second,
sentence by sentence, ties a quotation to its speaker (named before, after, inside or earlier), reported speech to its
subject, and an act to its actor. Pronouns, roles and surnames are resolved within the article. No parser is needed,
every step is linear in the text.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from stance.records import Article, Sentence
from stance.text import cues
from stance.text.actors import Actor, Gazetteer, read_actors
from stance.text.cleaning import Line, Part, read_lines
from stance.text.quotes import Quote, find_quotes
from stance.text.sentences import sentences_of_lines

TOKEN = re.compile(r"\w+(?:[’'.-]\w+)*|[^\w\s]")
AGE = re.compile(r"^\d{1,3}-year-old$")
PARTICLES = frozenset("al bin de del der di du el la le ibn van von den ter".split())
QUOTE_WINDOW = 9
"""Tokens between a quotation and its verb, and between a verb and its subject after it."""


@dataclass(frozen=True, slots=True)
class Voice:
    """Whose stance a sentence shows, and what settled it.

    `holder` is canonical, None when unknown; `holder_kind` is direct_quote, indirect_quote, attributed_act, author or
    unknown. `quote` and `mention` are character spans in the article; `verb` is the framing verb of the writer.
    """

    holder: str | None
    holder_kind: str
    quote: tuple[int, int] | None = None
    mention: tuple[int, int] | None = None
    verb: str | None = None


@dataclass(slots=True)
class Token:
    """A word or mark with its offsets; `low` is lower case without a possessive."""

    text: str
    start: int
    end: int
    low: str
    possessive: bool
    quote: int = -1


@dataclass(slots=True)
class Mention:
    """Tokens [first, last) that name an actor; `kind` is person, country, organisation, role, pronoun or crowd."""

    first: int
    last: int
    kind: str
    name: str
    actor: Actor | None = None
    gender: str | None = None
    after_preposition: bool = False
    possessive: bool = False


@dataclass(slots=True)
class Person:
    """A person the article has named, with what it has said of them so far."""

    name: str
    gender: str | None = None
    roles: set[str] = field(default_factory=set)
    country: str | None = None


class Memory:
    """People named so far, who spoke last and who was the subject last; resolves surnames, pronouns and roles."""

    def __init__(self, gazetteer: Gazetteer) -> None:
        self.gazetteer = gazetteer
        self.people: dict[str, Person] = {}
        self.surnames: dict[str, str] = {}
        self.recent: list[str] = []
        self.speaker: str | None = None
        self.groups: list[str] = []

    def meet(self, mention: Mention) -> None:
        """Remember a named person, country or organisation as the most recent."""
        if mention.kind == "person":
            self._meet_person(mention)
        elif mention.kind in ("country", "organisation", "role") and mention.name:
            self._recent(self.groups, mention.name)

    def _meet_person(self, mention: Mention) -> None:
        words = mention.name.split()
        person = self.people.get(mention.name)
        if person is None:
            actor = mention.actor
            gender = actor.gender if actor else mention.gender or _gender_of(words[-1])
            person = Person(mention.name, gender, set(actor.roles if actor else ()), actor.country if actor else None)
            self.people[mention.name] = person
            self.surnames[words[-1].lower()] = mention.name
        person.gender = person.gender or mention.gender
        self._recent(self.recent, mention.name)

    @staticmethod
    def _recent(names: list[str], name: str) -> None:
        if name in names:
            names.remove(name)
        names.append(name)

    def resolve(self, mention: Mention | None) -> str | None:
        """Canonical name of a mention, or None where the article does not settle it."""
        if mention is None:
            return None
        if mention.kind == "pronoun":
            return self._pronoun(mention.gender or "")
        if mention.kind == "role":
            return self._role(mention)
        return mention.name

    def _pronoun(self, gender: str) -> str | None:
        if gender in ("m", "f"):
            order = [self.speaker, *reversed(self.recent)]
            for name in order:
                person = self.people.get(name or "")
                if person and person.gender in (gender, None):
                    return person.name
            return self.speaker if self.speaker and self.speaker not in self.people else None
        if gender == "p":
            return self.speaker if self.speaker not in self.people else (self.groups[-1] if self.groups else None)
        if gender == "n":
            return next((name for name in reversed(self.groups) if name), None)
        return None

    def _role(self, mention: Mention) -> str | None:
        words = mention.name.lower().split()
        country = next((c for w in range(len(words)) if (c := self._country(words, w))), None)
        role = words[-1]
        office = " ".join(words[-2:])
        definite = bool(words) and words[0] == "the"
        for name in reversed(self.recent):
            person = self.people[name]
            fits_role = role in person.roles or office in person.roles or role in ("man", "woman", "politician")
            if fits_role and (country is None or person.country in (country, None)) and (definite or country):
                return name
        if country:
            for title in (office, role):
                known = self.gazetteer.holder_of(title, country)
                if known and (known.name in self.people or title in ("leader", "president", "strongman")):
                    return known.name
        if definite and len(words) == 2 and self.speaker and self.speaker not in self.people:  # noqa: SIM102
            if role in self.speaker.lower().split():
                return self.speaker
        if definite and AGE.match(words[1] if len(words) > 1 else ""):
            return self.recent[-1] if self.recent else None
        return mention.name

    def _country(self, words: Sequence[str], at: int) -> str | None:
        one = self.gazetteer.adjectives.get(words[at])
        two = self.gazetteer.adjectives.get(" ".join(words[at : at + 2]))
        return two or one


def _gender_of(surname: str) -> str | None:
    low = surname.lower()
    if low.endswith(cues.FEMALE_ENDINGS):
        return "f"
    return "m" if low.endswith(cues.MALE_ENDINGS) else None


def read_voices(
    article: Article, sentences: Sequence[Sentence] | None = None, *, lines: Sequence[Line] | None = None,
    gazetteer: Gazetteer | None = None,
) -> list[Voice]:  # fmt: skip
    """Voice of each sentence of an article, in order; reads lines and sentences itself unless they are given."""
    lines = read_lines(article) if lines is None else lines
    sentences = sentences_of_lines(article, lines) if sentences is None else sentences
    reader = _Reader(article, lines, gazetteer or read_actors())
    return [reader.voice(sentence) for sentence in sentences]


class _Reader:
    """State of reading one article."""

    def __init__(self, article: Article, lines: Sequence[Line], gazetteer: Gazetteer) -> None:
        self.text = article.text
        self.gazetteer = gazetteer
        self.memory = Memory(gazetteer)
        body = [(line.start, line.end) for line in lines if line.part is Part.BODY]
        self.quotes = find_quotes(article.text, body)
        self.speakers: dict[int, tuple[str | None, tuple[int, int] | None, str | None]] = {}
        self._starts = [start for start, _ in body]
        self._paragraph_of: dict[int, int] = {}
        self._next_quote = 0
        self._colon_speaker: str | None = None

    # -- one sentence ---------------------------------------------------------------------------------------------

    def voice(self, sentence: Sentence) -> Voice:
        tokens = self._tokens(sentence)
        mentions = self._mentions(tokens)
        voice = self._decide(sentence, tokens, mentions)
        for mention in mentions:
            if tokens[mention.first].quote < 0 or mention.kind == "person":
                self.memory.meet(mention)
        if voice.holder and voice.holder_kind in ("direct_quote", "indirect_quote"):
            self.memory.speaker = voice.holder
        elif voice.holder in self.memory.people:
            self.memory.speaker = voice.holder
        return voice

    def _tokens(self, sentence: Sentence) -> list[Token]:
        quotes = self._quotes_touching(sentence)
        tokens = []
        for match in TOKEN.finditer(self.text, sentence.start, sentence.end):
            word, start = match[0], match.start()
            low = word.lower()
            possessive = low.endswith(("’s", "'s", "s’", "s'"))
            if possessive:
                low = low[:-2] if low[-1] == "s" else low[:-1]
            token = Token(word, start, match.end(), cues.SWAPPED.get(low, low), possessive)
            for number in quotes:
                quote = self.quotes[number]
                if quote.start <= start < quote.end:
                    token.quote = number
            tokens.append(token)
        return tokens

    def _quotes_touching(self, sentence: Sentence) -> list[int]:
        while self._next_quote < len(self.quotes) and self.quotes[self._next_quote].end <= sentence.start:
            self._next_quote += 1
        found = []
        number = self._next_quote
        while number < len(self.quotes) and self.quotes[number].start < sentence.end:
            found.append(number)
            number += 1
        return found

    def _decide(self, sentence: Sentence, tokens: list[Token], mentions: list[Mention]) -> Voice:
        inside = sorted({token.quote for token in tokens if token.quote >= 0})
        frame = self._frame(tokens, mentions)
        for number in inside:
            if self._is_speech(number, tokens, frame):
                direct = self._direct(number, tokens, mentions, frame)
                if direct:
                    return direct
        if frame:
            holder = self.memory.resolve(frame.subject)
            span = _span(tokens, frame.subject) if frame.subject else None
            quote = self._first_quote(inside)
            return Voice(holder, "indirect_quote" if holder or frame.unknown else "unknown", quote, span, frame.verb)
        return self._act(tokens, mentions)
