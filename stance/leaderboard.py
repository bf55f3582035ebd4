"""Rank the finished runs of one dataset: `python -m stance.leaderboard metric=macro_f1 output=leaderboard.md`."""

from pathlib import Path

from stance.config import LeaderboardConfig, command
from stance.errors import UsageError
from stance.paths import models_root


def leaderboard(config: LeaderboardConfig) -> None:
    """Print the ranking of the runs and saved models, and write it if asked to."""
    from stance.runs import ranking, table

    if config.resamples < 1:
        raise UsageError(f"resamples is {config.resamples}; it must be 1 or more")
    table.check_target(config.output, overwrite=config.overwrite)
    ranked = ranking.rank(
        Path(config.runs),
        models_root(config.models),
        metric=config.metric,
        fingerprint=config.fingerprint,
        target=config.target,
        resamples=config.resamples,
        seed=config.seed,
    )
    table.show(ranked)
    if config.output:
        table.write(ranked, config.output)


main = command("leaderboard", leaderboard)

if __name__ == "__main__":
    main()
