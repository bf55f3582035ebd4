"""Label new articles in batch: `python -m stance.predict model=baseline input=PATH output=PATH`."""

import sys
from collections.abc import Iterable, Iterator
from itertools import chain
from pathlib import Path

from rich.console import Console
from rich.progress import Progress

from stance.config import PredictConfig, command
from stance.errors import ArticleError, StanceError, UsageError
from stance.inference import output
from stance.inference.prediction import Prediction, load_model, predict_articles
from stance.text.actors import read_actors
from stance.text.articles import Outcome, read_articles

MESSAGES = Console(stderr=True, soft_wrap=True, highlight=False)


def predict(config: PredictConfig) -> None:
    """Label every sentence of the input; name each article that failed, and end with 1 if any did."""
    sources = config.input if isinstance(config.input, list) else [config.input]
    if "-" in sources and sys.stdin.isatty():
        raise UsageError("nothing to read: give input=PATH, or pipe text into standard input")
    if config.batch_size < 1:
        raise UsageError(f"batch_size is {config.batch_size}; it must be 1 or more")
    output.check_target(config.output, overwrite=config.overwrite)
    _check_apart(sources, config.output)
    read = [read_articles(str(source), text_column=config.text_column) for source in sources]
    model = load_model(config.model, config.models)
    model = model.about(config.target) if config.target else model
    model = model if config.shares is None else model.expecting(config.shares)
    failures: list[ArticleError] = []
    with Progress(console=MESSAGES, transient=True, disable=not MESSAGES.is_terminal) as progress:
        articles = _counted(chain.from_iterable(read), progress)
        outcomes = predict_articles(
            model,
            articles,
            batch_size=config.batch_size,
            gazetteer=read_actors(config.actors),
            normalise_spun=config.normalise_spun,
        )
        count = output.write(_predictions(outcomes, failures), config.output)
    MESSAGES.print(
        f"{count} sentences labelled by {model.name}@{model.version}, {len(failures)} inputs failed", markup=False
    )
    for failure in failures:
        MESSAGES.print(f"  failed: {failure}", markup=False)
    if failures:
        raise StanceError(f"{len(failures)} of the inputs could not be labelled; the rest were")


def _check_apart(sources: Iterable[str], target: str | None) -> None:
    """Refuse an output inside an input folder: the next run would read its rows as articles."""
    paths = [Path(str(source)).expanduser() for source in sources]
    folders = [path.resolve() for path in paths if path.is_dir()]
    inside = next((folder for folder in folders if target and Path(target).resolve().is_relative_to(folder)), None)
    if inside:
        raise UsageError(
            f"the output {target} lies in the input folder {inside}, where the next run would read it as articles; "
            "name a place outside it"
        )


def _counted(articles: Iterable[Outcome], progress: Progress) -> Iterator[Outcome]:
    task = progress.add_task("articles", total=None)
    for article in articles:
        yield article
        progress.advance(task)


def _predictions(outcomes: Iterable[Prediction | ArticleError], failures: list[ArticleError]) -> Iterator[Prediction]:
    for outcome in outcomes:
        if isinstance(outcome, ArticleError):
            MESSAGES.print(f"failed: {outcome}", markup=False)
            failures.append(outcome)
        else:
            yield outcome


main = command("predict", predict)

if __name__ == "__main__":
    main()
