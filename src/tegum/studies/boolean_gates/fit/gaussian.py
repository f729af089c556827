"""Layers of normal weights; rows are the errors of their readoffs, and what they should be."""

from collections.abc import Mapping, Sequence

import numpy as np
import xarray as xr

from tegum.experiment.cell import Cell, Context
from tegum.studies.boolean_gates.entries import (
    Array,
    gaussian_estimates,
    gaussian_law,
    judged,
    sample,
)
from tegum.studies.boolean_gates.params import Gaussian
from tegum.studies.boolean_gates.rows import labelled
from tegum.theory.gates import TARGETS


def run(
    cells: Sequence[Cell[Gaussian]], rows: Mapping[str, xr.Dataset], context: Context
) -> xr.Dataset:
    """Rows (cell, ...)."""
    return labelled("fit/gaussian", [_row(cell) for cell in cells])


def _row(cell: Cell[Gaussian]) -> dict[str, Array]:
    section, found = cell.params, sample(cell, cell.params)
    case, target = found.cases(), TARGETS[section.gate]
    mean, variance = gaussian_law(section, found)
    bias = mean - target[case]
    there = [case == number for number in range(4)]
    return judged(section, gaussian_estimates(cell, section, found), case) | {
        "law_rms": np.array([np.sqrt((bias**2 + variance)[t].mean()) for t in there]),
        "law_mean": np.array([bias[t].mean() for t in there]),
        "law_deviation": np.array([np.sqrt(variance[t].mean()) for t in there]),
    }
