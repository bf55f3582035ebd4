"""The errors of the package, each building its own message from what came, what is allowed, and what to do."""

from collections.abc import Iterable
from difflib import get_close_matches
from pathlib import Path


class StanceError(Exception):
    """Base of every error a caller may want to catch; commands print it without a traceback."""


class UsageError(StanceError):
    """The caller asked for something that cannot be done as written; commands exit with 2."""


class ChoiceError(UsageError):
    """A value is not one of a closed set; the message lists the set and the nearest member."""

    def __init__(self, what: str, came: str, allowed: Iterable[str]) -> None:
        choices = sorted(map(str, allowed))
        near = get_close_matches(came, choices, n=1)
        hint = f" Did you mean {near[0]!r}?" if near else ""
        super().__init__(f"{what} {came!r} does not exist.{hint} Available: {', '.join(choices) or 'none'}.")


class ArticleError(StanceError):
    """One input cannot be read as an article; the rest of a batch goes on."""

    def __init__(self, source: str, reason: str) -> None:
        self.source = source
        self.reason = reason
        super().__init__(f"{source}: {reason}")


class LabelError(StanceError):
    """A labelled record breaks the schema or disagrees with its source text."""

    def __init__(self, where: str, reason: str) -> None:
        super().__init__(f"{where}: {reason}")


class ModelError(StanceError):
    """A saved model is missing, incomplete, altered or of a format this version does not read."""

    def __init__(self, where: Path | str, reason: str) -> None:
        super().__init__(f"{where}: {reason}")


class CheckError(StanceError):
    """Checks found something and `strict` makes that an error; the message holds every finding."""

    def __init__(self, findings: Iterable[str]) -> None:
        listed = "".join(f"\n  {finding}" for finding in findings)
        super().__init__(f"strict=true, and the checks found:{listed}")


class RunError(StanceError):
    """The record of a run is missing, damaged or of a format this version does not read."""

    def __init__(self, where: Path | str, reason: str) -> None:
        super().__init__(f"{where}: {reason}")


class ExtraError(UsageError):
    """Something asked for needs a package that is not installed; the message names the install line."""

    def __init__(self, what: str, extra: str | None, reason: str) -> None:
        install = (
            f"install it, from the checkout: pip install -e '.[{extra}]'" if extra else "install the package it names"
        )
        super().__init__(f"{what} needs a package that is not installed ({reason}); {install}")
