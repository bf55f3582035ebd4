"""Where things lie: what ships with the package, and what the commands write in the working folder."""

import os
import tempfile
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path

from stance.errors import ChoiceError, UsageError

PACKAGE = Path(__file__).resolve().parent


def shipped(name: str) -> Path:
    """Folder that ships with the package (`configs`, `data`, `seeds`), in a wheel or in a checkout.

    An installed wheel carries it inside the package; a checkout has it beside the package.
    """
    inside = PACKAGE / name
    return inside if inside.is_dir() else PACKAGE.parent / name


def models_root(root: str | Path | None = None) -> Path:
    """Folder of saved models: the argument, else the variable STANCE_MODELS, else ./models."""
    return Path(root or os.environ.get("STANCE_MODELS") or "models")


def check_output(output: str | None, suffixes: Collection[str], *, overwrite: bool) -> None:
    """Refuse an output that cannot be written, before any work is done: unknown suffix, existing file, no folder."""
    if output is None:
        return
    path = Path(output)
    if path.suffix.lower() not in suffixes:
        raise ChoiceError(f"the output {output}: the suffix", path.suffix, suffixes)
    if path.exists() and not overwrite:
        raise UsageError(f"the output {output} exists; add overwrite=true to replace it, or name another")
    if not path.parent.is_dir():
        raise UsageError(f"the folder {path.parent} of the output does not exist; create it first")


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Give a scratch file beside `path` that takes its place once written: the file is complete or absent."""
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=path.suffix, dir=path.parent)
    os.close(handle)
    scratch = Path(name)
    try:
        yield scratch
        scratch.chmod(0o644)
        scratch.replace(path)
    finally:
        scratch.unlink(missing_ok=True)
