"""What is done to an ensemble: steps, optimiser, learning rates, schedule, decay, checkpoints."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

from torch import Tensor

from tegum.errors import TegumError
from tegum.models.ensemble import Ensemble
from tegum.training.engine import BLOCK
from tegum.training.optimisers import OPTIMISERS, EnsembleOptimiser
from tegum.training.schedules import Schedule, checkpoint_steps

T = TypeVar("T")

PACK = BLOCK
"""Ensembles have a multiple of this many cells, so that a cell's bits do not depend on how many
others there are."""


def padded(items: Sequence[T], pack: int = PACK) -> list[T]:
    """The items, then the first one again until there are a multiple of ``pack``."""
    if not items:
        raise TegumError("an ensemble needs at least one cell.")
    return [*items, *[items[0]] * (-len(items) % pack)]


@dataclass(frozen=True)
class Plan:
    """A training run of an ensemble. Numbers "per cell" may also be one number for all."""

    steps: int
    learning_rate: float | Sequence[float] | Tensor
    """Base learning rate, per cell."""
    optimiser: str = "adam"
    """``adam``, ``lamb`` or ``sgd``."""
    schedule: Schedule = None  # type: ignore[assignment]
    """Constant by default."""
    bias_decay: float | Sequence[float] | Tensor = 0.0
    """Per cell: in the first half of the steps, after each update, every bias is multiplied by
    1 - bias_decay * base learning rate (not the scheduled one)."""
    checkpoints: tuple[int, ...] = None  # type: ignore[assignment]
    """Steps after whose update the recorder looks; log-spaced by default."""
    betas: tuple[float, float] = (0.9, 0.999)
    eps: float | None = None
    """The optimiser's own default if None."""
    gradient_clip: float | None = None
    """Largest gradient norm of a cell."""
    weight_decay: float = 0.0
    """Decoupled weight decay of ``adam``, which makes it AdamW."""
    allow_collapse: bool = False
    """Record a loss that is not finite instead of raising."""
    convergence: bool = False
    """Evaluate after half of the steps as well as at the end."""
    pack: int = PACK
    """The ensemble has a multiple of this many cells; 1 where the company may change the bits."""

    def __post_init__(self) -> None:
        if self.steps < 1:
            raise TegumError(f"steps is {self.steps}; give at least 1.")
        if self.optimiser not in OPTIMISERS:
            raise TegumError(
                f"unknown optimiser {self.optimiser!r}; give one of {', '.join(OPTIMISERS)}."
            )
        if self.weight_decay and self.optimiser != "adam":
            raise TegumError(f"{self.optimiser} has no weight decay; use adam, or leave it out.")
        if self.schedule is None:
            object.__setattr__(self, "schedule", Schedule("constant", self.steps))
        if self.schedule.steps != self.steps:
            raise TegumError(
                f"the schedule is for {self.schedule.steps} steps, the plan for {self.steps}; give "
                "both the same number."
            )
        if self.checkpoints is None:
            object.__setattr__(self, "checkpoints", checkpoint_steps(self.schedule))
        outside = [step for step in self.checkpoints if not 0 <= step < self.steps]
        if outside:
            raise TegumError(f"checkpoints {outside} lie outside steps 0 to {self.steps - 1}.")

    def build_optimiser(self, ensemble: Ensemble) -> EnsembleOptimiser:
        """A fresh optimiser over the ensemble's trainable parameters."""
        trainable = [p for p in ensemble.parameters() if p.requires_grad]
        options = {} if self.eps is None else {"eps": self.eps}
        options |= {"weight_decay": self.weight_decay} if self.weight_decay else {}
        return OPTIMISERS[self.optimiser](
            trainable, lr=self.learning_rate, betas=self.betas, **options
        )
