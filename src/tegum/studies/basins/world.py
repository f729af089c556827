"""Batches of the models of a seed, and what is measured of weights on them."""

from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np
import xarray as xr

from tegum.experiment.cell import Cell
from tegum.experiment.seeds import stream_seed
from tegum.metrics.connectivity import along, relative_barrier
from tegum.metrics.monosemanticity import interference
from tegum.metrics.two_layer import Counts, Weights, counts, losses
from tegum.studies.basins.params import Train
from tegum.synthetic.tasks import SuperpositionStream

POSITIONS = 11
"""Places on a path at which fits are measured, ends included."""
THRESHOLD = 0.9
"""Selectivity above which a neuron of a fit is monosemantic, as in `Measure`."""


class Batched(Protocol):
    """A section that says how many samples a step has."""

    batch: int


def batches(
    cells: Sequence[Cell[Any]],
    world: Train,
    samples: int,
    *,
    purpose: str = "data",
    noise: Sequence[float] | None = None,
    **stream: int | Sequence[int],
) -> SuperpositionStream:
    """Batches of one model for each of the cells.

    Args:
        cells: one for each model, of one study; their seeds say the embedding.
        world: sizes of all of them.
        samples: of a batch.
        purpose: of the stream.
        noise: of each model, in units of sigma_I.
        stream: what else names the stream, such as the start; one number for all, or one per cell.
    """
    names = [
        {n: v if isinstance(v, int) else v[i] for n, v in stream.items()} for i in range(len(cells))
    ]
    seeds = [
        stream_seed(c.study, purpose, seed=c.seed, **own) if own else c.stream(purpose)
        for c, own in zip(cells, names, strict=True)
    ]
    p = world.feature_probability
    sigma = interference(world.n_features, world.n_inputs, p)
    noisy = noise is not None and any(noise)
    return SuperpositionStream(
        task="decoder",
        seeds=seeds,
        n_inputs=world.n_inputs,
        probabilities=np.full((len(cells), world.n_features), p),
        batch=samples,
        embedder_seeds=[c.stream("data") for c in cells],
        noise=[sigma * n for n in noise or ()] if noisy else None,
    )


class Look:
    """Clean losses, counts and paths of one seed's models, on its evaluation set."""

    def __init__(self, cell: Cell[Any], world: Train) -> None:
        stream = batches([cell], world, world.evaluation_samples, purpose="evaluation")
        self.inputs, self.targets = (part[0].numpy() for part in stream.batch(0))
        """(sample, input) and (sample, feature)."""
        self.embedding = stream.embedding[0].numpy()

    def loss(self, weights: Weights) -> np.ndarray:
        """Of models along any leading axes."""
        dtype = weights.bias.dtype
        return losses(weights, self.inputs.astype(dtype), self.targets.astype(dtype))

    def counts(self, weights: Weights, threshold: float = THRESHOLD) -> Counts:
        """Of models along any leading axes."""
        return counts(weights, self.embedding, threshold)

    def path(self, points: Sequence[Weights], positions: int = POSITIONS) -> np.ndarray:
        """Losses on the path of two ends, or of two and a control point: (position,)."""
        return self.loss(along(points, np.linspace(0, 1, positions)))

    def barrier(self, first: Weights, last: Weights, positions: int = POSITIONS) -> float:
        """Relative barrier of the straight path."""
        path = self.path([first, last], positions)
        return float(relative_barrier(path, np.linspace(0, 1, positions)))


def solutions(row: xr.Dataset) -> Weights:
    """The models of one row: (phase, noise, start, ...)."""
    return Weights(*(row[name].values for name in Weights._fields))


TRAINED, RELAXED = 0, 1
"""Places along `phase`."""


def poly(row: xr.Dataset, start: int, phase: int = RELAXED) -> Weights:
    """The model of a row that never had noise."""
    return solutions(row).at(phase, 0, start)


def mono(row: xr.Dataset, start: int, phase: int = RELAXED) -> Weights:
    """The model of a row that had the most noise."""
    return solutions(row).at(phase, -1, start)
