"""The dictionaries of `fit` where one kind of structure is destroyed, along `control`.

Untrained weights keep the features and the sizes; permuted dimensions keep every marginal; the
Gaussian keeps mean and covariance. Functions, seeds and minibatches are those of `fit`.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

import numpy as np
import xarray as xr

from tegum.controls.activations import matched_gaussian, permute_dimensions
from tegum.controls.weights import untrained
from tegum.experiment.cell import Cell, Context
from tegum.studies.monosemanticity.fit import Source, recovered, site_sources
from tegum.studies.monosemanticity.params import Control

FITTED, HELD_OUT = 1, 2
"""Added to the control stream's seed: one stream for each thing that is drawn."""


def run(
    cells: Sequence[Cell[Control]], rows: Mapping[str, xr.Dataset], context: Context
) -> xr.Dataset:
    """Fit every control of each cell; returns rows (cell, control, site, ...)."""
    sites = cells[0].upstream["fit"].sites
    sources = []
    for index, cell in enumerate(cells):
        row = rows["train"].isel(cell=[index])
        by_site = [_controls(cell, row, site) for site in sites]
        sources += [source for places in zip(*by_site, strict=True) for source in places]
    outer = {"control": cells[0].params.controls, "site": sites}
    return recovered(sources, context.device, outer)


def _controls(cell: Cell[Control], row: xr.Dataset, site: str) -> list[Source]:
    sections = [cell.upstream["fit"]]
    seed = cell.stream("control")
    source = site_sources([cell], sections, row, site)[0]
    made = {
        "permuted": lambda: _transformed(source, permute_dimensions, seed),
        "gaussian": lambda: _transformed(source, matched_gaussian, seed),
        "untrained": lambda: site_sources([cell], sections, _untrained(row, seed), site)[0],
    }
    return [made[name]() for name in cell.params.controls]


def _transformed(
    source: Source, transform: Callable[[np.ndarray, int], np.ndarray], seed: int
) -> Source:
    return replace(
        source,
        fitted=transform(source.fitted, seed + FITTED),
        held_out=transform(source.held_out, seed + HELD_OUT),
    )


def _untrained(row: xr.Dataset, seed: int) -> xr.Dataset:
    """The row with fresh default weights and the bias as it was before training."""
    encoder = untrained(row["encoder"].values[0], seed)
    bias = row["bias"].copy()
    bias[{"checkpoint": -1}] = bias.isel(checkpoint=0).values
    fresh = row["encoder"].copy(data=np.asarray(encoder)[None])
    return row.assign(encoder=fresh, bias=bias)
