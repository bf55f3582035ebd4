"""Build the labelled dataset: `python -m stance.build`."""

from pathlib import Path

from stance.config import BuildConfig, command
from stance.corpus import dataset
from stance.corpus.annotation import agreement
from stance.corpus.summary import show_composition


def build(config: BuildConfig) -> None:
    """Read the labels, say what they hold and how far the passes agree, and write the dataset."""
    labels = Path(config.data.labels) if config.data.labels else None
    rows = dataset.read_labels(labels)
    origins = sorted({row.origin for row in rows})
    alphas = {
        origin: agreement([row for row in rows if row.origin == origin], resamples=config.resamples, seed=config.seed)
        for origin in origins
    }
    built = dataset.build(labels, Path(config.data.built), seed=config.seed)
    show_composition(dataset.composition(rows), alphas, built)


main = command("build", build)

if __name__ == "__main__":
    main()
