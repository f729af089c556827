"""Circuits side by side: each goes on from itself."""

import xarray as xr

from tegum.experiment.cell import Rows, SweepView
from tegum.studies.circuits_in_superposition.networks import measured
from tegum.studies.circuits_in_superposition.params import Parallel
from tegum.studies.circuits_in_superposition.schema import SCHEMAS
from tegum.synthetic.rotations import rotations
from tegum.theory.circuits import capacity


def by_cell(sweep: SweepView[Parallel], rows: Rows) -> xr.Dataset:
    """Errors and leakage of each cell (cell, layer); `rows` is empty."""
    each, full = [], []
    for cell in sweep.cells:
        p = cell.params
        each.append(
            measured(cell, rotations(p.n_circuits, p.depth, None, 0.0, cell.stream("data")))
        )
        sizes = {"n_active": p.n_active, "width": p.width, "depth": p.depth}
        full.append(capacity(p.tolerance, redundancy=p.redundancy, **sizes))
    found = {name: [one[name] for one in each] for name in each[0]} | {"law_capacity": full}
    return SCHEMAS["measure/parallel"].dataset(found)
