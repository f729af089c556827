"""Hidden states of each cell's transformer, trained or not."""

from collections.abc import Sequence

import numpy as np
import torch
import xarray as xr

from tegum.experiment.cell import Cell
from tegum.experiment.params import Section
from tegum.models.transformer import Transformer
from tegum.probes.readers import Split
from tegum.studies.contrast_pairs.pairs import law, split_of
from tegum.studies.contrast_pairs.params import Hidden, Train
from tegum.studies.contrast_pairs.train import transformer
from tegum.synthetic.pairs import Pairs
from tegum.synthetic.statements import facts, statement_pairs
from tegum.training.rows import weights_from_row


def trained_models(cells: Sequence[Cell[Section]], rows: xr.Dataset) -> Transformer:
    """The transformers of `train`."""
    models = transformer(*_of_models(cells))
    with torch.no_grad():
        for name, weight in weights_from_row(rows, models).items():
            models.get_parameter(name).copy_(torch.from_numpy(weight))
    return models


def untrained_models(cells: Sequence[Cell[Section]]) -> Transformer:
    """The same transformers before training."""
    return transformer(*_of_models(cells))


def hidden_splits(
    cells: Sequence[Cell[Section]], sections: Sequence[Hidden], models: Transformer
) -> list[Split]:
    """Hidden states at the read-out of statements that differ in their label."""
    drawn = {"data": [], "evaluation": []}
    for cell, section in zip(cells, sections, strict=True):
        above: Train = cell.upstream["train"]
        table = facts(above.n_statements, cell.stream("data"))
        for purpose, samples in (("data", section.n_train), ("evaluation", section.n_test)):
            found = law(section, test=purpose == "evaluation")
            seed = cell.stream(purpose)
            drawn[purpose].append(
                statement_pairs(samples, found, table, above.label_position, seed)
            )
    sides = {purpose: _pushed(models, parts) for purpose, parts in drawn.items()}
    return [
        split_of(cell, sides["data"][i], sides["evaluation"][i], None)
        for i, cell in enumerate(cells)
    ]


@torch.no_grad()
def _pushed(models: Transformer, parts: list) -> list[Pairs]:
    yes, no = (
        models.hidden(torch.from_numpy(np.stack([p[side] for p in parts]))).numpy()
        for side in (0, 1)
    )
    return [Pairs(yes[i], no[i], part[2], part[3]) for i, part in enumerate(parts)]


def _of_models(cells: Sequence[Cell[Section]]) -> tuple[list[Train], list[int]]:
    return [c.upstream["train"] for c in cells], [c.stream("init") for c in cells]
