"""The problems that models are given: values of their features, and what counts as shared."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from tegum.experiment.cell import Cell, Rows, SweepView
from tegum.experiment.params import Section
from tegum.metrics.capacity import capacities
from tegum.studies.capacity.params import Features, Quadratic, Sampled
from tegum.studies.capacity.schema import SCHEMAS
from tegum.synthetic.sparse import target_variance

Array = NDArray[np.float64]

CONTROLS = ("none", "untrained")
"""Models along `control`: the trained ones, and fresh weights of the same shapes."""


def values(params: Features) -> Array:
    """Values of the features: (feature,)."""
    return np.power(params.value_base, np.arange(params.n_features, dtype=np.float64))


def problems(cells: Sequence[Cell[Quadratic]]) -> tuple[list[Array], list[float], int]:
    """Values and kurtosis of each cell, and the dimensions that all of them have."""
    each = [c.params for c in cells]
    return [values(p) for p in each], [p.kurtosis for p in each], each[0].width


def targets(cells: Sequence[Cell[Sampled]], signed: bool) -> tuple[Array, Array]:
    """Values of the features (cell, feature), and losses of the best constants (cell,)."""
    value = np.stack([values(c.params) for c in cells])
    probabilities = [c.params.feature_probability for c in cells]
    null = [target_variance(v, p, signed) for v, p in zip(value, probabilities, strict=True)]
    return value, np.array(null)


def measured(
    kind: str,
    sweep: SweepView[Section],
    rows: Rows,
    found: Mapping[str, Any],
    coords: Mapping[str, Any] | None = None,
) -> xr.Dataset:
    """What is known of all trained models, with what a kind of measurement adds: (cell, ...)."""
    width = [cell.upstream["train"].width for cell in sweep.cells]
    models = {"width": width, "loss_change": rows["train"]["loss_change"].values}
    return SCHEMAS[f"measure/{kind}"].dataset(models | dict(found), coords)


class Quadratics:
    """The quadratic models of a sweep, as trained."""

    def __init__(self, sweep: SweepView[Section], rows: Rows) -> None:
        sections = [cell.upstream["train"] for cell in sweep.cells]
        self.value = np.stack([values(p) for p in sections])
        """(cell, feature)."""
        self.kurtosis = np.array([p.kurtosis for p in sections])
        """(cell,)."""
        self.width = [p.width for p in sections]
        self.embedding = rows["train"]["embedding"].values.astype(float)
        self.capacity = capacities(self.embedding)
