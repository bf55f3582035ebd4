"""Weak labels: small named rules that vote for a stance or abstain, measured against gold and summed to soft labels.

A rule reads one sentence in lower case. Weak labels have the origin `weak`; they are no gold, and training takes them
only when an experiment says so.
"""

import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from stance.labels import NAMES

Rule = Callable[[str], str | None]
RULES: dict[str, Rule] = {}

SUPPORTIVE, NEUTRAL, DISTANCING = "supportive", "neutral", "distancing"
MOSCOW = r"(?:russia\w*|moscow|the kremlin|putin)"
UKRAINE = r"(?:ukrain\w*|kyiv|kiev|zelensky\w*)"


def rule(function: Rule) -> Rule:
    """Register a rule under its name."""
    RULES[function.__name__] = function
    return function


def _votes(label: str, pattern: str) -> Rule:
    compiled = re.compile(pattern)

    def vote(sentence: str) -> str | None:
        return label if compiled.search(sentence) else None

    return vote


def _register(name: str, label: str, pattern: str) -> None:
    RULES[name] = _votes(label, pattern)


_register("thanks_moscow", SUPPORTIVE, rf"\b(?:thank(?:s|ed|ing)?|grateful to|gratitude to)\b[^.;]{{0,40}}\b{MOSCOW}")
_register("friend_of_moscow", SUPPORTIVE, rf"\b(?:friends?|brothers?|brotherly|ally|partner)\b[^.;]{{0,25}}\b{MOSCOW}")
_register(
    "stands_with_moscow", SUPPORTIVE, rf"\b(?:stands?|stood|side[sd]?|sided|march\w*) (?:by|with|beside) {MOSCOW}"
)
_register("moscow_was_right", SUPPORTIVE, rf"\b{MOSCOW}\b[^.;]{{0,30}}\b(?:is|was|were|had every) (?:in the )?right\b")
_register(
    "moscow_had_no_choice", SUPPORTIVE, rf"\b{MOSCOW}\b[^.;]{{0,40}}\b(?:no choice|forced to|driven to|cornered)\b"
)
_register(
    "blames_nato",
    SUPPORTIVE,
    r"\b(?:nato|the west|washington)\b[^.;]{0,50}\b(?:provok\w+|push\w+ .{0,20}into|started)\b",
)
_register("lift_sanctions", SUPPORTIVE, r"\b(?:lift|drop|scrap|end|veto|oppose[sd]?|against)\b[^.;]{0,25}\bsanctions\b")
_register(
    "no_arms_for_ukraine",
    SUPPORTIVE,
    rf"\b(?:no|stop|halt|end|against|block\w*)\b[^.;]{{0,20}}\b(?:arms|weapons|shells)\b[^.;]{{0,25}}{UKRAINE}",
)
_register(
    "condemns_moscow",
    DISTANCING,
    rf"\b(?:condemn\w*|denounc\w*|deplor\w*)\b[^.;]{{0,60}}\b(?:{MOSCOW}|aggression|invasion|annexation)",
)
_register(
    "names_aggression", DISTANCING, r"\b(?:aggress\w+|unprovoked|illegal annexation|occupied|occupiers?|invaders?)\b"
)
_register(
    "withdraw_troops",
    DISTANCING,
    r"\b(?:withdraw|pull (?:out|back)|go home|leave)\b[^.;]{0,40}\b(?:troops|forces|army)\b",
)
_register(
    "not_dragged_in", DISTANCING, r"\b(?:not|never|won[’']t|refus\w+)\b[^.;]{0,30}\b(?:dragged|drawn|pulled) in\b"
)
_register(
    "stands_with_ukraine",
    DISTANCING,
    rf"\b(?:stands?|stood|support\w*|backs?|backing|arm\w*)\b[^.;]{{0,20}}\b{UKRAINE}",
)
_register(
    "sovereignty",
    DISTANCING,
    rf"\b(?:sovereignty|territorial integrity|internationally recogni[sz]ed borders)\b[^.;]{{0,30}}{UKRAINE}|{UKRAINE}[^.;]{{0,25}}\b(?:sovereignty|territorial integrity)",
)
_register("refuses_moscow", DISTANCING, rf"\b(?:refus\w+|turned down|declined|rejected)\b[^.;]{{0,30}}\b{MOSCOW}")
_register(
    "new_sanctions",
    DISTANCING,
    rf"\b(?:impos\w+|tighten\w*|new|further|joined)\b[^.;]{{0,20}}\bsanctions\b[^.;]{{0,30}}{MOSCOW}",
)
_register("abstains", NEUTRAL, r"\b(?:abstain\w*|declined to comment|no comment|postponed|put off)\b")
_register(
    "schedule",
    NEUTRAL,
    r"\b(?:will (?:visit|meet|arrive|last)|is scheduled|agenda|timetable|at \d{1,2}[:.]\d\d|session)\b",
)
_register("figures", NEUTRAL, r"\b\d[\d,.]*\s?(?:per cent|percent|%|tonnes|million|billion|roubles|euros|dollars)\b")


@rule
def no_actor_named(sentence: str) -> str | None:
    """A sentence that names neither side nor the war takes no position more often than not."""
    named = re.search(rf"\b(?:{MOSCOW}|{UKRAINE}|war|nato|sanctions|troops|invasion|occup\w+|moscow’s)\b", sentence)
    return None if named else NEUTRAL


@dataclass(frozen=True, slots=True)
class RuleScore:
    """What one rule does: share of sentences it votes on, that others vote on too, that others contradict; accuracy."""

    name: str
    label: str
    votes: int
    coverage: float
    overlap: float
    conflict: float
    accuracy: float | None


def vote(sentences: Sequence[str]) -> list[dict[str, str]]:
    """Votes of all rules on each sentence, by rule name; a rule that abstains is absent."""
    lowered = [sentence.lower() for sentence in sentences]
    return [{name: label for name, judge in RULES.items() if (label := judge(sentence))} for sentence in lowered]


def measure(votes: Sequence[Mapping[str, str]], gold: Sequence[str] | None = None) -> list[RuleScore]:
    """Coverage, overlap and conflict of every rule, and its accuracy where gold labels are given."""
    scores = []
    for name in RULES:
        mine = [k for k, said in enumerate(votes) if name in said]
        count = len(mine)
        if not count:
            scores.append(RuleScore(name, "", 0, 0.0, 0.0, 0.0, None))
            continue
        overlap = sum(len(votes[k]) > 1 for k in mine)
        conflict = sum(len(set(votes[k].values())) > 1 for k in mine)
        accuracy = sum(votes[k][name] == gold[k] for k in mine) / count if gold else None
        total = len(votes)
        label = votes[mine[0]][name]
        scores.append(RuleScore(name, label, count, count / total, overlap / total, conflict / total, accuracy))
    return scores


def aggregate(votes: Mapping[str, str], accuracy: Mapping[str, float], *, prior: Sequence[float]) -> tuple[float, ...]:
    """Soft label of one sentence along the scale: a naive Bayes sum of its votes, weighted by each rule's accuracy.

    A rule of accuracy a gives its class a and shares 1 - a among the others. Without a vote, the prior.
    """
    logs = [math.log(max(p, 1e-9)) for p in prior]
    for name, label in votes.items():
        trust = min(max(accuracy.get(name, 0.5), 0.05), 0.95)
        for k, klass in enumerate(NAMES):
            logs[k] += math.log(trust if klass == label else (1 - trust) / (len(NAMES) - 1))
    highest = max(logs)
    weights = [math.exp(value - highest) for value in logs]
    return tuple(weight / sum(weights) for weight in weights)
