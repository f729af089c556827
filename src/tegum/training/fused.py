"""Adam in one pass over memory on a CPU: the same rule, whose sums are rounded elsewhere."""

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from tegum.models.ensemble import Ensemble
from tegum.training.optimisers import EnsembleAdam, EnsembleOptimiser
from tegum.training.plan import Plan


class FusedAdam(EnsembleAdam):
    """As ``EnsembleAdam``, by a compiled loop where the parameter is in single precision on a CPU.

    Eight passes over moments and parameters become one, which counts where a step is short.
    """

    def _update(
        self, parameter: Tensor, gradient: Tensor, state: dict, rate: Tensor, group: dict
    ) -> None:
        alike = parameter.device.type == "cpu" and parameter.dtype == torch.float32
        if alike and not self.weight_decay:
            _fused(parameter, gradient, state, rate, group)
        else:
            super()._update(parameter, gradient, state, rate, group)


def _fused(parameter: Tensor, gradient: Tensor, state: dict, rate: Tensor, group: dict) -> None:
    from tegum.kernels import adam

    (one, two), steps, cells = group["betas"], state["step"], len(parameter)
    root = (1.0 - two**steps) ** 0.5
    flat = [t.view(cells, -1) for t in (parameter, state["first"], state["second"])]
    numbers, first, second = (t.detach().numpy() for t in flat)
    adam.step(
        numbers,
        gradient.reshape(cells, -1).numpy(),
        first,
        second,
        (rate * (root / (1.0 - one**steps))).numpy(),
        np.array([1.0 - one, 1.0 - two], np.float32),
        np.float32(group["eps"] * root),
    )


@dataclass(frozen=True)
class FusedPlan(Plan):
    """A plan whose Adam is fused."""

    def build_optimiser(self, ensemble: Ensemble) -> EnsembleOptimiser:
        if self.optimiser != "adam":
            return super().build_optimiser(ensemble)
        trainable = [p for p in ensemble.parameters() if p.requires_grad]
        options = {} if self.eps is None else {"eps": self.eps}
        return FusedAdam(
            trainable, self.learning_rate, self.betas, **options, weight_decay=self.weight_decay
        )
