"""What an article has said so far of its people, and whom a surname, a pronoun or a role means."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from stance.text import cues
from stance.text.actors import Gazetteer
from stance.text.mentions import AGE, Mention

LASTING = ("leader", "president", "strongman")


@dataclass(slots=True)
class Person:
    """A person the article has named."""

    name: str
    gender: str | None = None
    roles: set[str] = field(default_factory=set)
    country: str | None = None


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

    def is_surname(self, word: str) -> bool:
        """Whether somebody with this surname (lower case) has been named."""
        return word in self.surnames

    def meet(self, mention: Mention) -> None:
        """Remember an actor as the most recent one."""
        if mention.kind == "person":
            self._meet_person(mention)
        elif mention.kind in ("country", "organisation"):
            _latest(self.groups, mention.name)

    def _meet_person(self, mention: Mention) -> None:
        name = self.full_name(mention)
        person = self.people.get(name)
        if person is None:
            actor, surname = mention.actor, name.split()[-1].lower()
            gender = mention.gender or (actor.gender if actor else _gender_of(surname))
            country = mention.country or (actor.country if actor else None)
            person = self.people[name] = Person(name, gender, set(actor.roles if actor else ()), country)
            self.surnames[surname] = name
        person.roles.update(mention.roles)
        person.country = person.country or mention.country
        person.gender = mention.gender or person.gender
        _latest(self.recent, name)

    def describe(self, mention: Mention, role: Mention) -> None:
        """Note that an apposition calls a person by a role ("Ihor Romanenko, a retired general")."""
        person = self.people.get(self.full_name(mention))
        if person:
            person.roles.update(role.roles)
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
            candidates = [self.subject, self.speaker, *reversed(self.recent)]
            for name in candidates:
                person = self.people.get(name or "")
                if person and person.gender == gender:
                    return person.name
            for name in candidates:
                person = self.people.get(name or "")
                if person and person.gender is None:
                    return person.name
            described = [name for name in (self.subject, self.speaker) if name and name not in self.people]
            return next((name for name in described if name not in self.groups), None)
        if gender == "p":
            spoken = [name for name in (self.subject, self.speaker) if name and name not in self.people]
            return spoken[0] if spoken else None
        if gender == "n":
            return next((n for n in (self.subject, self.speaker) if n in self.groups), None)
        return None

    def _role(self, mention: Mention) -> str | None:
        words = mention.name.lower().split()
        role, office = mention.roles[-1], " ".join(words[-2:])
        country = mention.country
        if words[0] in ("the", "its", "their") or country or AGE.match(words[0]):
            found = self._person_with(role, office, country)
            if found:
                return found
        if country and country in self.gazetteer.actors:
            for title in (office, role):
                known = self.gazetteer.holder_of(title, country)
                if known and (known.name in self.people or (title in LASTING and words[-1] == title)):
                    return known.name
        if words[0] == "the" and self.speaker and role in self.speaker.lower().split():
            return self.speaker
        if any(AGE.match(word) for word in words[:2]) and words[0] == "the" and self.recent:
            return self.subject if self.subject in self.people else self.recent[-1]
        return mention.name

    def _person_with(self, role: str, office: str, country: str | None) -> str | None:
        for name in reversed(self.recent):
            person = self.people[name]
            if (role in person.roles or office in person.roles) and (not country or person.country in (country, None)):
                return name
        return None


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
