"""Validate a model against votes: what countries say about the matter, and how they vote on it.

A country-year's score is made of its relevant sentences alone: their expected stances are averaged together with a
number of average sentences that nobody said, so that a lone sentence moves the score less than ten of one mind. No
model is fitted to votes here; how scores are made was chosen on the votes of 2014 alone
(configs/validation/ungdc.yaml).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from stance.errors import ArticleError, ChoiceError, ModelError, UsageError
from stance.inference.agreement import Agreement, Difference, agree, differ, share
from stance.inference.prediction import Model
from stance.inference.votes import Votes
from stance.labels import NAMES, ORDER
from stance.records import Interval
from stance.text.countries import country_name
from stance.text.relevance import Relevance
from stance.text.speeches import Speech, speech_sentences

if TYPE_CHECKING:
    from numpy.typing import NDArray

KINDS = ("expected", "polar", "label", "lowest")
PRIORS = ("corpus", "neutral")
DIGITS = 6
"""Decimals that scores.csv is written with."""


@dataclass(frozen=True, slots=True)
class Scoring:
    """How the sentences of a country-year make its score.

    `kind`: `expected` averages expected stances, `polar` weights each by 1 - P(neutral), `label` averages the most
    probable labels, `lowest` takes the most distancing sentence alone. `shrinkage` is the number of sentences added
    that nobody said, of the stance `prior`: the mean of all relevant sentences of the corpus, or neutral.
    Raises ChoiceError or UsageError for a value that means nothing.
    """

    kind: str = "expected"
    shrinkage: float = 1.0
    prior: str = "corpus"

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ChoiceError("score", self.kind, KINDS)
        if self.prior not in PRIORS:
            raise ChoiceError("prior", self.prior, PRIORS)
        if self.shrinkage < 0:
            raise UsageError(f"shrinkage is {self.shrinkage}; it is a number of sentences, 0 or more")

    def parts(self, probabilities: "NDArray[Any]") -> "tuple[NDArray[Any], NDArray[Any]]":
        """Stance in [-1, 1] and weight of each sentence, each of shape (n,), from probabilities of shape (n, 3)."""
        import numpy as np

        stances = probabilities @ np.array([label.score for label in ORDER], dtype=float)
        weights = np.ones(len(probabilities))
        if self.kind == "label":
            stances = probabilities.argmax(axis=1) - 1.0
        if self.kind == "polar":
            weights = 1 - probabilities[:, 1]
        return stances, weights

    def centre(self, probabilities: "NDArray[Any]") -> float:
        """Stance of the sentences added, from the probabilities of all relevant sentences, shape (n, 3)."""
        stances, weights = self.parts(probabilities)
        total = float(weights.sum())
        return float(stances @ weights) / total if self.prior == "corpus" and total else 0.0

    def score(
        self, probabilities: "NDArray[Any]", centre: float, *, resamples: int, seed: int
    ) -> tuple[float, float | None, float | None]:
        """Score in [-1, 1] of n > 0 sentences, and its 95 % interval from resampling them.

        The bounds are None for a single sentence, which tells no spread.
        """
        import numpy as np

        stances, weights = self.parts(probabilities)
        n = len(stances)
        value = float(self._combine(stances[None], weights[None], centre)[0])
        if n < 2:
            return value, None, None
        draws = np.random.default_rng(seed).integers(n, size=(resamples, n))
        low, high = np.percentile(self._combine(stances[draws], weights[draws], centre), [2.5, 97.5])
        return value, float(low), float(high)

    def _combine(self, stances: "NDArray[Any]", weights: "NDArray[Any]", centre: float) -> "NDArray[Any]":
        """Scores of b sets of sentences, shape (b, n) to (b,)."""
        import numpy as np

        if self.kind == "lowest":
            lowest: NDArray[Any] = stances.min(axis=1)
            return lowest
        total = (stances * weights).sum(axis=1) + self.shrinkage * centre
        scores: NDArray[Any] = total / np.maximum(weights.sum(axis=1) + self.shrinkage, 1e-12)
        return scores


@dataclass(frozen=True, slots=True)
class CountryYear:
    """What a country said in a year and how it voted, both in [-1, 1]; the fields are the columns of scores.csv.

    `score` is None where no sentence was relevant, `low` and `high` where fewer than two were, `vote` where the
    country cast none.
    """

    country: str
    iso3: str
    year: int
    score: float | None
    low: float | None
    high: float | None
    n_sentences: int
    n_relevant: int
    vote: float | None


def score_speeches(
    model: Model,
    speeches: Iterable[Speech],
    votes: Votes,
    relevance: Relevance,
    scoring: Scoring,
    *,
    batch_size: int = 1024,
    resamples: int = 1000,
    seed: int = 0,
) -> list[CountryYear]:
    """Score every speech, in order, silent ones included; the model sees the relevant sentences alone.

    One that reads the sentence before (`inputs.context`) is given it.

    Raises ModelError for a model whose labels are not the three of the scale, UsageError for sizes below 1.
    """
    import numpy as np

    if batch_size < 1 or resamples < 1:
        raise UsageError(f"batch_size is {batch_size} and resamples is {resamples}; both must be 1 or more")
    if model.classes_ != NAMES:
        raise ModelError(model.name, f"has the labels {list(model.classes_)}; votes are compared with {list(NAMES)}")
    model.check_reads_sentences(before=True)
    kept, texts, before = [], [], []
    for speech in speeches:
        sentences = speech_sentences(speech)
        relevant = relevance.find(sentences)
        kept.append((speech, len(sentences), len(relevant)))
        texts += [sentences[k] for k in relevant]
        before += [sentences[k - 1] if k else None for k in relevant]
    parts = [slice(start, start + batch_size) for start in range(0, len(texts), batch_size)]
    batches = [model.predict_proba(texts[part], contexts=before[part]) for part in parts]
    known = np.concatenate([np.zeros((0, 3)), *batches])
    centre = scoring.centre(known)
    rows = np.split(known, np.cumsum([n for _, _, n in kept])[:-1])
    scored = []
    for (speech, count, n), part in zip(kept, rows, strict=True):
        none = (None, None, None)
        score, low, high = scoring.score(part, centre, resamples=resamples, seed=seed) if n else none
        vote = votes.mean(speech.iso3, speech.year)
        scored.append(CountryYear(speech.country, speech.iso3, speech.year, score, low, high, count, n, vote))
    return scored


@dataclass(frozen=True, slots=True)
class Coverage:
    """Of `n` speeches: the share with a relevant sentence; of those in years with votes, the share with a vote."""

    n: int
    relevant: Interval | None
    matched: Interval | None


@dataclass(frozen=True, slots=True)
class Validation:
    """What validation found; every table maps the name of a part to its agreement.

    `parts` are the pooled years, the years settings were chosen on and the others, with and without the countries
    excluded; `years` one year each; `beside` what to hold against the first part: silent countries taken in, and no
    model at all; `least` the pooled years by least number of relevant sentences; `differences` how much better these
    scores go with the votes than those of another validation; `skipped` names the speeches that could not be used.
    """

    rows: tuple[CountryYear, ...]
    parts: dict[str, Agreement]
    years: dict[int, Agreement]
    beside: dict[str, Agreement]
    least: dict[int, Agreement]
    coverage: dict[str, Coverage]
    skipped: tuple[ArticleError, ...]
    votes: Votes
    differences: dict[str, Difference]


def country_codes(codes: Sequence[str]) -> list[str]:
    """Three-letter codes in capitals; raises UsageError for one that no country has."""
    unknown = sorted(code for code in codes if country_name(code) is None)
    if unknown:
        raise UsageError(f"exclude names {', '.join(unknown)}, which no country is; use three-letter codes, as RUS")
    return [code.upper() for code in codes]


def check_votes(others: Sequence[CountryYear], votes: Votes) -> None:
    """Raise UsageError if rows of another validation rest on other votes than these."""
    for row in others:
        vote = votes.mean(row.iso3, row.year)
        if row.year in votes.resolutions and (vote if vote is None else round(vote, DIGITS)) != row.vote:
            raise UsageError(
                f"against names a validation with other votes ({row.country}, {row.year}); give both the same"
            )


def compare(
    rows: Sequence[CountryYear],
    votes: Votes,
    *,
    skipped: Sequence[ArticleError] = (),
    exclude: Sequence[str] = (),
    chosen_on: Sequence[int] = (),
    others: Sequence[CountryYear] = (),
    resamples: int = 1000,
    seed: int = 0,
) -> Validation:
    """Compare scores with votes, by year and pooled, leaving out the countries of `exclude` (three-letter codes).

    `others` are rows of another validation, to compare with on the country-years that both have.
    Raises UsageError for a code in `exclude` that no country has, and if none both spoke of the matter and voted.
    """
    exclude = country_codes(exclude)
    inside = [row for row in rows if row.iso3 not in exclude]
    spoken, voted = [row for row in inside if row.score is not None], [row for row in inside if row.vote is not None]
    if not [row for row in spoken if row.vote is not None]:
        raise UsageError(
            f"nothing to compare: of {len(inside)} speeches {len(spoken)} speak of the matter and {len(voted)} have a "
            f"vote of their year, but none has both; the years with votes are {sorted(votes.resolutions)}"
        )

    def agreement(some: Iterable[CountryYear]) -> Agreement:
        pairs = [(row.iso3, row.score or 0.0, row.vote) for row in some if row.vote is not None]
        countries, scores, cast = zip(*pairs, strict=True) if pairs else ((), (), ())
        return agree(countries, scores, cast, resamples=resamples, seed=seed)

    def covered(some: Sequence[CountryYear]) -> Coverage:
        matchable = [row for row in some if row.year in votes.resolutions]
        return Coverage(
            len(some),
            share([r.iso3 for r in some], [r.n_relevant > 0 for r in some], resamples=resamples, seed=seed),
            share([r.iso3 for r in matchable], [r.vote is not None for r in matchable], resamples=resamples, seed=seed),
        )

    years = sorted({row.year for row in rows})
    parts = {"all years": agreement(spoken)}
    if chosen_on:
        parts["years the settings were chosen on"] = agreement(row for row in spoken if row.year in chosen_on)
        parts["other years"] = agreement(row for row in spoken if row.year not in chosen_on)
    if exclude:
        parts[f"all years, with {', '.join(exclude)}"] = agreement(row for row in rows if row.score is not None)
    parts["countries, means over the years"] = _over_years(spoken, resamples=resamples, seed=seed)
    return Validation(
        rows=tuple(rows),
        parts=parts,
        years={
            year: agreement(row for row in spoken if row.year == year) for year in years if year in votes.resolutions
        },
        beside={
            "silence scored 0": agreement(inside),
            "no model: who speaks of it at all": agreement(replace(r, score=-float(r.n_relevant > 0)) for r in inside),
            "no model: who says more of it": agreement(replace(r, score=-float(r.n_relevant)) for r in spoken),
        },
        least={least: agreement(row for row in spoken if row.n_relevant >= least) for least in (1, 2, 3, 5)},
        coverage={
            "all years": covered(inside),
            **{str(year): covered([row for row in inside if row.year == year]) for year in years},
        },
        skipped=tuple(skipped),
        votes=votes,
        differences=_differences(spoken, others, chosen_on, resamples=resamples, seed=seed) if others else {},
    )


def _differences(
    spoken: Sequence[CountryYear], others: Sequence[CountryYear], chosen_on: Sequence[int], *, resamples: int, seed: int
) -> dict[str, Difference]:
    """Differences in agreement, pooled and by year; raises UsageError if the two share no country-year with a vote.

    Scores are rounded as in the file that the others come from, so that the same ones tie.
    """
    known = {(row.iso3, row.year): row for row in others if row.score is not None and row.vote is not None}
    pairs = [(row, known[row.iso3, row.year]) for row in spoken if (row.iso3, row.year) in known]
    if not pairs:
        raise UsageError("against names a validation that shares no country-year with a score and a vote with this one")

    def between(years: Iterable[int]) -> Difference:
        wanted = set(years)
        some = [(row, other) for row, other in pairs if row.year in wanted]
        return differ(
            [row.iso3 for row, _ in some],
            [round(row.score or 0.0, DIGITS) for row, _ in some],
            [other.score or 0.0 for _, other in some],
            [row.vote or 0.0 for row, _ in some],
            resamples=resamples,
            seed=seed,
        )

    years = {row.year for row, _ in pairs}
    parts = {"all years": between(years)}
    if chosen_on:
        parts["years the settings were chosen on"] = between(years & set(chosen_on))
        parts["other years"] = between(years - set(chosen_on))
    return parts | {str(year): between([year]) for year in sorted(years)}


def _over_years(rows: Sequence[CountryYear], *, resamples: int, seed: int) -> Agreement:
    """Agreement of one point a country: mean score, weighted by relevant sentences, and mean vote of its years."""
    countries: dict[str, list[CountryYear]] = {}
    for row in rows:
        if row.vote is not None:
            countries.setdefault(row.iso3, []).append(row)
    scores = [
        sum((row.score or 0.0) * row.n_relevant for row in some) / sum(row.n_relevant for row in some)
        for some in countries.values()
    ]
    votes = [sum(row.vote or 0.0 for row in some) / len(some) for some in countries.values()]
    return agree(list(countries), scores, votes, resamples=resamples, seed=seed)
