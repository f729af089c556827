"""Tied models with a linear or a ReLU readout, on their squared error; rows are final weights."""

from collections.abc import Mapping, Sequence

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from tegum.experiment.cell import Cell, Context
from tegum.models import tied
from tegum.studies.readout.features import subsets
from tegum.studies.readout.params import Tied
from tegum.studies.readout.schema import SCHEMAS
from tegum.synthetic.batches import Stream
from tegum.synthetic.draws import INIT, Draws
from tegum.synthetic.quadrature import QuadratureStream
from tegum.synthetic.sets import FeatureStream
from tegum.training.plan import padded
from tegum.training.rows import train_rows


def run(
    cells: Sequence[Cell[Tied]], rows: Mapping[str, xr.Dataset], context: Context
) -> xr.Dataset:
    """Train one bucket of cells; returns their rows (cell, ...)."""
    pad = padded(list(cells))
    sections = [c.params for c in pad]
    model = tied.Tied(
        weight=np.stack([initial(c.params, c.stream("init")) for c in pad]),
        output=sections[0].readout,
        importance=np.stack([np.full(p.n_features, 1 / p.feature_probability) for p in sections]),
    )
    data = stream(sections, [c.stream("data") for c in pad], sections[0].batch, context.device)
    return train_rows(cells, context, SCHEMAS["train/tied"], model, data, "cosine")


def initial(section: Tied, seed: int) -> NDArray[np.float32]:
    """Embeddings before training, (feature, dimension)."""
    size = section.n_features, section.n_dimensions
    return np.float32(section.initial_scale) * Draws(seed).normal(size, INIT)


def stream(
    sections: Sequence[Tied], seeds: Sequence[int], batch: int, device: str = "cpu"
) -> Stream:
    """Features of models of equal shapes, each from its own seed."""
    first = sections[0]
    if first.data == "subsets":
        return subsets(first, seeds, batch, device)
    each = np.stack([np.full(p.n_features, p.feature_probability) for p in sections])
    if first.data == "quadrature":
        return QuadratureStream(each, first.nodes, first.max_active, device)
    return FeatureStream(seeds=list(seeds), probabilities=each, batch=batch, device=device)
