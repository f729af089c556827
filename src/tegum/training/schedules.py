"""Learning-rate schedules as pure functions of the step, and the steps at which to look.

Steps count from 0; the scale at a step multiplies the base learning rate of that step's update.
"""

import math
from dataclasses import dataclass

from tegum.errors import TegumError

SCHEDULES = ("constant", "linear_decay_second_half", "cosine", "periodic_cosine")


@dataclass(frozen=True)
class Schedule:
    """A named schedule; calling it gives the scale at a step.

    ``constant``: 1. ``linear_decay_second_half``: 1 for the first half, then linear to 0 at
    ``steps``. ``cosine``: half a period from 1 to 0 at ``steps``. ``periodic_cosine``: from 1 to 0
    in ``half_period`` steps and back, over and over, as PyTorch's CosineAnnealingLR does when it is
    stepped beyond its T_max (512 in the code of Jermyn et al.).
    """

    name: str
    steps: int
    warm_up: int = 0
    """Steps of linear rise, (step + 1) / (warm_up + 1), that multiply the schedule."""
    half_period: int = 512

    def __post_init__(self) -> None:
        if self.name not in SCHEDULES:
            raise TegumError(f"unknown schedule {self.name!r}; give one of {', '.join(SCHEDULES)}.")
        if self.steps < 1 or self.half_period < 1 or not 0 <= self.warm_up <= self.steps:
            raise TegumError(
                f"schedule {self.name!r} has steps={self.steps}, warm_up={self.warm_up}, "
                f"half_period={self.half_period}; give steps and half_period of at least 1 and a "
                "warm_up between 0 and steps."
            )

    @property
    def period(self) -> int | None:
        """Steps after which the schedule repeats, or None."""
        return 2 * self.half_period if self.name == "periodic_cosine" else None

    @property
    def cools(self) -> bool:
        """Whether the learning rate is 0 at the end."""
        return self.name in ("linear_decay_second_half", "cosine")

    @property
    def half(self) -> int | None:
        """How many updates are half of the run; where it is periodic, in the phase of the end.

        None where a periodic schedule is in that phase at its end only.
        """
        if self.period is None:
            return self.steps // 2
        half = self.steps - self.period * max(1, round(self.steps / self.period / 2))
        return half if half > 0 else None

    def __call__(self, step: int) -> float:
        rise = min(1.0, (step + 1) / (self.warm_up + 1))
        return rise * self._shape(step)

    def _shape(self, step: int) -> float:
        if self.name == "constant":
            return 1.0
        if self.name == "linear_decay_second_half":
            return min(1.0, 2.0 * (self.steps - step) / self.steps)
        half = self.steps if self.name == "cosine" else self.half_period
        return 0.5 * (1.0 + math.cos(math.pi * (step % (2 * half)) / half))


def checkpoint_steps(schedule: Schedule) -> tuple[int, ...]:
    """Steps after whose update a run is recorded, ascending.

    2^j - 1 for every j, the last step, and, since mono-semanticity depends on the phase of the
    learning rate, the peak and the trough nearest the end where the schedule is periodic.
    """
    last = schedule.steps - 1
    steps = {2**j - 1 for j in range(schedule.steps.bit_length()) if 2**j - 1 <= last} | {last}
    if schedule.period is not None:
        steps.add(last - last % schedule.period)
        if last >= schedule.half_period:
            steps.add(last - (last - schedule.half_period) % schedule.period)
    return tuple(sorted(steps))
