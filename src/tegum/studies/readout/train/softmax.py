"""Untied models before a softmax, on their cross-entropy; rows are final weights."""

from collections.abc import Mapping, Sequence

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from tegum.experiment.cell import Cell, Context
from tegum.models.softmax import SoftmaxReadout
from tegum.studies.readout.features import subsets
from tegum.studies.readout.params import Softmax
from tegum.studies.readout.schema import SCHEMAS
from tegum.synthetic.draws import INIT, Draws
from tegum.training.plan import padded
from tegum.training.rows import train_rows

EMBEDDING, READOUT = 0, 1
"""Numbers of the two weights in the stream that they are drawn from."""


def run(
    cells: Sequence[Cell[Softmax]], rows: Mapping[str, xr.Dataset], context: Context
) -> xr.Dataset:
    """Train one bucket of cells; returns their rows (cell, ...)."""
    pad = padded(list(cells))
    first = pad[0].params
    model = SoftmaxReadout(
        weight=np.stack([initial(c.params, c.stream("init"), EMBEDDING) for c in pad]),
        readout=np.stack([initial(c.params, c.stream("init"), READOUT) for c in pad]),
        biased=[c.params.with_bias for c in pad],
    )
    return train_rows(
        cells,
        context,
        SCHEMAS["train/softmax"],
        model,
        subsets(first, [c.stream("data") for c in pad], first.batch, context.device),
        "cosine",
        values=lambda result: {"unembedding": result.parameters["readout"]},
        weight_decay=first.weight_decay,
    )


def initial(section: Softmax, seed: int, which: int) -> NDArray[np.float32]:
    """One of the weights before training, (feature, dimension), 0 in padded dimensions."""
    n, m = section.n_features, section.n_dimensions
    drawn = np.float32(m**-0.5) * Draws(seed).normal((n, m), INIT, which)
    return np.pad(drawn, ((0, 0), (0, max(section.padded_dimensions - m, 0))))
