"""What models of both kinds share: given weights, controls on these, samples that they read."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

import numpy as np
import torch
from torch import Tensor

from tegum.controls import weights as controls
from tegum.models.ensemble import Ensemble

M = TypeVar("M", bound=Ensemble)
New = Callable[[Sequence[int]], M]
"""From init streams to untrained models, one for each."""
Weights = Mapping[str, np.ndarray]
"""Of one model, by their names in it."""
KEPT = "_kept"
EMBEDDINGS = ("embedding", "place")
"""What a control on weights keeps where its name ends with `KEPT`."""
DRAWN: Mapping[str, Callable] = {
    "matched_normal": controls.matched_normal,
    "permuted": controls.permute_entries,
    "spectrum": controls.matched_spectrum,
}
WEIGHT_CONTROLS = ("untrained", *DRAWN)
"""The untrained model's weights are drawn by its own law of initial weights."""
OUTCOMES = ("expected", "probability", "logit")
"""What of the outputs is looked at: probabilities along the change that goes with the variable in
the data, all probabilities, all logits."""


@dataclass(frozen=True)
class Case(Generic[M]):
    """Samples with their variables, and what a model makes of them."""

    read: Callable[[M], np.ndarray]
    """From an ensemble of one to its activations, (sample, dimension)."""
    outputs: Callable[[M, Tensor], Tensor]
    """From it and activations (sample, dimension) to probabilities and logits, (2, sample, output).
    """
    labels: Mapping[str, np.ndarray]
    """Variable to (sample,) bool."""
    types: np.ndarray
    """Type of each input in the control task, (sample,)."""
    targets: np.ndarray
    """What the data ask of the outputs, (sample, output)."""


def with_weights(new: New[M], weights: Weights, device: str) -> M:
    """An ensemble of one with these weights, to be read."""
    model = new([0])
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            parameter.copy_(torch.from_numpy(weights[name])[None])
    return model.requires_grad_(False).to(device)


def controlled(new: New[M], weights: Weights, control: str, seed: int) -> Weights:
    """The weights under a control of `WEIGHT_CONTROLS`, whose embeddings may be kept."""
    kind = control.removesuffix(KEPT)
    keep = EMBEDDINGS if control.endswith(KEPT) else ()
    if kind == "untrained":
        fresh = {name: p.detach().numpy()[0] for name, p in new([seed]).named_parameters()}
        return fresh | {name: weights[name] for name in keep}
    return controls.control_weights(weights, DRAWN[kind], seed, keep, permute_vectors=True)


def device_of(model: Ensemble) -> str:
    """Where a model is."""
    return str(next(model.parameters()).device)
