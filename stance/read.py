"""Show how articles are read: `python -m stance.read input=article.txt`, or `evaluate=FOLDER` of marked articles."""

from pathlib import Path

from rich.console import Console

from stance.config import ReadConfig, command
from stance.errors import ArticleError, StanceError, UsageError
from stance.inference.prediction import label_sentences, load_model
from stance.text import gold
from stance.text.actors import read_actors
from stance.text.articles import read_articles
from stance.text.display import show
from stance.text.reading import read_stream


def read(config: ReadConfig) -> None:
    """Print each article as it is read, or how far the reading of marked articles agrees with their marks."""
    console = Console()
    if config.evaluate:
        paths = sorted(Path(config.evaluate).rglob("*.marked"))
        if not paths:
            raise UsageError(f"the folder {config.evaluate} holds no .marked article")
        console.print(gold.table(gold.score_all(paths)))
        return
    model = load_model(config.model, config.models) if config.model else None
    failures = 0
    articles = read_articles(config.input, text_column=config.text_column)
    for reading in read_stream(articles, gazetteer=read_actors(config.actors)):
        if isinstance(reading, ArticleError):
            failures += 1
            Console(stderr=True).print(f"failed: {reading}", markup=False)
        else:
            labels = label_sentences(model, reading) if model else None
            console.print(show(reading, labels), soft_wrap=not console.is_terminal)
    if failures:
        raise StanceError(f"{failures} of the inputs could not be read")


main = command("read", read)

if __name__ == "__main__":
    main()
