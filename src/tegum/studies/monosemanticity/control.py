"""The dictionaries of `fit` where one kind of structure is destroyed, along `control`.

Untrained weights keep the features and the sizes; permuted dimensions keep every marginal; the
Gaussian keeps mean and covariance. Functions, seeds and minibatches are those of `fit`.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import xarray as xr

from tegum.controls.activations import matched_gaussian, permute_dimensions
from tegum.controls.weights import untrained
from tegum.studies.monosemanticity.fit import Source, recovered, site_sources
from tegum.studies.monosemanticity.params import Control

FITTED, HELD_OUT = 1, 2
"""Added to the control stream's seed: one stream for each thing that is drawn."""


def run(cells: Sequence[Any], rows: Any, context: Any) -> xr.Dataset:
    """Fit every control of each cell; returns rows (cell, control, site, ...)."""
    section: Control = cells[0].params
    sources = []
    for index in range(len(cells)):
        by_site = [_controls(cells, rows["train"], index, site, section) for site in section.sites]
        sources += [source for places in zip(*by_site, strict=True) for source in places]
    outer = {"control": section.controls, "site": section.sites}
    return recovered(sources, context.device, outer)


def _controls(
    cells: Sequence[Any], train: xr.Dataset, index: int, site: str, section: Control
) -> list[Source]:
    cell = cells[index]
    row = train.isel(cell=[index])
    seed = cell.stream("control")
    source = site_sources([cell], row, site)[0]
    made = {
        "permuted": lambda: _transformed(source, permute_dimensions, seed),
        "gaussian": lambda: _transformed(source, matched_gaussian, seed),
        "untrained": lambda: site_sources([cell], _untrained(row, seed), site)[0],
    }
    return [made[name]() for name in section.controls]


def _transformed(source: Source, transform: Any, seed: int) -> Source:
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
