"""Samples on which variables are known, and what a model of either kind makes of them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Generic

import numpy as np
from torch import Tensor

from tegum.studies.model_or_dataset.models import M

OUTCOMES = ("expected", "probability", "logit")
"""What of the outputs is looked at: probabilities along the change that goes with the variable in
the data, all probabilities, all logits."""


@dataclass(frozen=True)
class Case(Generic[M]):
    """Samples with their variables."""

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
