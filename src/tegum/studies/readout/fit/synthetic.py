"""Dictionaries on sparse features along known directions."""

from collections.abc import Mapping, Sequence

import numpy as np
import torch
import xarray as xr

from tegum.experiment.cell import Cell, Context
from tegum.experiment.params import Section
from tegum.metrics.geometry import unit
from tegum.studies.readout.dictionaries import Source, features, judged, source
from tegum.studies.readout.params import FitSynthetic
from tegum.synthetic.draws import EMBEDDER, Draws


def run(
    cells: Sequence[Cell[FitSynthetic]], rows: Mapping[str, xr.Dataset], context: Context
) -> xr.Dataset:
    """Fit one dictionary per cell; returns rows (cell,)."""
    found = [activations(c, c.params, context.device) for c in cells]
    return judged(found, context.device)


def activations(cell: Cell[Section], section: FitSynthetic, device: str) -> Source:
    """Sums of the directions of active features, to fit to and to be judged on."""
    rows = torch.from_numpy(directions(section, cell.stream("data"))).to(device)
    fitted, held_out = (
        features(cell.stream(purpose), len(rows), section.features_active, count, device) @ rows
        for purpose, count in (("data", section.samples), ("evaluation", section.held_out))
    )
    return source(cell, section, fitted, held_out)


def directions(section: FitSynthetic, seed: int) -> np.ndarray:
    """Directions of the features, (feature, input): orthonormal, or random of unit norm."""
    d = section.n_inputs
    if section.dataset == "orthonormal":
        return np.linalg.qr(Draws(seed).normal((d, d), EMBEDDER))[0]
    return unit(Draws(seed).normal((section.crowding * d, d), EMBEDDER))
