"""How probable Boolean functions are under random parameters, beside how complex they are."""

from functools import cache

import numpy as np
import xarray as xr

from tegum.experiment.cell import Cell, Rows, SweepView
from tegum.metrics.simplicity_bias import measured, simple_functions
from tegum.studies.simplicity.params import Functions
from tegum.studies.simplicity.schema import SCHEMAS
from tegum.synthetic.functions import drawn


def by_cell(sweep: SweepView[Functions], rows: Rows) -> xr.Dataset:
    """What the draws of each cell say: (cell,), and its most frequent functions."""
    simple = cache(simple_functions)

    def found(cell: Cell[Functions]) -> dict:
        p, rng = cell.params, np.random.default_rng(cell.stream("control"))
        sizes = p.model_dump(include={"n_bits", "width", "weight_scale", "bias_scale"})
        drew = drawn(p.architecture, p.functions, cell.stream("init"), **sizes)
        return measured(drew, simple(p.n_bits, p.simple), p.frequent, p.far, p.ranks, rng)

    each = [found(cell) for cell in sweep.cells]
    return SCHEMAS["measure/functions"].dataset({k: [f[k] for f in each] for k in each[0]})
