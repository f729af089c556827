"""Worlds of known features: as they are drawn, as rows, and as they are read from rows."""

from collections.abc import Sequence

import numpy as np
import xarray as xr

from tegum.experiment.cell import Cell
from tegum.metrics.geometry import unit
from tegum.studies.sae_recovery.params import Generate, Subspaces, ToyModel
from tegum.studies.sae_recovery.schema import SCHEMAS
from tegum.synthetic.known_features import ROOT, World

FIELDS = ("directions", "probability", "parent", "loading", "gate")


def begun(cell: Cell[Generate]) -> tuple[np.random.Generator, np.ndarray]:
    """The random numbers of a cell's world, and the first of them: directions (feature, input)."""
    rng = np.random.default_rng(cell.stream("data"))
    size = cell.params.n_features, cell.params.n_inputs
    return rng, unit(rng.standard_normal(size))


def world(
    directions: np.ndarray,
    probability: np.ndarray | float,
    *,
    parent: np.ndarray | None = None,
    loading: np.ndarray | None = None,
    gate: np.ndarray | None = None,
    gate_probability: float = 1.0,
) -> World:
    """A world of features that are independent where nothing else is said."""
    count = len(directions)
    free = np.full(count, ROOT)
    return World(
        directions.astype(np.float32),
        np.broadcast_to(np.asarray(probability, float), count),
        free if parent is None else parent,
        np.zeros((count, 1)) if loading is None else loading,
        free if gate is None else gate,
        gate_probability,
    )


def to_rows(worlds: Sequence[World], bias: np.ndarray | None = None) -> xr.Dataset:
    """Rows (cell, ...): the fields of worlds, marginal probabilities, a toy model's bias.

    Args:
        bias: (cell, feature); 0 where the world is no toy model's.
    """
    values = {name: np.stack([getattr(w, name) for w in worlds]) for name in FIELDS}
    values["marginal"] = np.stack([w.marginal() for w in worlds])
    values["bias"] = np.zeros_like(values["marginal"]) if bias is None else bias
    return SCHEMAS["generate"].dataset(values)


def from_row(row: xr.Dataset, section: Generate) -> World:
    """The world of one row."""
    return World(
        row["directions"].values,
        row["probability"].values.astype(float),
        row["parent"].values,
        # Beside worlds of more factors the rows of others are filled up.
        np.nan_to_num(row["loading"].values.astype(float)),
        row["gate"].values,
        section.gate_probability if isinstance(section, Subspaces) else 1.0,
        "uniform" if isinstance(section, ToyModel) else "normal",
        section.magnitude_deviation,
    )


def orthonormal(rng: np.random.Generator, count: int, size: int) -> np.ndarray:
    """Haar-distributed orthonormal rows: (count, size)."""
    q, r = np.linalg.qr(rng.standard_normal((size, count)))
    return (q * np.sign(np.diag(r))).T
