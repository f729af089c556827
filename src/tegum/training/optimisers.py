"""Optimisers for ensembles: each cell has its own learning rate, and no rule mixes cells.

They are ``torch.optim.Optimizer`` subclasses whose parameters have a leading ``cell`` axis. A
group's ``scale`` multiplies all learning rates of a step; the trainer sets it from the schedule.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import torch
from torch import Tensor, nn

from tegum.errors import TegumError
from tegum.models.ensemble import per_cell

Closure = Callable[[], Any]


def spread(vector: Tensor, like: Tensor) -> Tensor:
    """A (cell,) vector with as many trailing axes of length 1 as ``like`` needs to broadcast."""
    return vector.view(-1, *([1] * (like.ndim - 1)))


class EnsembleOptimiser(torch.optim.Optimizer, ABC):
    """A learning rate per cell; subclasses say how one tensor is updated."""

    def __init__(
        self,
        params: Iterable[nn.Parameter],
        lr: float | Sequence[float] | Tensor,
        betas: tuple[float, float],
        eps: float,
    ) -> None:
        params = list(params)
        sizes = {p.shape[0] for p in params}
        if len(sizes) != 1:
            raise TegumError(
                f"the parameters have leading axes {sorted(sizes)}; an ensemble optimiser needs "
                "one leading cell axis of equal length in all of them."
            )
        rate = per_cell(lr, sizes.pop(), "learning_rate").to(params[0].device)
        if not (rate >= 0).all() or not rate.isfinite().all():
            raise TegumError("a learning rate is negative or not finite.")
        super().__init__(params, {"lr": rate, "betas": betas, "eps": eps, "scale": 1.0})

    @torch.no_grad()
    def step(self, closure: Closure | None = None) -> Any:  # type: ignore[override]
        """One update of every cell."""
        value = None
        if closure is not None:
            with torch.enable_grad():
                value = closure()
        for group in self.param_groups:
            rate = group["lr"] * group["scale"]
            for parameter in group["params"]:
                if parameter.grad is None:
                    continue
                state = self.state[parameter]
                if not state:
                    state["step"] = 0
                    state["first"] = torch.zeros_like(parameter)
                    state["second"] = torch.zeros_like(parameter)
                state["step"] += 1
                self._update(parameter, parameter.grad, state, rate, group)
        return value

    @abstractmethod
    def _update(
        self, parameter: Tensor, gradient: Tensor, state: dict, rate: Tensor, group: dict
    ) -> None: ...


def _moments(gradient: Tensor, state: dict, betas: tuple[float, float]) -> None:
    state["first"].lerp_(gradient, 1.0 - betas[0])
    state["second"].mul_(betas[1]).addcmul_(gradient, gradient, value=1.0 - betas[1])


class EnsembleAdam(EnsembleOptimiser):
    """Adam (Kingma and Ba 2015) with bias correction and a learning rate per cell.

    Arguments: ``params`` (cell, ...); ``lr``, one number or one per cell; ``weight_decay``,
    decoupled as in AdamW (Loshchilov and Hutter 2019): before each update every parameter is
    multiplied by 1 - lr * weight_decay.
    """

    def __init__(
        self,
        params: Iterable[nn.Parameter],
        lr: float | Sequence[float] | Tensor,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0.0,
    ) -> None:
        super().__init__(params, lr, betas, eps)
        self.weight_decay = weight_decay

    def _update(
        self, parameter: Tensor, gradient: Tensor, state: dict, rate: Tensor, group: dict
    ) -> None:
        betas, steps = group["betas"], state["step"]
        if self.weight_decay:
            parameter.mul_(spread(1.0 - rate * self.weight_decay, parameter))
        _moments(gradient, state, betas)
        root = (1.0 - betas[1] ** steps) ** 0.5
        direction = state["second"].sqrt().add_(group["eps"] * root).reciprocal_()
        direction.mul_(state["first"])
        size = rate * (-root / (1.0 - betas[0] ** steps))
        parameter.addcmul_(direction, spread(size, parameter))


class EnsembleSGD(EnsembleOptimiser):
    """Gradient descent without momentum: each step is -lr * gradient.

    Arguments: ``params`` (cell, ...); ``lr``, one number or one per cell; ``betas`` and ``eps`` are
    those of the others and unused.
    """

    def __init__(
        self,
        params: Iterable[nn.Parameter],
        lr: float | Sequence[float] | Tensor,
        betas: tuple[float, float] = (0.0, 0.0),
        eps: float = 0.0,
    ) -> None:
        super().__init__(params, lr, betas, eps)

    def _update(
        self, parameter: Tensor, gradient: Tensor, state: dict, rate: Tensor, group: dict
    ) -> None:
        parameter.addcmul_(gradient, spread(-rate, parameter))


class EnsembleLAMB(EnsembleOptimiser):
    """LAMB (You et al. 2020) with a trust ratio per cell and per tensor.

    As in torch_optimizer 0.3, which Jermyn et al. used: no bias correction, and the weight norm
    clamped to ``weight_norm_clamp``; the step is lr * clamp(|w|) / |u| * u, where
    u = m / (sqrt(v) + eps), with ratio 1 where either norm is 0.
    """

    def __init__(
        self,
        params: Iterable[nn.Parameter],
        lr: float | Sequence[float] | Tensor,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-6,
        weight_norm_clamp: float = 10.0,
    ) -> None:
        super().__init__(params, lr, betas, eps)
        self.weight_norm_clamp = weight_norm_clamp

    def _update(
        self, parameter: Tensor, gradient: Tensor, state: dict, rate: Tensor, group: dict
    ) -> None:
        _moments(gradient, state, group["betas"])
        direction = state["second"].sqrt().add_(group["eps"]).reciprocal_().mul_(state["first"])
        weight_norm = norm_per_cell(parameter).clamp_(max=self.weight_norm_clamp)
        step_norm = norm_per_cell(direction)
        usable = (weight_norm > 0) & (step_norm > 0)
        trust = torch.where(usable, weight_norm / step_norm, 1.0)
        parameter.addcmul_(direction, spread(-rate * trust, parameter))


def norm_per_cell(tensor: Tensor) -> Tensor:
    """The Euclidean norm of each cell's slice: (cell, ...) -> (cell,)."""
    return torch.linalg.vector_norm(tensor.flatten(1), dim=1)


@torch.no_grad()
def clip_per_cell(params: Iterable[nn.Parameter], largest: float) -> None:
    """Scale each cell's gradient so that its norm over all tensors is at most ``largest``."""
    gradients = [p.grad for p in params if p.grad is not None]
    square = torch.stack([norm_per_cell(gradient).square() for gradient in gradients]).sum(0)
    factor = (largest / square.sqrt().clamp_(min=1e-12)).clamp_(max=1.0)
    for gradient in gradients:
        gradient.mul_(spread(factor, gradient))


OPTIMISERS: dict[str, type[EnsembleOptimiser]] = {
    "adam": EnsembleAdam,
    "lamb": EnsembleLAMB,
    "sgd": EnsembleSGD,
}
