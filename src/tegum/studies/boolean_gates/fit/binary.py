"""Sparse binary layers, universal or targeted; rows are the errors of their readoffs."""

from collections.abc import Mapping, Sequence

import numpy as np
import xarray as xr

from tegum.experiment.cell import Cell, Context
from tegum.metrics.gate_readoffs import Array
from tegum.studies.boolean_gates import entries
from tegum.studies.boolean_gates.params import Binary
from tegum.studies.boolean_gates.rows import labelled
from tegum.studies.boolean_gates.schema import LAWS
from tegum.theory.gates import binary_law


def run(
    cells: Sequence[Cell[Binary]], rows: Mapping[str, xr.Dataset], context: Context
) -> xr.Dataset:
    """Rows (cell, ...); targeted gates have no closed form here, since their wires are shared."""
    return labelled("fit/binary", [_row(cell) for cell in cells])


def _row(cell: Cell[Binary]) -> dict[str, Array]:
    section = cell.params
    shared = np.asarray(section.wires**2)
    found = entries.sample(cell, section)
    errors = entries.judged(section, *entries.estimates(cell, section, found))
    if section.targeted:
        return errors | dict.fromkeys(LAWS, np.full(4, np.nan)) | {"shared": shared}
    wiring = section.wires * section.width**-0.5
    laws = [binary_law(s, wiring, section.width) for s in section.counts]
    bias = np.stack([mean for mean, *_ in laws]) - entries.target(section)
    variance = np.stack([variance for _, variance, _ in laws])
    # Each number of active bits weighs as often as its pairs of a case occur.
    weight = np.stack([_occurring(s, section.block) for s in section.counts])
    weight /= weight.sum(0)
    return errors | {
        "law_rms": np.sqrt((weight * (bias**2 + variance)).sum(0)),
        "law_mean": (weight * bias).sum(0),
        "law_deviation": np.sqrt((weight * variance).sum(0)),
        "shared": shared,
    }


def _occurring(active: int, block: int) -> Array:
    """Pairs of each case, up to a factor, where so many bits of a block are active: (4,)."""
    rest = block - active
    both = active * (active - 1)
    return np.array([rest * (rest - 1), active * rest, active * rest, both], dtype=float)
