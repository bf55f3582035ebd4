"""Build the labelled dataset and say what it holds: `python -m stance.build`."""

from pathlib import Path

from stance.config import BuildConfig, command
from stance.corpus import dataset, summary
from stance.corpus.summary import compose
from stance.setting import labels_folder


def build(config: BuildConfig) -> None:
    """Read the labels, write the dataset, and print counts, agreement and what the surface gives away."""
    labels = labels_folder(config.data)
    rows = dataset.read_labels(labels)
    built = dataset.build(labels, Path(config.data.built), seed=config.seed)
    composition = compose(rows, resamples=config.resamples, seed=config.seed)
    summary.show(composition, built)
    (built.path / "composition.md").write_text(summary.markdown(composition), encoding="utf-8")
    summary.draw(composition, built.path / "plots")
    if config.surface:
        from stance.learning import surface

        authored = [row for row in rows if row.origin == "authored" and not row.article]
        surface.show(
            surface.checked(authored, dataset.groups(authored), built.path, built.fingerprint, seed=config.seed)
        )


main = command("build", build)

if __name__ == "__main__":
    main()
