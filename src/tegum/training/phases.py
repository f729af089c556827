"""Quadratic models on their exact loss: trained, and trained on in phases, under penalties."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tegum.experiment.cell import Cell, Context
from tegum.models.quadratic import Quadratic
from tegum.synthetic.batches import NoBatches
from tegum.training.loop import Loop
from tegum.training.plan import Plan, padded
from tegum.training.recorders import WeightsRecorder
from tegum.training.rows import train
from tegum.training.schedules import Schedule

Array = NDArray[np.float64]


def train_quadratics(
    cells: Sequence[Cell[Any]],
    context: Context,
    values: Sequence[Array],
    kurtosis: Sequence[float],
    hidden: int,
) -> tuple[Quadratic, dict[str, NDArray[Any]]]:
    """The trained ensemble, with padding; `embedding` and changes of the loss, (cell, ...).

    Args:
        cells: one for each model; those of one seed start from equal weights.
        values: of the features, (feature,) each.
        kurtosis: of the inputs.
        hidden: dimensions of an embedding vector.
    """
    pad = padded(list(cells))
    model = Quadratic(
        values=np.stack(padded(list(values))),
        kurtosis=np.array(padded(list(kurtosis))),
        hidden=hidden,
        seeds=[c.stream("init") for c in pad],
    )
    result = train(cells, context, model, NoBatches(len(pad)), "linear_decay_second_half")
    return model, {"embedding": result.parameters["embedding"], **result.changes}


class Phases:
    """Models that are trained and then trained on; rounds are phases of equal length that choose.

    The arguments are those of `train_quadratics`; for rounds the sections of the cells have
    `phase_steps` and `weight_noise`.
    """

    def __init__(
        self,
        cells: Sequence[Cell[Any]],
        context: Context,
        values: Sequence[Array],
        kurtosis: Sequence[float],
        hidden: int,
    ) -> None:
        self.cells = padded(list(cells))
        self.values = np.stack(padded(list(values)))
        """(model, feature); there are models that only pad."""
        self.kurtosis = np.array(padded(list(kurtosis)))[:, None]
        """(model, 1)."""
        self.model, self.start = train_quadratics(cells, context, values, kurtosis, hidden)
        self._keep = len(cells)
        self._seen, self._chosen = [self.start["embedding"]], [np.full(self._keep, -1)]

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
        """Disturb, move the penalty, train on: updates done at each look, and embeddings then.

        Args:
            number: of the phase, which has noise of its own.
            noise: standard deviation of what is added to the weights, (model,).
            strength: of the penalty, (model, feature), reached linearly within `ramp` steps.
            steps: of the phase.
            looks: evenly spaced in it.
            epsilon: Adam's.
        """
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
        """One more round, in which the features `chosen` (model,) were chosen; -1 for none."""
        first = self.cells[0].params
        noise = [first.weight_noise] * self.model.n_cells
        _, found = self.train(len(self._seen), noise, strength, first.phase_steps, ramp)
        self._seen.append(found[:, -1])
        self._chosen.append(chosen[: self._keep])

    def rounds(self) -> dict[str, NDArray[Any]]:
        """`start`, and embeddings and choices of it and of each round: (cell, round, ...)."""
        seen = {"embedding": np.stack(self._seen, 1), "chosen": np.stack(self._chosen, 1)}
        return self.start | seen
