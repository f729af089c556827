"""Layers of normal weights; rows are the errors of their readoffs, and what they should be."""

from collections.abc import Mapping, Sequence

import numpy as np
import xarray as xr

from tegum.experiment.cell import Cell, Context
from tegum.metrics.gate_readoffs import Array, gaussian_law
from tegum.studies.boolean_gates import entries
from tegum.studies.boolean_gates.params import Gaussian
from tegum.studies.boolean_gates.rows import labelled


def run(
    cells: Sequence[Cell[Gaussian]], rows: Mapping[str, xr.Dataset], context: Context
) -> xr.Dataset:
    """Rows (cell, ...)."""
    return labelled("fit/gaussian", [_row(cell) for cell in cells])


def _row(cell: Cell[Gaussian]) -> dict[str, Array]:
    section, found = cell.params, entries.sample(cell, cell.params)
    estimate, case = entries.estimates(cell, section, found)
    mean, variance = gaussian_law(entries.coefficients(section), section.width, found)
    bias = mean - entries.target(section)[case]
    there = [case == number for number in range(4)]
    return entries.judged(section, estimate, case) | {
        "law_rms": np.array([np.sqrt((bias**2 + variance)[t].mean()) for t in there]),
        "law_mean": np.array([bias[t].mean() for t in there]),
        "law_deviation": np.array([np.sqrt(variance[t].mean()) for t in there]),
    }
