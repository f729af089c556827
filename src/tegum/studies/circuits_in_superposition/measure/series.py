"""Circuits in series: each reads the outputs of several earlier ones."""

import xarray as xr

from tegum.experiment.cell import Rows, SweepView
from tegum.studies.circuits_in_superposition.networks import measured
from tegum.studies.circuits_in_superposition.params import Series
from tegum.studies.circuits_in_superposition.schema import SCHEMAS
from tegum.synthetic.rotations import rotations


def by_cell(sweep: SweepView[Series], rows: Rows) -> xr.Dataset:
    """Errors and leakage of each cell (cell, layer); `rows` is empty."""
    each = []
    for cell in sweep.cells:
        p, seed = cell.params, cell.stream("data")
        circuits = rotations(p.n_circuits, p.depth, p.fan_in, p.use_exponent, seed)
        each.append(measured(cell, circuits, p.fan_in))
    return SCHEMAS["measure/series"].dataset({n: [one[n] for one in each] for n in each[0]})
