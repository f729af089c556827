"""tegum: a reproducible laboratory for superposition in neural networks.

Results of the studies: `open`, `claims`, `compare`; their dictionaries: `refit`. On activations of
yours: `fit`, `Fit`, `controls`. Small models: `train` with `Tied`, `Hidden` or `TwoLayer`. Models
of others: `activations`, `load_model`, `Intervention`. Figures: `plot`.

Names are imported when they are asked for: `import tegum` is quick and needs no torch.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tegum.errors import TegumError
    from tegum.interop.models.activations import activations
    from tegum.interop.models.loaded import Intervention, load_model
    from tegum.library import plot
    from tegum.library.battery import Battery, controls
    from tegum.library.comparison import Compared, compare
    from tegum.library.fit import fit
    from tegum.library.fitted import Fit
    from tegum.library.models import Hidden, Tied, TwoLayer
    from tegum.library.refit import refit
    from tegum.library.results import claims, open  # noqa: A004
    from tegum.library.train import train

__version__ = "0.1.0"
__all__ = [
    "Battery",
    "Compared",
    "Fit",
    "Hidden",
    "Intervention",
    "TegumError",
    "Tied",
    "TwoLayer",
    "activations",
    "claims",
    "compare",
    "controls",
    "fit",
    "load_model",
    "open",
    "plot",
    "refit",
    "train",
]
_PLACES = {
    "Battery": "library.battery",
    "Compared": "library.comparison",
    "Fit": "library.fitted",
    "Hidden": "library.models",
    "Intervention": "interop.models.loaded",
    "TegumError": "errors",
    "Tied": "library.models",
    "TwoLayer": "library.models",
    "activations": "interop.models.activations",
    "claims": "library.results",
    "compare": "library.comparison",
    "controls": "",
    "fit": "library.fit",
    "load_model": "interop.models.loaded",
    "open": "library.results",
    "plot": "library",
    "refit": "library.refit",
    "train": "library.train",
}
"""Public name to the module that has it; `controls` is the room, which can be called."""


def __getattr__(name: str) -> Any:
    if name not in _PLACES:
        raise AttributeError(f"module 'tegum' has no attribute {name!r}")
    place = ".".join(filter(None, ("tegum", _PLACES[name])))
    try:
        if name in ("controls", "plot"):
            return import_module(f"{place}.{name}")
        return getattr(import_module(place), name)
    except ModuleNotFoundError as error:
        if (error.name or "").startswith("tegum"):
            raise
        what = f"tegum.{name} needs {error.name}: pip install 'tegum[train]'"
        raise ModuleNotFoundError(what, name=error.name) from None


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
