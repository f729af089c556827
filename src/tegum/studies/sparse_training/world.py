"""Masks of the models, and what a row says of them once they are trained."""

from collections.abc import Sequence

import numpy as np
import torch

from tegum.experiment.cell import Cell
from tegum.models.masked import Masked
from tegum.studies.sparse_training.params import Task
from tegum.training.loop import Loop
from tegum.training.plan import Plan
from tegum.training.pruning import kept_of, of_neurons, random_mask
from tegum.training.schedules import Schedule
from tegum.training.superposed import batches, evaluated

NARROW, SHUFFLED = 1 << 20, 1 << 21
"""Added to the numbers of draws: masks of other kinds."""


def shapes(params: Task) -> tuple[tuple[int, int], tuple[int, int]]:
    """Of the two layers' weights, of which either may be masked."""
    return (params.width, params.n_inputs), (params.n_features, params.width)


def densities(params: Task, density: float) -> tuple[float, float]:
    """Of the two layers."""
    return density, density if params.layers == "both" else 1.0


def masks(cell: Cell[Task], density: float, number: int = 0) -> list[np.ndarray]:
    """Random masks of both layers; those of one seed are nested in each other.

    Args:
        number: other masks for another number.
    """
    p, seed = cell.params, cell.stream("control")
    each = zip(shapes(p), densities(p, density), strict=True)
    return [random_mask(seed, s, d, number + layer) for layer, (s, d) in enumerate(each)]


def narrow_masks(cell: Cell[Task], density: float) -> list[np.ndarray]:
    """Whole neurons, so many that weights and biases are as many as with masks of a density."""
    p = cell.params
    sizes = [rows * columns for rows, columns in shapes(p)]
    free = sum(kept_of(d, n) for d, n in zip(densities(p, density), sizes, strict=True)) + p.width
    neurons = round(free / (1 + p.n_inputs + p.n_features))
    kept = of_neurons(cell.stream("control") ^ NARROW, p.width, neurons)
    first, second = shapes(p)
    return [np.broadcast_to(kept[:, None], first).copy(), np.broadcast_to(kept, second).copy()]


def new_model(
    cells: Sequence[Cell[Task]], each: Sequence[Sequence[np.ndarray]], device: str
) -> Masked:
    """Untrained models with these masks of both layers; cells of one seed start alike."""
    p = cells[0].params
    encoder, decoder = (np.stack(side) for side in zip(*each, strict=True))
    return Masked(
        n_inputs=p.n_inputs,
        width=p.width,
        n_outputs=p.n_features,
        seeds=[c.stream("init") for c in cells],
        encoder_mask=encoder,
        decoder_mask=decoder,
    ).to(device)


def training(model: Masked, cells: Sequence[Cell[Task]], keep: int, first: int = 0) -> Loop:
    """A training that begins at a step, in the phase of the learning rate and batches of it.

    Args:
        keep: cells from here on are padding.
    """
    p = cells[0].params
    plan = Plan(
        steps=p.steps,
        learning_rate=[c.params.learning_rate for c in cells],
        schedule=Schedule("linear_decay_second_half", p.steps),
        checkpoints=(),
        convergence=True,
    )
    held_out = batches(cells, p, p.evaluation_samples, purpose="evaluation")
    stream, evaluation = batches(cells, p, p.batch), evaluated(held_out)
    loop = Loop(model, stream, plan, keep=keep, evaluation=evaluation)
    loop.step = first
    loop.start()
    return loop


@torch.no_grad()
def described(
    model: Masked, cells: Sequence[Cell[Task]], keep: int, wanted: Sequence[tuple[float, float]]
) -> dict[str, np.ndarray]:
    """Losses, kept shares and responses to single features of the models that are no padding.

    Args:
        wanted: share of each layer that was to be kept, of each model.
    """
    p = cells[0].params
    held_out = batches(cells, p, p.evaluation_samples, purpose="evaluation")
    embedding = held_out.embedding
    before = torch.baddbmm(model.bias[:, :, None], model.encoder, embedding)
    response = before.relu_() * model.decoder_mask.amax(1)[:, :, None]
    largest, feature = response.max(2)
    kept = torch.stack([mask.double().mean((1, 2)) for _, mask in model.pairs()], 1)
    leaks = [(w * (1 - m)).abs().amax((1, 2)) for w, m in model.pairs()]
    found = {
        "loss": evaluated(held_out)(model)["loss"],
        "kept_share": kept,
        "leaked": torch.stack(leaks).amax(0),
        "response_max": largest,
        "response_sum": response.sum(2),
        "response_feature": feature,
    }
    sizes = [rows * columns for rows, columns in shapes(p)]
    exact = [[kept_of(d, n) / n for d, n in zip(w, sizes, strict=True)] for w in wanted]
    numbers = {name: value[:keep].cpu().numpy() for name, value in found.items()}
    return numbers | {"wanted_share": np.array(exact[:keep])}
