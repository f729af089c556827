"""Ensembles of quadratic models on their exact loss: trained, and trained on in phases."""

from collections.abc import Sequence

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from tegum.data.schema import Schema
from tegum.experiment.cell import Cell, Context
from tegum.models.quadratic import Quadratic
from tegum.studies.capacity.params import Intervention, Train
from tegum.studies.capacity.problems import Array, values
from tegum.synthetic.batches import NoBatches
from tegum.training.loop import Loop
from tegum.training.plan import Plan, padded
from tegum.training.recorders import WeightsRecorder
from tegum.training.rows import train
from tegum.training.schedules import Schedule


def trained(
    models: Sequence[Cell[Train]], value: Array, kurtosis: Array, width: int, context: Context
) -> tuple[Quadratic, Array, NDArray[np.float32]]:
    """A trained ensemble, padded; its embeddings without the padding, and changes of the loss.

    Args:
        models: the cell of each model; those of one seed start from equal weights.
        value: values of the features, (model, feature).
        kurtosis: of the inputs, (model,).
        width: dimensions of a model.
        context: where it runs.
    """
    pad = padded(list(models))
    model = Quadratic(
        values=np.stack(padded(list(value))),
        kurtosis=np.array(padded(list(kurtosis))),
        hidden=width,
        seeds=[c.stream("init") for c in pad],
    )
    result = train(models, context, model, NoBatches(len(pad)), "linear_decay_second_half")
    return model, result.parameters["embedding"], result.changes["loss_change"]


class Phases:
    """A trained ensemble that is trained on, phase after phase."""

    def __init__(self, cells: Sequence[Cell[Intervention]], context: Context) -> None:
        self.cells = padded(list(cells))
        self._keep = len(cells)
        each = [c.params for c in self.cells]
        self.value = np.stack([values(p) for p in each])
        """Values of the features, (model, feature); there are models that only pad."""
        self.kurtosis = np.array([[p.kurtosis] for p in each])
        """(model, 1)."""
        problem = self.value[: self._keep], self.kurtosis[: self._keep, 0]
        self.model, start, self.change = trained(cells, *problem, each[0].width, context)
        self.seen = [start]
        """Embeddings after training and after each round, (cell, feature, hidden)."""
        self.chosen = [np.full(self._keep, -1)]
        """The feature that each round chose, (cell,); -1 for none."""

    def weights(self) -> NDArray[np.floating]:
        """Embeddings of all models, padding included."""
        return self.model.embedding.detach().cpu().numpy()

    def train(
        self,
        number: int,
        noise: Sequence[float],
        strength: Array,
        steps: int,
        ramp: int,
        looks: int = 1,
        epsilon: float | None = None,
    ) -> tuple[list[int], Array]:
        """Disturb, move the strengths, train on: updates done at each look, embeddings then."""
        self.model.disturb(noise, [c.stream("init") for c in self.cells], number)
        self.model.flatten(strength, ramp)
        done = sorted({max(1, round(steps * (look + 1) / looks)) for look in range(looks)})
        plan = Plan(
            steps=steps,
            learning_rate=[c.params.learning_rate for c in self.cells],
            schedule=Schedule("linear_decay_second_half", steps),
            checkpoints=tuple(n - 1 for n in done),
            eps=epsilon,
        )
        stream = NoBatches(self.model.n_cells)
        loop = Loop(self.model, stream, plan, WeightsRecorder(), keep=self._keep)
        return done, loop.run().records["embedding"]

    def round(self, strength: Array, ramp: int, chosen: NDArray[np.integer]) -> None:
        """One phase of a study in rounds, in which `chosen` (model,) was chosen."""
        first = self.cells[0].params
        noise = [first.weight_noise] * self.model.n_cells
        _, found = self.train(len(self.seen), noise, strength, first.phase_steps, ramp)
        self.seen.append(found[:, -1])
        self.chosen.append(chosen[: self._keep])

    def rounds(self, schema: Schema) -> xr.Dataset:
        """The embeddings and choices of all rounds: (cell, round, ...)."""
        embedding, chosen = np.stack(self.seen, axis=1), np.stack(self.chosen, axis=1)
        found = {"embedding": embedding, "chosen": chosen, "loss_change": self.change}
        return schema.dataset(found)
