"""Find whose voice each sentence of an article is: quoted, reported, shown by an act, or the writer's.

Paragraph by paragraph: verbs of speech outside quotation marks are tied to their subjects (named before, after, in
apposition, or by a pronoun or role that the article settles); a quotation takes the speaker of the verb beside it, of
the quotation it continues, or of the last speaker; what is left is an act of an actor or the writer's own. No parser
is needed, and every step is linear in the text.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from stance.records import Article, Sentence
from stance.text import cues
from stance.text.actors import Gazetteer, read_actors
from stance.text.cleaning import POST_CREDIT, Line, Part, read_lines
from stance.text.frames import Frame, find_frame, in_relative_clause, subject_left
from stance.text.memory import Memory, span
from stance.text.mentions import Mention, Token, find_mentions, tokenise
from stance.text.quotes import Quote, find_quotes
from stance.text.sentences import sentences_of_lines
from stance.text.spinning import SWAPS, copy_quality

LABEL = re.compile(r"(?P<label>[A-ZÀ-Ž][\w.’'-]*(?: [A-ZÀ-Ž][\w.’'-]*){0,3}):\s+(?=\S)")


HYPOTHETICAL = frozenset("if should would could will hypothetically".split())


@dataclass(frozen=True, slots=True)
class Voice:
    """Whose stance a sentence shows, and what settled it.

    `holder` is canonical, None when unknown; `holder_kind` is direct_quote, indirect_quote, attributed_act, author or
    unknown. `quote` and `mention` are character spans in the article; `verb` is the writer's framing verb.
    """

    holder: str | None
    holder_kind: str
    quote: tuple[int, int] | None = None
    mention: tuple[int, int] | None = None
    verb: str | None = None


AUTHOR = Voice("author", "author")


@dataclass(frozen=True, slots=True)
class MarkedQuote:
    """A quotation, told apart: `speech` is somebody's words, otherwise a scare quote, a term or a title."""

    start: int
    end: int
    speech: bool


@dataclass(slots=True)
class Parsed:
    """One sentence while its paragraph is read."""

    sentence: Sentence
    tokens: list[Token]
    mentions: list[Mention]
    frame: Frame | None


def read_voices(
    article: Article,
    sentences: Sequence[Sentence] | None = None,
    *,
    lines: Sequence[Line] | None = None,
    gazetteer: Gazetteer | None = None,
    spun: bool | None = None,
) -> list[Voice]:
    """Voice of each sentence of an article, in order; reads lines and sentences itself unless they are given.

    `spun` says whether the swaps of spun copy are to be understood ("helium said"); by default the text tells.
    """
    lines = read_lines(article) if lines is None else lines
    sentences = sentences_of_lines(article, lines) if sentences is None else sentences
    return _Reader(article, lines, gazetteer or read_actors(), spun=spun).read(sentences)


def read_quotes(article: Article, lines: Sequence[Line] | None = None) -> list[MarkedQuote]:
    """Quotations of the headline and body, speech and scare quotes told apart."""
    lines = read_lines(article) if lines is None else lines
    reader = _Reader(article, lines, read_actors())
    reader.read(sentences_of_lines(article, lines))
    return [MarkedQuote(q.start, q.end, reader.speech.get(n, False)) for n, q in enumerate(reader.quotes)]


