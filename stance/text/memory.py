"""What an article has said so far of its people, and whom a surname, a pronoun or a role means."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from stance.text import cues
from stance.text.actors import Gazetteer
from stance.text.mentions import AGE, Mention

INSTITUTIONS = frozenset(
    "ministry government parliament embassy party church army police military court council company office agency "
    "committee commission association group institute centre center bank media newspaper union authorities".split()
)
NOBODY: frozenset[str] = frozenset()
SOON = 500
"""Characters within which copy names the person whom it has just announced by a role."""
LASTING = ("leader", "president", "strongman")


@dataclass(slots=True)
class Person:
    """A person the article has named."""

    name: str
    gender: str | None = None
    roles: set[str] = field(default_factory=set)
    country: str | None = None
    at: int = 0

    def add_roles(self, roles: Sequence[str]) -> None:
        """Remember roles, and the office behind a compound one ("vice-admiral": also "admiral")."""
        self.roles.update(roles)
        self.roles.update(role.rpartition("-")[2] for role in roles)


class Memory:
    """People and groups met so far, most recent last; who spoke last; resolves mentions to canonical names."""

    def __init__(self, gazetteer: Gazetteer) -> None:
        self.gazetteer = gazetteer
        self.people: dict[str, Person] = {}
        self.surnames: dict[str, str] = {}
        self.recent: list[str] = []
        self.groups: list[str] = []
        self.speaker: str | None = None
        self.subject: str | None = None
        self.described: dict[str, str] = {}
        self.position = 0

    def is_surname(self, word: str) -> bool:
        """Whether somebody with this surname (lower case) has been named."""
        return word in self.surnames

    def meet(self, mention: Mention) -> None:
        """Remember an actor as the most recent one."""
        if mention.kind == "person":
            self._meet_person(mention)
        elif mention.kind in ("country", "organisation"):
            _latest(self.groups, mention.name)
        elif mention.kind == "role" and self._describes(mention):
            self.described[mention.roles[-1]] = mention.name

    @staticmethod
    def _describes(mention: Mention) -> bool:
        """Whether a role says more than "the minister": it is new, or names a country or an institution."""
        if not mention.name.lower().startswith(("the ", "his ", "her ", "its ", "their ")):
            return True
        return bool(mention.country) or any(word[0].isupper() for word in mention.name.split()[1:])

    def _meet_person(self, mention: Mention) -> None:
        name = self.full_name(mention)
        person = self.people.get(name)
        if person is None:
            actor, surname = mention.actor, name.split()[-1].lower()
            gender = mention.gender or (actor.gender if actor else _gender_of(surname))
            country = mention.country or (actor.country if actor else None)
            roles = set(actor.roles if actor else ())
            person = self.people[name] = Person(name, gender, roles, country, self.position)
            self.surnames[surname] = name
        person.add_roles(mention.roles)
        person.country = person.country or mention.country
        person.gender = mention.gender or person.gender
        _latest(self.recent, name)

    def describe(self, mention: Mention, role: Mention) -> None:
        """Note that an apposition calls a person by a role ("Ihor Romanenko, a retired general")."""
        person = self.people.get(self.full_name(mention))
        if person:
            person.add_roles(role.roles)
            person.country = person.country or role.country
            if "spokeswoman" in role.roles or "chairwoman" in role.roles:
                person.gender = "f"

    def full_name(self, mention: Mention) -> str:
        """The fullest name the article has given for a person."""
        if mention.actor:
            return mention.name
        known = self.surnames.get(mention.name.split()[-1].lower())
        if known is None:
            return mention.name
        first, stored = mention.name.split()[0].lower(), known.split()[0].lower()
        single = len(mention.name.split()) == 1
        return known if single or first == stored or known == mention.name else mention.name

    def resolve(self, mention: Mention | None) -> str | None:
        """Canonical name of a mention, or None where the article does not settle it."""
        if mention is None:
            return None
        if mention.kind == "pronoun":
            return self._pronoun(mention.gender or "")
        if mention.kind == "role":
            return self._role(mention)
        if mention.kind in ("person", "name"):
            return self.full_name(mention)
        return mention.name

    def _pronoun(self, gender: str) -> str | None:
        if gender in ("m", "f"):
            for name in (self.subject, self.speaker):
                person = self.people.get(name or "")
                if person and person.gender in (gender, None):
                    person.gender = gender
                    return person.name
                if name and person is None and self._is_single(name):
                    return name
            for wanted in (gender, None):
                for name in reversed(self.recent):
                    if self.people[name].gender == wanted:
                        self.people[name].gender = gender
                        return name
            return None
        if gender == "p":
            spoken = [name for name in (self.subject, self.speaker) if name and name not in self.people]
            return spoken[0] if spoken else None
        if gender == "n":
            spoken_of = next((n for n in (self.subject, self.speaker) if n in self.groups or _is_institution(n)), None)
            return spoken_of or (self.groups[-1] if self.groups else None)
        return None

    def _is_single(self, name: str) -> bool:
        """Whether a description is of one person, and not of a country, an institution or several people."""
        return not (name in self.groups or name.endswith("s") or _is_institution(name))

    def _role(self, mention: Mention) -> str | None:
        role, words, country = mention.roles[-1], mention.name.lower().split(), mention.country
        if role.endswith("s"):
            return mention.name
        if country and role == "side":
            return country
        if country and role == "counterpart":
            return next((n for n in reversed(self.recent) if self.people[n].country == country), mention.name)
        known = self._office(words, role, country)
        if known:
            return known
        if words[0] == "the" and not country:
            return self._the(mention, words, role)
        return mention.name

    def _office(self, words: Sequence[str], role: str, country: str | None) -> str | None:
        """The person who holds an office, by the article or, for lasting ones, by the gazetteer."""
        office = " ".join(words[-2:])
        if words[0] in ("the", "its", "their") or country or AGE.match(words[0]):
            found = self._person_with(role, office, country, country is None and role in self.described)
            if found:
                return found
        for title in (office, role) if country else ():
            known = self.gazetteer.holder_of(title, country)
            if known and (known.name in self.people or (title in LASTING and words[-1] == title)):
                return known.name
        return None

    def _the(self, mention: Mention, words: Sequence[str], role: str) -> str | None:
        """Whom "the minister" or "the 58-year-old" means: somebody described so, else the last person in focus."""
        if self.speaker and role in self.speaker.lower().split():
            return self.speaker
        if role in self.described:
            return self.described[role]
        aged = any(AGE.match(word) for word in words[:2])
        if (aged or (len(words) == 2 and role not in INSTITUTIONS)) and self.recent:
            first = (self.speaker, self.subject) if aged else (self.subject, self.speaker)
            return next((name for name in first if name in self.people), self.recent[-1])
        return mention.name

    def _person_with(self, role: str, office: str, country: str | None, described: bool) -> str | None:
        """The most salient person with a role; a general word ("official") fits an office unless it was described."""
        first = [name for name in (self.subject, self.speaker) if name in self.people]
        for name in (*first, *reversed(self.recent)):
            person = self.people[name or ""]
            exact = role in person.roles or office in person.roles
            if exact and (not country or person.country in (country, None)):
                return name
            kinds = NOBODY if described else cues.KINDS_OF_ROLE.get(role, NOBODY)
            if kinds & person.roles and (not country or person.country == country):
                return name
        return None

    def introduced_later(self, mention: Mention, at: int, *, lead: bool) -> str | None:
        """The one person to whom the article later gives a role that it first names alone.

        In the lead, a role that nobody is given later is the first person named after it without any role.
        """
        words = mention.name.lower().split()
        if words[0] in ("some", "several", "two", "three", "many") or mention.roles[-1].endswith("s"):
            return None
        if words[0] in ("a", "an") and not lead:
            return None
        kind = cues.KINDS_OF_ROLE.get(mention.roles[-1], NOBODY) | {mention.roles[-1]}
        soon = [p for p in self.people.values() if 0 < p.at - at < SOON and kind & p.roles
                and (not mention.country or p.country in (mention.country, None))]  # fmt: skip
        if soon:
            return min(soon, key=lambda person: person.at).name
        if words[0] == "another":
            return None
        found = [p.name for p in self.people.values() if p.at > at and set(mention.roles) <= p.roles
                 and (not mention.country or p.country in (mention.country, None))]  # fmt: skip
        if not found and lead and mention.roles[-1] not in INSTITUTIONS:
            after = sorted((p for p in self.people.values() if p.at > at), key=lambda person: person.at)
            if after and not after[0].roles and after[0].at - at < SOON:
                after[0].add_roles(mention.roles)
                after[0].country = after[0].country or mention.country
                return after[0].name
            return None
        return found[0] if len(found) == 1 else None

    def by_initials(self, label: str) -> str | None:
        """The person whose initials a label gives ("T.K.")."""
        letters = [letter for letter in label.lower() if letter.isalpha()]
        return next((n for n in self.people if [w[0].lower() for w in n.split()] == letters), None)


def _is_institution(name: str | None) -> bool:
    return bool(name) and any(word in INSTITUTIONS for word in str(name).lower().split())


def _latest(names: list[str], name: str) -> None:
    if name in names:
        names.remove(name)
    names.append(name)


def _gender_of(surname: str) -> str | None:
    if surname.endswith(cues.FEMALE_ENDINGS):
        return "f"
    return "m" if surname.endswith(cues.MALE_ENDINGS) else None


def span(tokens: Sequence[object], mention: Mention) -> tuple[int, int]:
    """Character span of a mention."""
    first, last = tokens[mention.first], tokens[mention.last - 1]
    return first.start, last.end  # type: ignore[attr-defined]
