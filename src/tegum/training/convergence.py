"""How far a run still moved in the second half of its training, at equal learning-rate phase."""

from collections.abc import Callable, Mapping

import numpy as np
import torch
from torch import Tensor

from tegum.models.ensemble import Ensemble
from tegum.synthetic.batches import Stream
from tegum.training.engine import BLOCK
from tegum.training.plan import Plan

Evaluation = Callable[[Ensemble], Mapping[str, Tensor]]
"""From an ensemble, which it may change, to numbers (cell,) by name, `loss` among them."""
FRESH_BATCHES = 4


def fresh_loss(stream: Stream, plan: Plan) -> Evaluation:
    """The mean training loss on batches of a stream that no step of the plan sees."""

    def evaluation(ensemble: Ensemble) -> dict[str, Tensor]:
        blocks = [slice(i, i + BLOCK) for i in range(0, ensemble.n_cells, BLOCK)]
        models = [ensemble.select(cells) for cells in blocks]
        found = []
        for step in range(plan.steps, plan.steps + FRESH_BATCHES):
            batch = stream.batch(step)
            each = zip(models, blocks, strict=True)
            found.append(torch.cat([m.loss(tuple(x[cells] for x in batch)) for m, cells in each]))
        return {"loss": torch.stack(found).mean(0)}

    return evaluation


def changes(half: Mapping[str, Tensor], end: Mapping[str, Tensor]) -> dict[str, np.ndarray]:
    """What moved between half and end of a training: `loss_change` and `<other>_change`, (cell,).

    The loss by (half - end) / end, all else by end - half; NaN where the schedule has no step of
    the end's phase before it (a periodic one, over a single period).
    """
    found = {}
    for name, last in end.items():
        moved = last.double() - half[name].double() if half else torch.full_like(last, np.nan)
        if name == "loss":
            moved = torch.where(moved == 0, 0.0, -moved / last.double())
        found[f"{name}_change"] = moved.numpy().astype(np.float32)
    return found
