"""The problems that models are given: values of their features, and what counts as shared."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tegum.experiment.cell import Cell, Rows, SweepView
from tegum.metrics.capacity import capacities
from tegum.studies.capacity.params import Features, Limits, Quadratic, Sampled
from tegum.synthetic.sparse import target_variance
from tegum.theory import quadratic as theory

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


def shared(capacity: NDArray[Any], limits: Limits) -> NDArray[np.bool_]:
    """Which features are represented and have no dimension to themselves."""
    return (capacity > limits.ignored_below) & (capacity < limits.dedicated_above)


def mono_share(capacity: NDArray[Any], limits: Limits) -> Array:
    """Share of the represented features that are dedicated, over the last axis."""
    represented = (capacity > limits.ignored_below).sum(-1)
    return (capacity > limits.dedicated_above).sum(-1) / np.maximum(represented, 1)


def models(sweep: SweepView[Any], rows: Rows) -> dict[str, Any]:
    """What is known of all trained models: (cell,)."""
    width = [cell.upstream["train"].width for cell in sweep.cells]
    return {"width": width, "loss_change": rows["train"]["loss_change"].values}


class Quadratics:
    """The quadratic models of a sweep, with values (cell, feature) and kurtosis (cell,)."""

    def __init__(self, sweep: SweepView[Any], rows: Rows) -> None:
        self.sections: list[Quadratic] = [cell.upstream["train"] for cell in sweep.cells]
        self.value = np.stack([values(p) for p in self.sections])
        self.kurtosis = np.array([p.kurtosis for p in self.sections])
        self.embedding = rows["train"]["embedding"].values.astype(float)
        self.capacity = capacities(self.embedding)
        filled = [theory.water_filling(values(p), p.width, p.kurtosis) for p in self.sections]
        self.best, self.level = (np.stack(part) for part in zip(*filled, strict=True))

    def loss(self, value: Array | None = None) -> Array:
        """The exact loss, of all values or of those that are left: (cell, ...)."""
        between = [1] * (self.embedding.ndim - 3)
        cells = len(self.kurtosis)
        given = self.value.reshape(cells, *between, -1) if value is None else value
        kurtosis = self.kurtosis.reshape(cells, *between)
        return theory.quadratic_loss(self.embedding, given, kurtosis)

    def loss_best(self) -> Array:
        """That of the optimal allocation: (cell,)."""
        return theory.feature_loss(self.best, self.value, self.kurtosis[:, None]).sum(-1)
