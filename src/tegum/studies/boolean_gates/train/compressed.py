"""Layers that add the ReLU of every feature to a stream, with fewer neurons than features."""

from collections.abc import Mapping, Sequence

import torch
import xarray as xr
from torch import Tensor

from tegum.experiment.cell import Cell, Context
from tegum.metrics.compressed import features, untrained
from tegum.models.ensemble import Ensemble
from tegum.models.gate_sections import Compressed
from tegum.studies.boolean_gates.schema import SCHEMAS
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
    model = untrained(sections, [c.stream("init") for c in pad])
    seeds, fresh_seeds = ([c.stream(purpose) for c in pad] for purpose in ("data", "evaluation"))
    data = features(sections, seeds, sections[0].batch, context.device)
    fresh = features(sections, fresh_seeds, EVALUATION, context.device)

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
