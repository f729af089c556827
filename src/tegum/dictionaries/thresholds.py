"""Thresholds of trained dictionaries, set so that a wanted number of latents fires."""

from collections.abc import Sequence

import torch
from torch import Tensor

from tegum.dictionaries.base import Dictionary
from tegum.dictionaries.batchtopk import BatchTopK
from tegum.dictionaries.jumprelu import JumpReLU
from tegum.errors import TegumError
from tegum.models.ensemble import per_cell

CHUNK = 1024
"""Samples that are looked at together."""


@torch.no_grad()
def calibrate(dictionary: Dictionary, x: Tensor, l0: float | Sequence[float]) -> None:
    """Set thresholds, in place, so that l0 latents fire on a sample, on average.

    The threshold of BatchTopK and Matryoshka is an average over training, under weights that have
    moved since, so that L0 at inference is not k. All thresholds of a JumpReLU dictionary are
    multiplied by one number. L0 on `x` is then the multiple of 1 / samples next to `l0`, but for
    ties and rounding.

    Args:
        dictionary: of thresholds: `BatchTopK`, `Matryoshka`, `JumpReLU`.
        x: activations (cell, sample, input), of the law that the thresholds are for.
        l0: mean number of latents that shall fire on a sample, one number or one per cell.

    Raises:
        TegumError: for other dictionaries, and where so few latents do not fire at any threshold.
    """
    if not isinstance(dictionary, BatchTopK | JumpReLU):
        raise TegumError(
            f"{type(dictionary).__name__} dictionaries have no threshold to set; give one of "
            "BatchTopK, Matryoshka or JumpReLU"
        )
    cells, samples, _ = x.shape
    wanted = per_cell(l0, cells, "l0").to(x.device)
    counts = (wanted * samples).round().long()
    if not bool(((counts >= 1) & (counts <= samples * dictionary.latents)).all()):
        raise TegumError(
            f"l0 is {l0}; give numbers between {1 / samples:g}, one of {samples} samples, and the "
            f"{dictionary.latents} latents"
        )
    largest = _largest(dictionary, x, int(counts.max()) + 1)
    last, next_one = (largest.gather(1, at[:, None])[:, 0] for at in (counts - 1, counts))
    if not last.isfinite().all():
        most = largest.isfinite().sum(1).min().item() / samples
        raise TegumError(
            f"l0 is {l0}, but at a threshold of 0 {most:.3g} latents fire on a sample; give less"
        )
    moved = torch.where(next_one.isfinite(), (last + next_one) / 2, last - 1.0)
    if isinstance(dictionary, JumpReLU):
        dictionary.log_threshold.add_(moved[:, None])
    else:
        dictionary.threshold.copy_(moved.exp())


def _largest(dictionary: BatchTopK | JumpReLU, x: Tensor, count: int) -> Tensor:
    """The largest log(z / theta) of all samples and latents, falling: (cell, count).

    theta is 1 for BatchTopK; where z is not positive the logarithm is -inf.
    """
    kept = x.new_full((len(x), count), -torch.inf)
    for part in x.split(CHUNK, 1):
        ratio = dictionary.pre_activations(part).clamp(min=0.0).log()
        if isinstance(dictionary, JumpReLU):
            ratio = ratio - dictionary.log_threshold[:, None, :]
        kept = torch.cat([kept, ratio.flatten(1)], 1).topk(count, 1).values
    return kept
