"""Synthetic pairs with a known truth direction."""

from collections.abc import Mapping, Sequence

import xarray as xr

from tegum.experiment.cell import Cell, Context
from tegum.probes.readers import Split, analyse
from tegum.studies.contrast_pairs.pairs import law, options, split_of
from tegum.studies.contrast_pairs.params import Synthetic
from tegum.synthetic.pairs import directions, synthetic_pairs


def run(
    cells: Sequence[Cell[Synthetic]], rows: Mapping[str, xr.Dataset], context: Context
) -> xr.Dataset:
    """Read the pairs of each cell."""
    return analyse([_split(c) for c in cells], options(cells[0].params), context.device)


def _split(cell: Cell[Synthetic]) -> Split:
    section = cell.params
    axes = directions(section.n_inputs, cell.stream("init"))
    train = synthetic_pairs(section.n_train, law(section), axes, cell.stream("data"))
    test_law = law(section, test=True)
    test = synthetic_pairs(section.n_test, test_law, axes, cell.stream("evaluation"))
    return split_of(cell, train, test, axes[[0, 2]])
