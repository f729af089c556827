"""Layers that add the ReLU of every feature to a stream, with fewer neurons than features."""

from collections.abc import Mapping, Sequence

import numpy as np
import torch
import xarray as xr
from torch import Tensor

from tegum.experiment.cell import Cell, Context
from tegum.experiment.params import Section
from tegum.models.ensemble import Ensemble
from tegum.models.gate_networks import CompressedReLU, mixing_matrix
from tegum.models.gate_sections import Compressed
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
    sections = [c.params for c in pad]
    model = untrained(sections, pad)
    shape = [p.feature_probability for p in sections], sections[0].n_features

    def features(purpose: str, samples: int) -> SparseFeatures:
        seeds = [c.stream(purpose) for c in pad]
        return SparseFeatures(seeds, *shape, samples, True, context.device)

    fresh = features("evaluation", EVALUATION)

    @torch.no_grad()
    def evaluated(model: Ensemble) -> dict[str, Tensor]:
        return {"loss": model.loss(fresh.batch(0))}

    return train_rows(
        cells,
        context,
        SCHEMAS["train/compressed"],
        model,
        features("data", sections[0].batch),
        "cosine",
        evaluation=evaluated,
        values=lambda _: {"evaluation_loss": evaluated(model)["loss"][: len(cells)].cpu().numpy()},
    )


def untrained(sections: Sequence[Compressed], cells: Sequence[Cell[Section]]) -> CompressedReLU:
    """Models of equal shapes before training."""
    seeds = [c.stream("init") for c in cells]
    return CompressedReLU(
        mixing=np.stack(
            [
                p.mixing * mixing_matrix(seed, p.n_features, p.stream_width)
                for p, seed in zip(sections, seeds, strict=True)
            ]
        ),
        null=np.array(
            [naive_loss(p.n_features, p.n_neurons, p.feature_probability) for p in sections]
        ),
        width=sections[0].n_neurons,
        seeds=seeds,
    )
