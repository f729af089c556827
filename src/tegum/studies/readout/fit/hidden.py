"""Dictionaries on the hidden layers of trained models, whose readouts they serve."""

from collections.abc import Mapping, Sequence

import torch
import xarray as xr

from tegum.experiment.cell import Cell, Context
from tegum.experiment.params import Section
from tegum.studies.readout.dictionaries import Source, features, judged, source
from tegum.studies.readout.params import Fit, FitHidden, Hidden
from tegum.studies.readout.recovered import served
from tegum.studies.readout.train.hidden import loaded


def run(
    cells: Sequence[Cell[FitHidden]], rows: Mapping[str, xr.Dataset], context: Context
) -> xr.Dataset:
    """Fit one dictionary per cell; returns rows (cell,)."""
    found = [
        activations(cell, cell.params, rows["train"].isel(cell=i), context.device)
        for i, cell in enumerate(cells)
    ]
    return judged(found, context.device)


@torch.no_grad()
def activations(cell: Cell[Section], section: Fit, row: xr.Dataset, device: str) -> Source:
    """The hidden layer of the model in a row, to fit to and to be judged on by its readout."""
    train: Hidden = cell.upstream["train"]
    model = loaded(train, row).to(device)
    seen, fresh = (
        features(cell.stream(purpose), train.n_features, train.n_active, count, device)
        for purpose, count in (("data", section.samples), ("evaluation", section.held_out))
    )
    fitted, held_out = (model.hidden(x[None])[0] for x in (seen, fresh))
    return source(cell, section, fitted, held_out, served(model, fitted, seen, held_out, fresh))
