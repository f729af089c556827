"""What a study says about one of its figures, and the function that draws it.

Drawing helpers are in `tegum.figures.theme`, rendering to bytes in `tegum.figures.render`; this
module imports neither, so that captions can be read without a plotting library.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import xarray as xr


@dataclass(frozen=True)
class Figure:
    """One figure of a study."""

    caption: str
    """What is plotted: axes, lines, number of seeds, and what the interval is."""
    shows: str
    """What a reader should see, in a sentence or two."""
    surprise: str
    """What was not expected, or differs from the published result; may say that nothing was."""
    draw: Callable[[Mapping[str, xr.Dataset]], Any]
    """Measure Datasets by sweep -> a HoloViews object; called once per backend."""


__all__ = ["Figure"]
