"""Ensembles of quadratic models on their exact loss: trained, and ready to be trained on."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from tegum.experiment.cell import Cell, Context
from tegum.models.quadratic import Quadratic
from tegum.studies.capacity.params import Intervention, Train
from tegum.studies.capacity.problems import Array, values
from tegum.synthetic.batches import NoBatches
from tegum.training.phases import Phases
from tegum.training.plan import padded
from tegum.training.rows import train


def trained(
    cells: Sequence[Cell[Train]], value: Array, kurtosis: Array, width: int, context: Context
) -> tuple[Quadratic, dict[str, NDArray[np.floating]]]:
    """A trained ensemble, padded; its embeddings without the padding, and changes of the loss.

    Args:
        cells: one for each model; those of one seed start from equal weights.
        value: values of the features, (model, feature).
        kurtosis: of the inputs, (model,).
        width: dimensions of a model.
        context: where it runs.
    """
    pad = padded(list(cells))
    model = Quadratic(
        values=np.stack(padded(list(value))),
        kurtosis=np.array(padded(list(kurtosis))),
        hidden=width,
        seeds=[c.stream("init") for c in pad],
    )
    result = train(cells, context, model, NoBatches(len(pad)), "linear_decay_second_half")
    return model, {"embedding": result.parameters["embedding"], **result.changes}


class Started:
    """Trained models that an intervention trains on; arrays are of all, padding included."""

    def __init__(self, cells: Sequence[Cell[Intervention]], context: Context) -> None:
        self.cells = padded(list(cells))
        each = [c.params for c in self.cells]
        self.value = np.stack([values(p) for p in each])
        """Values of the features, (model, feature)."""
        self.kurtosis = np.array([[p.kurtosis] for p in each])
        """(model, 1)."""
        problem = self.value[: len(cells)], self.kurtosis[: len(cells), 0]
        model, self.rows = trained(cells, *problem, each[0].width, context)
        self.phases = Phases(model, cells, self.rows["embedding"])
