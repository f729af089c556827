"""Layers that add the ReLU of every feature to a stream, with fewer neurons than features."""

from collections.abc import Mapping, Sequence

import numpy as np
import torch
import xarray as xr
from torch import Tensor

from tegum.experiment.cell import Cell, Context
from tegum.experiment.params import Section
from tegum.models.ensemble import Ensemble
from tegum.models.gate_networks import CompressedReLU
from tegum.models.random_layers import input_directions
from tegum.studies.boolean_gates.params import Compressed
from tegum.studies.boolean_gates.schema import SCHEMAS
from tegum.synthetic.sparse import SparseFeatures
from tegum.theory.gates import naive_loss
from tegum.training.plan import padded
from tegum.training.rows import train_rows

EVALUATION = 16384
"""Fresh samples of the loss that is reported."""


def run(
    cells: Sequence[Cell[Compressed]], rows: Mapping[str, xr.Dataset], context: Context
) -> xr.Dataset:
    """Final weights and losses (cell, ...)."""
    pad = padded(list(cells))
    model = untrained([c.params for c in pad], pad)
    data = features([c.params for c in pad], pad, "data", pad[0].params.batch, context.device)
    fresh = features([c.params for c in pad], pad, "evaluation", EVALUATION, context.device)

    @torch.no_grad()
    def evaluated(model: Ensemble) -> dict[str, Tensor]:
        return {"loss": model.loss(fresh.batch(0))}

    return train_rows(
        cells,
        context,
        SCHEMAS["train/compressed"],
        model,
        data,
        "cosine",
        evaluation=evaluated,
        values=lambda _: {"evaluation_loss": evaluated(model)["loss"][: len(cells)].cpu().numpy()},
    )


def untrained(sections: Sequence[Compressed], cells: Sequence[Cell[Section]]) -> CompressedReLU:
    """Models of equal shapes before training."""
    null = [naive_loss(p.n_features, p.n_neurons, p.feature_probability) for p in sections]
    mixing = [mixing_matrix(p, c) for p, c in zip(sections, cells, strict=True)]
    return CompressedReLU(
        mixing=np.stack(mixing),
        null=np.array(null),
        width=sections[0].n_neurons,
        seeds=[c.stream("init") for c in cells],
    )


def mixing_matrix(section: Compressed, cell: Cell[Section]) -> np.ndarray:
    """M = 1 - W W^T times its factor, (feature, feature)."""
    n = section.n_features
    rows = input_directions(cell.stream("init"), n, section.stream_width)
    return section.mixing * (np.eye(n) - rows @ rows.T)


def features(
    sections: Sequence[Compressed],
    cells: Sequence[Cell[Section]],
    purpose: str,
    samples: int,
    device: str = "cpu",
) -> SparseFeatures:
    """Features of both signs."""
    seeds = [c.stream(purpose) for c in cells]
    p = [s.feature_probability for s in sections]
    return SparseFeatures(seeds, p, sections[0].n_features, samples, True, device)