class _Reader:
    """State of reading one article."""

    def __init__(
        self, article: Article, lines: Sequence[Line], gazetteer: Gazetteer, *, spun: bool | None = None
    ) -> None:
        self.text = article.text
        self.gazetteer = gazetteer
        self.memory = Memory(gazetteer)
        kept = [line for line in lines if line.part in (Part.HEADLINE, Part.BODY)]
        self.quotes = find_quotes(article.text, [(line.start, line.end) for line in kept])
        self.paragraphs = [(line.start, line.end) for line in kept]
        self.speech: dict[int, bool] = {}
        self.speakers: dict[int, Voice] = {}
        self.labels = self._speaker_labels(kept)
        self.posts = self._posts(lines)
        spun = copy_quality(article.text).is_spun if spun is None else spun
        self.swaps = SWAPS if spun else None
        self.lead_end = kept[min(len(kept) - 1, 3)].end if kept else 0
        self.bare: dict[tuple[int, int], Mention] = {}
        self.colon: Voice | None = None
        self.last_direct: Voice | None = None

    def read(self, sentences: Sequence[Sentence]) -> list[Voice]:
        voices: list[Voice] = []
        position = quote = 0
        for start, end in self.paragraphs:
            inside: list[Sentence] = []
            while position < len(sentences) and sentences[position].start < end:
                inside.append(sentences[position])
                position += 1
            while quote < len(self.quotes) and self.quotes[quote].end <= start:
                quote += 1
            last = quote
            while last < len(self.quotes) and self.quotes[last].start < end:
                last += 1
            voices.extend(self._paragraph(inside, list(range(quote, last))))
        settled = [self._settled(voice) for voice in voices]
        return [self._settled(voice) for voice in settled]

    def _settled(self, voice: Voice) -> Voice:
        """Replace a bare role or surname by the person whom the rest of the article names."""
        if voice.holder is None or voice.mention is None or voice.holder in self.memory.people:
            return voice
        mention = self.bare.get(voice.mention)
        if mention is None or (mention.kind == "role" and not voice.holder.startswith(mention.name)):
            return voice
        if mention.kind == "role":
            later = self.memory.introduced_later(mention, voice.mention[0], lead=voice.mention[1] <= self.lead_end)
        else:
            later = self.memory.full_name(mention)
        return replace(voice, holder=later) if later else voice

    def _posts(self, lines: Sequence[Line]) -> dict[int, Voice]:
        """Texts of embedded posts by their start: the credit on the line below names the speaker."""
        posts: dict[int, Voice] = {}
        for line, below in pairwise(lines):
            credit = POST_CREDIT.match(self.text[below.start : below.end])
            if credit and line.part is Part.BODY:
                name = credit[0].lstrip("—–- ").partition("(")[0].strip()
                posts[line.start] = Voice(name, "direct_quote", None, (below.start, below.end))
        return posts

    # Interviews -------------------------------------------------------------------------------------------------

    def _speaker_labels(self, kept: Sequence[Line]) -> dict[str, bool]:
        """Labels that open paragraphs of an interview ("Q:", "A:", "SATOVA:"), with whether they ask."""
        seen: dict[str, list[str]] = {}
        for line in kept:
            match = LABEL.match(self.text, line.start, line.end)
            if match:
                seen.setdefault(match["label"].split()[-1], []).append(self.text[match.end() : line.end])
        often = {label: texts for label, texts in seen.items() if len(texts) >= 2}
        if len(often) < 1 or sum(map(len, often.values())) < 4:
            return {}
        return {
            label: label in ("Q", "Question", "Interviewer") or sum(t.endswith("?") for t in texts) > len(texts) / 2
            for label, texts in often.items()
        }

    def _interview(self, inside: Sequence[Sentence]) -> list[Voice] | None:
        match = LABEL.match(self.text, inside[0].start) if self.labels and inside else None
        if match is None or match["label"].split()[-1] not in self.labels:
            return None
        for sentence in inside:
            self._meet(find_mentions(self._tokens(sentence, []), self.gazetteer, self.memory.is_surname))
        if self.labels[match["label"].split()[-1]]:
            return [AUTHOR] * len(inside)
        label = match["label"]
        holder = self._labelled(label)
        mention = (match.start("label"), match.end("label"))
        return [Voice(holder, "direct_quote" if holder else "unknown", None, mention)] * len(inside)

    def _labelled(self, label: str) -> str | None:
        name = self.memory.surnames.get(label.rsplit(maxsplit=1)[-1].lower()) or self.memory.by_initials(label)
        if name or label not in ("A", "Answer"):
            return name or label.title()
        return self.memory.recent[0] if self.memory.recent else None

    # One paragraph ----------------------------------------------------------------------------------------------

    def _paragraph(self, inside: Sequence[Sentence], numbers: Sequence[int]) -> list[Voice]:
        if inside and inside[0].start in self.posts:
            return [self.posts[inside[0].start]] * len(inside)
        interview = self._interview(inside)
        if interview:
            return interview
        parsed = [self._parse(sentence, numbers) for sentence in inside]
        for number in numbers:
            self._attribute(number, parsed, numbers)
        voices = [self._voice(one) for one in parsed]
        self._after(parsed)
        return voices

    def _tokens(self, sentence: Sentence, numbers: Sequence[int]) -> list[Token]:
        near = [(n, q) for n in numbers if (q := self.quotes[n]).start < sentence.end and q.end > sentence.start]
        return tokenise(self.text, sentence.start, sentence.end, near, self.swaps)

    def _parse(self, sentence: Sentence, numbers: Sequence[int]) -> Parsed:
        self.memory.position = sentence.start
        tokens = self._tokens(sentence, numbers)
        mentions = find_mentions(tokens, self.gazetteer, self.memory.is_surname)
        frame = find_frame(tokens, mentions)
        if frame:
            self._note_appositions(tokens, mentions)
            frame.holder = self._name(frame.subject, tokens, mentions)
        self._meet([m for m in mentions if tokens[m.first].quote < 0 or m.kind == "person"])
        if not frame:
            self._note_appositions(tokens, mentions)
        if frame and frame.holder:
            self.memory.speaker = frame.holder
        subject = next((m for m in mentions if not m.after_preposition and not m.possessive
                        and tokens[m.first].quote < 0), None)  # fmt: skip
        if frame and frame.holder:
            self.memory.subject = frame.holder
        elif subject and subject.kind in ("person", "country", "organisation"):
            self.memory.subject = self.memory.resolve(subject)
        return Parsed(sentence, tokens, mentions, frame)

    def _meet(self, mentions: Sequence[Mention]) -> None:
        """Remember mentions, those after a preposition or with a possessive first: subjects are the more salient."""
        for mention in sorted(mentions, key=lambda m: not (m.after_preposition or m.possessive)):
            self.memory.meet(mention)

    def _note_appositions(self, tokens: Sequence[Token], mentions: Sequence[Mention]) -> None:
        """Tie a role to the name beside it: "X, a retired general", "its leader, X"."""
        for left, right in pairwise(mentions):
            if right.first - left.last != 1 or tokens[left.last].text != ",":
                continue
            if left.kind == "person" and right.kind == "role":
                self.memory.meet(left)
                self.memory.describe(left, right)
            elif left.kind == "role" and right.kind == "person":
                right.roles = (*right.roles, *left.roles)
                right.country = right.country or left.country
                self.memory.meet(right)

    def _name(self, subject: Mention | None, tokens: Sequence[Token], mentions: Sequence[Mention]) -> str | None:
        """Canonical name of a subject, by the name in apposition to a role where there is one."""
        if subject is None:
            return None
        if subject.kind in ("role", "name"):
            self.bare[span(tokens, subject)] = subject
        if subject.kind == "pronoun" and subject.gender in ("m", "f"):
            before = self._antecedent(subject, tokens, mentions)
            if before:
                return before
        if subject.kind == "role":
            beside = next(
                (m for m in mentions if m.first == subject.last + 1 and tokens[subject.last].text == ","), None
            )
            if beside and beside.kind == "person":
                return self.memory.resolve(beside)
            return self._role(subject, tokens, mentions)
        return self.memory.resolve(subject)

    def _antecedent(self, pronoun: Mention, tokens: Sequence[Token], mentions: Sequence[Mention]) -> str | None:
        """The person that a clause before the pronoun in the same sentence has for its subject."""
        for mention in mentions:
            if mention.first >= pronoun.first:
                return None
            if mention.kind == "person" and not mention.after_preposition and tokens[mention.first].quote < 0:
                name = self.memory.full_name(mention)
                known = self.memory.people.get(name)
                gender = known.gender if known else mention.gender or (mention.actor.gender if mention.actor else None)
                if gender in (pronoun.gender, None) and not mention.possessive:
                    return name
        return None

    def _role(self, subject: Mention, tokens: Sequence[Token], mentions: Sequence[Mention]) -> str | None:
        """A role with what follows it ("spokesman for the Kremlin"), unless the article says who that is."""
        resolved = self.memory.resolve(subject)
        owner_word = next((t for t in tokens[subject.first : subject.last - 1] if t.possessive), None)
        if resolved == subject.name and owner_word and owner_word.low in self.memory.described:
            return self.memory.described[owner_word.low]
        if (
            resolved != subject.name
            or subject.last >= len(tokens)
            or tokens[subject.last].low not in ("of", "for", "at", "from", "with", "in")
        ):
            return resolved
        named = _name_after_office(subject, tokens, mentions)
        if named:
            return self.memory.resolve(named)
        owner = next((m for m in mentions if m.first in (subject.last + 1, subject.last + 2)), None)
        if owner is None:
            return resolved
        return self.text[tokens[subject.first].start : tokens[owner.last - 1].end]

    # Quotations -------------------------------------------------------------------------------------------------

    def _attribute(self, number: int, parsed: Sequence[Parsed], numbers: Sequence[int]) -> None:
        """Decide whether a quotation is speech and whose."""
        quote = self.quotes[number]
        touching = [one for one in parsed if one.sentence.start < quote.end and one.sentence.end > quote.start]
        frames = [(one, one.frame) for one in touching if one.frame]
        words = sum(1 for one in touching for t in one.tokens if t.quote == number and t.text[0].isalnum())
        whole = bool(touching) and all(t.quote >= 0 or not t.text[0].isalnum() for one in touching for t in one.tokens)
        speech = self._is_speech(quote, words, frames, touching, whole=whole, number=number)
        self.speech[number] = speech
        if not speech:
            return
        self.speakers[number] = self._speaker(number, quote, frames, parsed, numbers, touching)
        if self.speakers[number].holder:
            self.last_direct = self.speakers[number]

    def _is_speech(
        self, quote: Quote, words: int, frames: Sequence[tuple[Parsed, Frame]], touching: Sequence[Parsed], *,
        whole: bool, number: int,
    ) -> bool:  # fmt: skip
        if whole or quote.continues:
            return True
        inner = self.text[quote.start : quote.end].strip("“”„«»\"'‘’")
        if inner.endswith((",", ".", "!", "?", "…")) and words >= 2:
            return True
        if words >= 7:
            return True
        words_before = self._words_before(quote, touching)
        before, last = set(words_before), set(words_before[-1:])
        if before & cues.LABELLING and "so-called" not in before:
            return True
        if before & {"threatened", "vowed", "promised", "pledged", "warned", "condemned"}:
            return True
        if not frames or "so-called" in before:
            return False
        shy = last & {"the", "a", "an", "its", "their", "his", "her", "so-called", "of", "this", "these", "own"}
        return not (words <= 3 and shy and not self._near(frames, number))

    @staticmethod
    def _near(frames: Sequence[tuple[Parsed, Frame]], number: int) -> bool:
        """Whether a verb of speech stands within a few words of a quotation."""
        for one, frame in frames:
            at = [i for i, token in enumerate(one.tokens) if token.quote == number]
            if at and min(abs(at[0] - frame.verb), abs(at[-1] - frame.verb)) <= 8:
                return True
        return False

    @staticmethod
    def _words_before(quote: Quote, touching: Sequence[Parsed]) -> list[str]:
        for one in touching:
            at = next((i for i, t in enumerate(one.tokens) if t.start >= quote.start), None)
            if at is not None and one.tokens[at].start == quote.start:
                return [t.low for t in one.tokens[max(0, at - 3) : at]]
        return []

    def _speaker(
        self, number: int, quote: Quote, frames: Sequence[tuple[Parsed, Frame]], parsed: Sequence[Parsed],
        numbers: Sequence[int], touching: Sequence[Parsed],
    ) -> Voice:  # fmt: skip
        for one, frame in sorted(frames, key=lambda pair: pair[0] is not touching[-1]):
            if frame.holder:
                return self._framed(one, frame, quote)
        if quote.continues and number and number - 1 in self.speakers:
            return self._follow(self.speakers[number - 1], quote)
        own = next((v for one in touching if (v := self._colon_or_subject(one, number))), None)
        if own:
            return own
        earlier = [one for one in parsed if one.sentence.end <= quote.start and one.frame and one.frame.holder]
        if earlier:
            return self._framed(earlier[-1], earlier[-1].frame, quote)  # type: ignore[arg-type]
        if self.colon:
            return self._follow(self.colon, quote)
        later = [one for one in parsed if one.sentence.start >= quote.end and one.frame and one.frame.holder]
        if later and any(self.quotes[n].start > quote.end for n in numbers):
            return self._framed(later[0], later[0].frame, quote)  # type: ignore[arg-type]
        if self.last_direct:
            return self._follow(self.last_direct, quote)
        if self.memory.speaker:
            return Voice(self.memory.speaker, "direct_quote", (quote.start, quote.end))
        return Voice(None, "unknown", (quote.start, quote.end))

    def _framed(self, one: Parsed, frame: Frame, quote: Quote) -> Voice:
        mention = span(one.tokens, frame.subject) if frame.subject else None
        return Voice(frame.holder, "direct_quote", (quote.start, quote.end), mention, one.tokens[frame.verb].low)

    @staticmethod
    def _follow(voice: Voice, quote: Quote) -> Voice:
        return Voice(voice.holder, "direct_quote", (quote.start, quote.end), voice.mention, voice.verb)

    def _colon_or_subject(self, one: Parsed, number: int) -> Voice | None:
        """Speaker of a sentence whose quotation follows a colon, or whose subject is labelled with its words."""
        at = next((i for i, t in enumerate(one.tokens) if t.quote == number), None)
        if at is None or at == 0:
            return None
        outside = [m for m in one.mentions if one.tokens[m.first].quote < 0 and not m.possessive]
        subject = next((m for m in outside if not m.after_preposition), None)
        if subject is None:
            possessive = [m for m in one.mentions if m.last <= at and m.possessive]
            subject = possessive[-1] if possessive else None
        holder = self._name(subject, one.tokens, one.mentions)
        if holder is None or subject is None:
            return None
        quote = self.quotes[number]
        return Voice(holder, "direct_quote", (quote.start, quote.end), span(one.tokens, subject))

    # Voices -----------------------------------------------------------------------------------------------------

    def _voice(self, one: Parsed) -> Voice:
        numbers = list(dict.fromkeys(t.quote for t in one.tokens if t.quote >= 0 and self.speech.get(t.quote)))
        words = [t for t in one.tokens if t.text[0].isalnum()]
        quoted = sum(1 for t in words if t.quote in numbers)
        if numbers:
            voice = self.speakers[max(numbers, key=lambda n: sum(t.quote == n for t in words))]
            longest = max(sum(t.quote == n for t in words) for n in numbers)
            if quoted >= 0.5 * len(words) or longest >= 7 or one.frame is None or self._clause_quoted(one, numbers):
                return voice if voice.holder else Voice(None, "unknown", voice.quote)
        frame = one.frame
        if frame:
            mention = span(one.tokens, frame.subject) if frame.subject else None
            quote = self.quotes[numbers[0]] if numbers else None
            where = (quote.start, quote.end) if quote else None
            kind = "indirect_quote" if frame.holder else "unknown"
            return Voice(frame.holder, kind, where, mention, one.tokens[frame.verb].low)
        return self._act(one)

    def _clause_quoted(self, one: Parsed, numbers: Sequence[int]) -> bool:
        """Whether a quotation opens the sentence or follows a colon, and ends as a clause does."""
        for number in numbers:
            quote = self.quotes[number]
            opens = quote.start <= one.sentence.start or self.text[: quote.start].rstrip().endswith(":")
            if opens and self.text[quote.start : quote.end].rstrip("”»\"'’").endswith((",", ".", "!", "?", "…")):
                return True
        return False

    def _act(self, one: Parsed) -> Voice:
        """An act of the sentence's subject, where the verb is one of taking a side; else the writer's voice."""
        tokens = one.tokens
        for i, token in enumerate(tokens):
            if token.low not in cues.ACTS or token.quote >= 0:
                continue
            if i and tokens[i - 1].low in ("to", "the", "a", "an", "could", "would", "might", "may", "should", "of"):
                continue
            subject = subject_left(tokens, one.mentions, i)
            if subject is None or subject.kind == "name" or subject.gender in ("self", "rel"):
                continue
            if in_relative_clause(tokens, i) or tokens[0].low in HYPOTHETICAL or tokens[-1].text == "?":
                continue
            holder = self._name(subject, tokens, one.mentions)
            if holder:
                return Voice(holder, "attributed_act", None, span(tokens, subject), token.low)
        return AUTHOR

    def _after(self, parsed: Sequence[Parsed]) -> None:
        """Carry what the next paragraph needs: a speaker announced by a colon."""
        self.colon = None
        if not parsed:
            return
        last = parsed[-1]
        if self.text[last.sentence.end - 1] == ":" and last.tokens:
            holder = last.frame.holder if last.frame else self.memory.subject
            if holder:
                self.colon = Voice(holder, "direct_quote")


def _name_after_office(subject: Mention, tokens: Sequence[Token], mentions: Sequence[Mention]) -> Mention | None:
    """The name that ends an office ("the head of the department of trade Harlan Prewitt", "Ambassador of X, Y")."""
    for mention in mentions:
        if mention.first <= subject.last or mention.kind != "person":
            continue
        between = tokens[subject.last : mention.first]
        stops = [token.text for token in between if not token.text[0].isalnum()]
        if len(between) > 9 or stops not in ([], [","]) or any(token.low in cues.SPEECH for token in between):
            return None
        return mention if not stops or between[-1].text == "," else None
    return None
