"""TopK dictionaries on activations, and how well they explain them and serve the readout."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
import xarray as xr
from torch import Tensor

from tegum.dictionaries.quality import QUALITY, coded, quality
from tegum.dictionaries.study import Stored, fit_all, labelled, stored
from tegum.metrics.geometry import unit
from tegum.models.softmax import HiddenReadout
from tegum.studies.readout.params import Fit, Train
from tegum.studies.readout.recovered import Served, served
from tegum.studies.readout.schema import DICTIONARY
from tegum.synthetic.draws import EMBEDDER, Draws
from tegum.synthetic.subsets import SubsetStream

SERVED = {
    "cross_entropy_recovered": "share of the cross-entropy recovered",
    "loss_recovered": "share of the head's own loss recovered",
}


@dataclass(frozen=True)
class Source(Stored):
    """What one dictionary is fitted to, and on what it is judged."""

    held_out: Tensor
    """(sample, input)."""
    read: Served | None
    """What reads held-out activations, where something does."""


def run(cells: Sequence[Any], rows: Mapping[str, xr.Dataset], context: Any) -> xr.Dataset:
    """Fit one dictionary per cell; returns rows (cell,)."""
    sections = [c.params for c in cells]
    return judged(sources(cells, sections, rows, context.device), context.device)


def sources(
    cells: Sequence[Any], sections: Sequence[Fit], rows: Mapping[str, xr.Dataset], device: str
) -> list[Source]:
    """The activations of each cell, synthetic or of the models in `rows`."""
    if sections[0].dataset != "hidden":
        return [_synthetic(c, p, device) for c, p in zip(cells, sections, strict=True)]
    models = [rows["train"].isel(cell=i) for i in range(len(cells))]
    each = zip(cells, sections, models, strict=True)
    return [_hidden(cell, section, row, device) for cell, section, row in each]


def directions(section: Fit, seed: int) -> np.ndarray:
    """Directions of the features, (feature, input): orthonormal, or random of unit norm."""
    d = section.n_inputs
    if section.dataset == "orthonormal":
        return np.linalg.qr(Draws(seed).normal((d, d), EMBEDDER))[0]
    rows = Draws(seed).normal((section.crowding * d, d), EMBEDDER)
    return unit(rows)


def _synthetic(cell: Any, section: Fit, device: str) -> Source:
    rows = torch.from_numpy(directions(section, cell.stream("data"))).to(device)
    fitted, held_out = (
        _features(cell.stream(purpose), len(rows), section.features_active, count, device) @ rows
        for purpose, count in (("data", section.samples), ("evaluation", section.held_out))
    )
    return _source(cell, section, fitted, held_out)


@torch.no_grad()
def _hidden(cell: Any, section: Fit, row: xr.Dataset, device: str) -> Source:
    train: Train = cell.upstream["train"]
    model = loaded(train, row).to(device)
    features, fresh = (
        _features(cell.stream(purpose), train.n_features, train.n_active, count, device)
        for purpose, count in (("data", section.samples), ("evaluation", section.held_out))
    )
    fitted, held_out = (model.hidden(x[None])[0] for x in (features, fresh))
    read = served(model, fitted, features, held_out, fresh)
    return _source(cell, section, fitted, held_out, read)


def _source(
    cell: Any, section: Fit, fitted: Tensor, held_out: Tensor, read: Served | None = None
) -> Source:
    return Source(
        section=section,
        n_inputs=fitted.shape[1],
        latents=section.expansion * fitted.shape[1],
        learning_rate=section.dictionary_learning_rate,
        init=cell.stream("init"),
        order=cell.stream("data"),
        activations=fitted,
        normalised=True,
        held_out=held_out,
        read=read,
    )


def loaded(train: Train, row: xr.Dataset) -> HiddenReadout:
    """The trained model of one row."""
    assert train.readout != "relu"
    model = HiddenReadout(
        n_features=train.n_features, width=train.n_dimensions, head=train.readout, seeds=[0]
    )
    state = {
        "encoder": row["encoder"].values[None],
        "readout": row["unembedding"].values[None],
        "hidden_bias": row["hidden_bias"].values[None, None],
        "bias": row["bias"].values[None, None],
    }
    model.load_state_dict({name: torch.from_numpy(value) for name, value in state.items()})
    return model


def _features(seed: int, n_features: int, n_active: int, count: int, device: str) -> Tensor:
    """(sample, feature), exactly `n_active` of them uniform on (0, 1]."""
    drawn = SubsetStream(
        seeds=[seed],
        n_features=n_features,
        n_active=n_active,
        batch=count,
        magnitudes=True,
        device=device,
    )
    return drawn.batch(0)[0][0]


def judged(
    found: Sequence[Source], device: str, outer: Mapping[str, Sequence[str]] | None = None
) -> xr.Dataset:
    """Fit a dictionary per source and judge it on held-out activations.

    Args:
        found: sources in row-major order of `cell` and the dims of `outer`.
        device: where to fit.
        outer: dims of the rows after `cell`, with their values.
    """
    measured = []
    for fitted, source in zip(fit_all(found, stored, device), found, strict=True):
        codes = coded(fitted.dictionary, source.held_out)
        row = quality(codes, source.held_out.cpu().numpy()) | fitted.changes
        if source.read is not None:
            row |= source.read.recovered(torch.from_numpy(codes.rebuilt).to(device))
        measured.append(row)
    names = {name: QUALITY[name] for name in DICTIONARY} | SERVED
    kept = {name: text for name, text in names.items() if name in measured[0]}
    return labelled(measured, kept, outer)
