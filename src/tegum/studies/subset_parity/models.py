"""The networks of some cells, what they are taught, and the inputs that they are looked at on."""

from collections.abc import Sequence

import torch
from torch import Tensor

from tegum.experiment.cell import Cell
from tegum.models.parity import SignNetwork
from tegum.studies.subset_parity.params import Train
from tegum.synthetic.draws import Draws
from tegum.synthetic.parity import Task, all_inputs, parities, signs

POPULATION = Draws(0)
"""Of the inputs of a look where there are too many to take all."""


def task(params: Train) -> Task:
    """What a model with these parameters is taught."""
    return Task(params.n_parity, params.curriculum, params.phase, params.input_bias)


def new_models(cells: Sequence[Cell[Train]]) -> SignNetwork:
    """Untrained models, one for each cell."""
    first, params = cells[0].params, [c.params for c in cells]
    importance = torch.zeros(len(cells), first.largest_parity)
    importance[:, 0] = 1.0
    for row, p in zip(importance, params, strict=True):
        if p.curriculum in ("nested", "wrong", "coins"):
            row[1 : p.n_parity] = p.auxiliary_importance
    return SignNetwork(
        n_inputs=first.n_inputs,
        width=first.width,
        seeds=[c.stream("init") for c in cells],
        loss=first.loss,
        importance=importance,
        frozen=[p.curriculum == "frozen" for p in params],
    )


def population(cells: Sequence[Cell[Train]]) -> tuple[Tensor, Tensor]:
    """Inputs (sample, input), all of them where n allows, and parities of S (cell, sample)."""
    first = cells[0].params
    few = first.n_inputs <= first.enumerated
    samples = first.evaluation_samples
    inputs = all_inputs(first.n_inputs) if few else signs(POPULATION, 0, samples, first.n_inputs)
    targets = [parities(inputs[:, : c.params.n_parity])[:, -1] for c in cells]
    return torch.from_numpy(inputs), torch.stack([torch.from_numpy(t) for t in targets])
