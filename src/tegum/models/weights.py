"""Models with given weights, to be read and not to be trained."""

from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

import numpy as np
import torch

from tegum.models.ensemble import Ensemble

M = TypeVar("M", bound=Ensemble)
New = Callable[[Sequence[int]], M]
"""From init streams to untrained models, one for each."""
Weights = Mapping[str, np.ndarray]
"""Of one model, by their names in it."""


def with_weights(new: New[M], weights: Weights, device: str) -> M:
    """An ensemble of one with these weights, to be read."""
    model = new([0])
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            parameter.copy_(torch.from_numpy(weights[name])[None])
    return model.requires_grad_(False).to(device)


def device_of(model: Ensemble) -> str:
    """Where a model is."""
    return str(next(model.parameters()).device)
