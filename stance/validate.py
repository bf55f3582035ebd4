"""Compare what countries say with how they vote: `python -m stance.validate +validation=ungdc model=baseline`."""

from dataclasses import asdict

from stance.config import ValidateConfig, command
from stance.errors import ArticleError
from stance.inference import validation, validation_report
from stance.inference.prediction import load_model
from stance.inference.votes import read_votes
from stance.text.relevance import Relevance
from stance.text.speeches import Speech, read_speeches, year_range

FILES = ("models", "speeches", "votes", "output", "overwrite", "batch_size")


def validate(c: ValidateConfig) -> None:
    """Score each country's speeches by a saved model, and write how the scores go with the votes."""
    validation_report.check_folder(c.output, overwrite=c.overwrite)
    c.exclude = validation.country_codes(c.exclude)
    years, scoring = year_range(c.years), validation.Scoring(c.score, c.shrinkage, c.prior)
    unnamed = c.unnamed if c.with_unnamed else []
    relevance = Relevance(c.terms, unnamed=unnamed, unless=c.unless, window=c.window)
    settings = {key: value for key, value in asdict(c).items() if key not in FILES}
    votes = read_votes(c.votes, years)
    if c.against and (odd := validation_report.other_settings(c.against, settings)):
        print(f"against={c.against} was made with another {', '.join(odd)}")
    others = validation_report.read_scores(c.against) if c.against else []
    validation.check_votes(others, votes)
    read = list(read_speeches(c.speeches, years))
    speeches = [outcome for outcome in read if isinstance(outcome, Speech)]
    skipped = [outcome for outcome in read if isinstance(outcome, ArticleError)]
    model = load_model(c.model, c.models)
    draws = {"resamples": c.resamples, "seed": c.seed}
    rows = validation.score_speeches(model, speeches, votes, relevance, scoring, batch_size=c.batch_size, **draws)
    found = validation.compare(
        rows, votes, skipped=skipped, exclude=c.exclude, chosen_on=c.chosen_on, others=others, **draws
    )
    title = f"{model.name}@{model.version} against votes, {years[0]}-{years[1]}"
    path = validation_report.write(found, c.output, title=title, settings=settings)
    validation_report.show(found)
    print(f"{len(speeches)} speeches, {len(skipped)} files skipped; written {path}")


main = command("validate", validate)

if __name__ == "__main__":
    main()
