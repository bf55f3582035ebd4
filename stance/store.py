"""Versioned saving and checked loading of models. File names and the format number stand here and nowhere else.

Layout of a saved model, format 2 (1 had neither calibration nor inputs, and is still read)::

    models/NAME/VERSION/
        manifest.json   format, name, version, labels, target, inputs, calibration, dataset, config, metrics,
                        findings, packages, files
        model.joblib    the fitted pipeline
        README.md       model card
        confusion.png   and any other file its training wrote

The rule for changing it: a change that an older reader would misread raises FORMAT; this reader reads every
format up to its own and refuses newer ones by number. The manifest lists the SHA-256 of every other file, and a
loader checks each before it opens any.
"""

import contextlib
import hashlib
import json
import os
import re
import shutil
import tempfile
import warnings
from collections.abc import Callable, Mapping
from importlib.metadata import version as package_version
from pathlib import Path
from typing import Any

from stance.errors import ChoiceError, ModelError, UsageError
from stance.paths import models_root

FORMAT = 2
MANIFEST = "manifest.json"
MODEL = "model.joblib"
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*")
PACKAGES = ("stance", "scikit-learn", "numpy", "scipy", "joblib")


class ModelVersionWarning(UserWarning):
    """A model was saved under another version of a package that its pickle depends on."""


def save(
    model: Any, manifest: Mapping[str, Any], *, name: str, root: str | Path | None = None,
    write_extras: Callable[[Path, int], None] | None = None,
) -> Path:  # fmt: skip
    """Save a fitted model as the next version of `name` and return its folder.

    Everything is written to a temporary folder beside the versions and renamed into place, so a version is
    complete or absent, and an existing one is never overwritten. `write_extras(folder, version)` adds the card and
    plots.
    """
    if not NAME.fullmatch(name):
        raise UsageError(
            f"model name {name!r} is not allowed; use letters, digits, '.', '_' and '-', a letter or digit first"
        )
    home = models_root(root) / name
    home.mkdir(parents=True, exist_ok=True)
    while True:
        version = max(versions(home), default=0) + 1
        scratch = Path(tempfile.mkdtemp(prefix=".saving-", dir=home))
        try:
            _write(scratch, model, manifest, name, version, write_extras)
            scratch.chmod(0o755)
            with contextlib.suppress(FileExistsError, OSError):
                _rename_new(scratch, home / str(version))
                return home / str(version)
            if not (home / str(version)).exists():
                raise ModelError(home, f"could not rename {scratch.name} to {version}")
        finally:
            shutil.rmtree(scratch, ignore_errors=True)


def _rename_new(source: Path, target: Path) -> None:
    if target.exists():
        raise FileExistsError(target)
    os.rename(source, target)  # noqa: PTH104 - fails on a non-empty target, which Path.rename documents less firmly


def _write(
    folder: Path, model: Any, manifest: Mapping[str, Any], name: str, version: int,
    write_extras: Callable[[Path, int], None] | None,
) -> None:  # fmt: skip
    import joblib

    joblib.dump(model, folder / MODEL, compress=3)
    if write_extras:
        write_extras(folder, version)
    full = {
        "format": FORMAT, "name": name, "version": version, **manifest,
        "packages": {package: package_version(package) for package in PACKAGES},
        "files": {path.name: sha256(path) for path in sorted(folder.iterdir())},
    }  # fmt: skip
    (folder / MANIFEST).write_text(json.dumps(full, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def sha256(path: Path) -> str:
    """Hex digest of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def versions(home: Path) -> list[int]:
    """Complete versions below a model's folder, ascending."""
    if not home.is_dir():
        return []
    return sorted(int(path.name) for path in home.iterdir() if path.name.isdecimal() and path.is_dir())


def find(reference: str | Path, root: str | Path | None = None) -> Path:
    """Folder of a model given as `name` (its latest version), `name@3`, `name@latest`, or a path to the folder itself.

    A string without a slash is a name: a folder of that name in the working directory is not looked at (`./name` is).
    Raises ChoiceError listing what exists, in the folder searched, for a name or version that does not.
    """
    path = Path(reference)
    is_path = isinstance(reference, Path) or any(mark and mark in reference for mark in (os.sep, os.altsep))
    if is_path and (path / MANIFEST).is_file():
        return path
    name, _, wanted = str(reference).partition("@")
    base = models_root(root)
    if not NAME.fullmatch(name):
        raise ModelError(reference, f"is neither a model name nor a folder with a {MANIFEST}")
    available = versions(base / name)
    if not available:
        names = [p.name for p in base.iterdir() if versions(p)] if base.is_dir() else []
        raise ChoiceError(f"in {base.resolve()} the model", name, names)
    if wanted in ("", "latest"):
        return base / name / str(available[-1])
    if not wanted.isdecimal() or int(wanted) not in available:
        raise ChoiceError(f"version of {name}", wanted, [*map(str, available), "latest"])
    return base / name / str(int(wanted))


def read_manifest(folder: Path) -> dict[str, Any]:
    """Read and check the manifest: format number and required fields."""
    path = folder / MANIFEST
    try:
        manifest = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ModelError(folder, f"has no {MANIFEST}; it is not a saved model") from None
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        raise ModelError(path, f"is damaged: {error}; restore the version or train it again") from None
    found = manifest.get("format") if isinstance(manifest, dict) else None
    if not isinstance(found, int) or not 1 <= found <= FORMAT:
        raise ModelError(path, f"is of format {found!r}; this version of stance reads up to {FORMAT}: upgrade stance")
    missing = {"name", "version", "labels", "files"} - set(manifest)
    if missing or MODEL not in manifest["files"]:
        raise ModelError(path, f"lacks {', '.join(sorted(missing)) or MODEL}; restore the version or train it again")
    return dict(manifest)


def load(folder: Path) -> tuple[Any, dict[str, Any]]:
    """Load a saved model and its manifest; every listed file's hash is checked before anything is unpickled.

    Raises ModelError for a missing or altered file, and where its pickle needs what is not installed. Warns
    ModelVersionWarning if scikit-learn differs in its minor version from the one that saved the model.
    """
    manifest = read_manifest(folder)
    for name, expected in manifest["files"].items():
        path = folder / name
        if not path.is_file():
            raise ModelError(path, "is listed in the manifest but missing; restore the version or train it again")
        if sha256(path) != expected:
            raise ModelError(path, "differs from the manifest (SHA-256); it was altered or damaged and is not opened")
    _warn_of_other_versions(folder, manifest)
    import joblib

    try:
        return joblib.load(folder / MODEL), manifest
    except (ImportError, AttributeError) as error:
        saved = ", ".join(f"{name} {version}" for name, version in manifest.get("packages", {}).items())
        raise ModelError(folder, f"needs what is not installed here: {error}; it was saved with {saved}") from None


def recipe(reference: str | Path, root: str | Path | None = None) -> Any:
    """The estimator of a saved model, unfitted: what a config names to train the same again on other rows."""
    from sklearn.base import clone

    return clone(load(find(reference, root))[0])


def _warn_of_other_versions(folder: Path, manifest: Mapping[str, Any]) -> None:
    saved, here = manifest.get("packages", {}).get("scikit-learn", ""), package_version("scikit-learn")
    if saved.split(".")[:2] != here.split(".")[:2]:
        warnings.warn(
            f"{folder} was saved with scikit-learn {saved}, this is {here}: install {saved}, or train it again",
            ModelVersionWarning,
            stacklevel=3,
        )
