"""What adding a vector to activations does to outputs, beside adding random directions."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from tegum.controls.interventions import equal_covariance, equal_norm
from tegum.evidence.verdict import Measured, measured_effect

Array = NDArray[np.floating]
Outputs = Callable[[Tensor], Tensor]
"""From activations (sample, dimension) to one or more kinds of outputs (kind, sample, output)."""

DIRECTIONS = ("equal_norm", "equal_covariance")
"""Kinds of random directions, the one that counts first."""
CHUNK = 2_000_000
"""Entries of the outputs that are computed at once."""


def difference(values: Array, labels: NDArray[np.bool_]) -> Array:
    """Mean of the samples with a label minus that of those without: (sample, ...) -> (...)."""
    return values[labels].mean(0) - values[~labels].mean(0)


def random_directions(vector: Array, activations: Array, count: int, seed: int) -> dict[str, Array]:
    """Random directions as long as the vector by kind, (direction, dimension)."""
    drawn = equal_norm(vector, count, seed), equal_covariance(vector, activations, count, seed)
    return dict(zip(DIRECTIONS, drawn, strict=True))


@dataclass(frozen=True)
class Effects:
    """Sizes of the changes of outputs: along what goes with the variable, then of each kind."""

    size: Array
    """(outcome,)."""
    agreement: float
    """Cosine of the mean change with what goes with the variable."""
    random: dict[str, Array]
    """The same of random directions by kind, (outcome, direction)."""

    def tests(self, outcome: int = 0) -> dict[str, Measured]:
        """The effect on one outcome beside each kind of random directions."""
        return {
            kind: measured_effect(float(self.size[outcome]), null[outcome], self.agreement > 0)
            for kind, null in self.random.items()
        }


@dataclass(frozen=True)
class Intervention:
    """A vector that is added to the activations of some samples."""

    base: Array
    """(sample, dimension)."""
    vector: Array
    """(dimension,)."""
    strength: Array
    """Multiples of the vector, (sample,): the same for all that are compared with it."""
    expected: Array
    """The change of the first kind of outputs that goes with the variable, (output,)."""

    def changes(
        self, outputs: Outputs, directions: Array, device: str = "cpu"
    ) -> tuple[Array, Array]:
        """Mean size of the change by direction, (outcome, direction), and its agreement.

        The first outcome is the change of the first kind of outputs along the expected one, the
        others are the norms of the changes of each kind. The agreement (direction,) is the cosine
        of the mean change of the first kind with the expected one.
        """
        base, strength, expected, rows = (
            torch.from_numpy(np.asarray(a, self.base.dtype)).to(device)
            for a in (self.base, self.strength, self.expected, directions)
        )
        expected = torch.nn.functional.normalize(expected, dim=0)
        before = outputs(base)[:, None]
        size, agreement = [], []
        for some in rows.split(max(1, CHUNK // before.numel())):
            moved = base + strength[:, None] * some[:, None]
            after = outputs(moved.flatten(0, 1)).unflatten(1, moved.shape[:2])
            change = after - before
            along = (change[0] @ expected).abs().mean(1)
            size.append(torch.cat([along[None], change.norm(dim=3).mean(2)]))
            agreement.append(torch.cosine_similarity(change[0].mean(1), expected, dim=1))
        return torch.cat(size, dim=1).cpu().numpy(), torch.cat(agreement).cpu().numpy()

    def effects(
        self,
        outputs: Outputs,
        random: Mapping[str, Array],
        alpha: float = 1.0,
        device: str = "cpu",
    ) -> Effects:
        """What a multiple of the vector does, and that multiple of random directions by kind."""
        size, agreement = self.changes(outputs, alpha * self.vector[None], device)
        null = {k: self.changes(outputs, alpha * rows, device)[0] for k, rows in random.items()}
        return Effects(size[:, 0], float(agreement[0]), null)
