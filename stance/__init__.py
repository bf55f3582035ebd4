"""Who says what about Moscow: load a saved model and code the stance of sentences.

Importing this package is light; scikit-learn and the rest load when a model does.
"""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from stance.labels import Stance

if TYPE_CHECKING:
    from stance.inference.prediction import Model, Prediction

__version__ = "0.1.0"
__all__ = ["Prediction", "Stance", "__version__", "load_model"]


def load_model(reference: "str | Path", root: "str | Path | None" = None) -> "Model":
    """Load a saved model by `name`, `name@3`, `name@latest` or path.

    `root` is the folder of models, by default $STANCE_MODELS or ./models. Every file's hash is checked before
    anything is unpickled. Raises ModelError for an altered or unreadable model, ChoiceError for one that does
    not exist.
    """
    from stance.inference.prediction import load_model as load

    return load(reference, root)


def __getattr__(name: str) -> Any:
    if name == "Prediction":
        from stance.inference.prediction import Prediction

        return Prediction
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
