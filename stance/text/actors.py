"""A gazetteer of actors: people, countries with their capitals and adjectives, organisations; tolerant of misspelling.

The shipped list is configs/actors/actors.yaml; a file of the same shape extends it. Countries it does not name come
from pycountry.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from stance.errors import UsageError
from stance.paths import shipped

SECTIONS = ("countries", "people", "organisations")
SIMILAR = 86
"""Least similarity (rapidfuzz ratio, 0-100) at which an unknown name of six letters or more is a known one misspelt."""


@dataclass(frozen=True, slots=True)
class Actor:
    """A known actor; `roles` are the offices by which copy calls a person."""

    name: str
    kind: str
    country: str | None = None
    gender: str | None = None
    roles: tuple[str, ...] = ()


class Gazetteer:
    """Known actors by every name they go by, looked up by the lower-cased words of a mention."""

    def __init__(self, entries: Mapping[str, Mapping[str, Any]]) -> None:
        self.actors: dict[str, Actor] = {}
        self._names: dict[tuple[str, ...], Actor] = {}
        self.longest: dict[str, int] = {}
        self.adjectives: dict[str, str] = {}
        self._surnames: dict[str, Actor] = {}
        self._similar: dict[str, Actor | None] = {}
        for country, words in entries.get("countries", {}).items():
            self._add_country(country, words or [])
        for name, facts in entries.get("people", {}).items():
            self._add_person(name, facts or {})
        for name, others in entries.get("organisations", {}).items():
            self._add(Actor(name, "organisation"), [name, *(others or [])])

    def _add_country(self, country: str, words: Sequence[str]) -> None:
        actor = Actor(country, "country", country)
        adjective, *names = words or [country]
        self.adjectives[adjective.lower()] = country
        self._add(actor, [country, *names])

    def _add_person(self, name: str, facts: Mapping[str, Any]) -> None:
        roles = tuple(facts.get("roles") or ())
        actor = Actor(name, "person", facts.get("country"), facts.get("gender"), roles)
        names = [name, *(facts.get("names") or [])]
        self._add(actor, names)
        for full in names:
            surname = full.split()[-1].lower()
            if len(surname) < 4:
                continue
            self._surnames.setdefault(surname, actor)
            self._names.setdefault((surname,), actor)
            self.longest.setdefault(surname, 1)

    def _add(self, actor: Actor, names: Sequence[str]) -> None:
        self.actors[actor.name] = actor
        for name in names:
            words = tuple(name.lower().replace("’", "'").split())
            self._names.setdefault(words, actor)
            self.longest[words[0]] = max(self.longest.get(words[0], 0), len(words))

    def exact(self, words: tuple[str, ...]) -> Actor | None:
        """Actor known by exactly these lower-cased words."""
        return self._names.get(words)

    def similar(self, surname: str) -> Actor | None:
        """Person whose surname this is a misspelling of, or None; answers are remembered."""
        key = surname.lower()
        if key not in self._similar:
            self._similar[key] = self._nearest(key)
        return self._similar[key]

    def _nearest(self, key: str) -> Actor | None:
        if key in self._surnames:
            return self._surnames[key]
        if len(key) < 6:
            return None
        from rapidfuzz import fuzz, process

        found = process.extractOne(key, self._surnames.keys(), scorer=fuzz.ratio, score_cutoff=SIMILAR)
        return self._surnames[found[0]] if found and found[0][0] == key[0] else None

    def holder_of(self, role: str, country: str | None) -> Actor | None:
        """Person whom a bare role with a country means ("leader", "Belarus"), or None."""
        for actor in self.actors.values():
            if role in actor.roles and actor.country == country:
                return actor
        return None


def read_actors(extra: str | Path | None = None) -> Gazetteer:
    """Read the shipped gazetteer, extended by a YAML file of the same shape; the file's entries win.

    Raises UsageError for an unreadable file or a section that does not exist.
    """
    return _read(Path(extra)) if extra else _shipped()


@cache
def _shipped() -> Gazetteer:
    """The shipped gazetteer, read once: its file does not change while the program runs."""
    return _read(None)


def _read(extra: Path | None) -> Gazetteer:
    entries = _load(shipped("configs") / "actors" / "actors.yaml")
    if extra:
        for section, more in _load(extra).items():
            shipped_ones = entries.get(section, {})
            entries[section] = {**more, **{k: v for k, v in shipped_ones.items() if k not in more}}
    countries: dict[str, Any] = entries["countries"]
    for name in _other_countries(countries):
        countries[name] = [name]
    return Gazetteer(entries)


def _load(path: Path) -> dict[str, dict[str, Any]]:
    try:
        entries = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise UsageError(f"the actors file {path} cannot be read: {error}") from None
    if not isinstance(entries, dict) or set(entries) - set(SECTIONS):
        raise UsageError(f"the actors file {path} must hold sections among {', '.join(SECTIONS)}")
    for section, named in entries.items():
        _check_section(path, section, named or {})
    return {section: named or {} for section, named in entries.items()}


def _check_section(path: Path, section: str, named: Any) -> None:
    shape, kind = (dict, "a map of facts") if section == "people" else (list, "a list of names")
    wrong = [k for k, v in named.items() if not isinstance(v, shape | None)] if isinstance(named, dict) else [named]
    if wrong:
        raise UsageError(f"the actors file {path}: {section} must map each name to {kind}, and {wrong[0]!r} does not")


def _other_countries(known: Mapping[str, Any]) -> list[str]:
    import pycountry

    named = {word.lower() for name, words in known.items() for word in (name, *(words or []))}
    names = (getattr(country, "common_name", country.name).split(",")[0] for country in pycountry.countries)
    return sorted(name for name in names if name.lower() not in named)
