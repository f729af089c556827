"""Worlds of Zipf probabilities, correlations, and trees whose children exclude each other."""

from collections.abc import Mapping, Sequence

import numpy as np
import xarray as xr

from tegum.errors import TegumError
from tegum.experiment.cell import Cell, Context
from tegum.metrics.geometry import unit
from tegum.studies.sae_recovery.params import Hierarchy
from tegum.studies.sae_recovery.worlds import begun, to_rows, world
from tegum.synthetic.known_features import ROOT, World


def run(
    cells: Sequence[Cell[Hierarchy]], rows: Mapping[str, xr.Dataset], context: Context
) -> xr.Dataset:
    """One world per cell."""
    return to_rows([_world(cell) for cell in cells])


def _world(cell: Cell[Hierarchy]) -> World:
    section, (rng, directions) = cell.params, begun(cell)
    parent = _parents(section)
    roots = parent == ROOT
    probability = np.where(roots, 0.0, section.child_share / max(section.branching, 1))
    probability[roots] = _zipf(section, int(roots.sum()))
    draw = unit(rng.standard_normal((section.n_features, section.factors)))
    loading = np.sqrt(section.correlation) * draw * roots[:, None]
    return world(directions, probability, parent=parent, loading=loading)


def _parents(section: Hierarchy) -> np.ndarray:
    """Parents of each feature: roots first, then the children of the first roots, in turn."""
    children = section.n_trees * section.branching
    roots = section.n_features - children
    if section.n_trees > roots:
        raise TegumError(
            f"{section.n_trees} trees with {section.branching} children each need more than "
            f"n_features = {section.n_features}; give more features or fewer trees"
        )
    return np.concatenate([np.full(roots, ROOT), np.arange(children) % max(section.n_trees, 1)])


def _zipf(section: Hierarchy, roots: int) -> np.ndarray:
    """Probabilities of the roots, at most 0.5, whose mean is `feature_probability` before that."""
    weight = np.arange(1, roots + 1) ** -section.zipf_exponent
    return np.minimum(weight * (section.feature_probability / weight.mean()), 0.5)
