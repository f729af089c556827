"""How good a dictionary is, by the names of `tegum.dictionaries.measures`."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from tegum.dictionaries.base import Dictionary
from tegum.metrics import reconstruction, recovery


@dataclass(frozen=True)
class Truth:
    """The features that made the activations."""

    directions: np.ndarray
    """(feature, input)."""
    active: np.ndarray
    """(sample, feature) bool."""


@dataclass(frozen=True)
class Coded:
    """What a dictionary makes of samples."""

    codes: np.ndarray
    """(sample, latent)."""
    rebuilt: np.ndarray
    """(sample, input)."""
    directions: np.ndarray
    """(latent, input)."""


@torch.no_grad()
def coded(dictionary: Dictionary, x: Tensor) -> Coded:
    """Codes and reconstructions of samples (sample, input) by an ensemble of one."""
    codes = dictionary.encode(x[None].to(dictionary.scale.device))
    rebuilt, directions = dictionary.decode(codes)[0], dictionary.directions()[0]
    return Coded(codes[0].cpu().numpy(), rebuilt.cpu().numpy(), directions.cpu().numpy())


def quality(found: Coded, x: np.ndarray, truth: Truth | None = None) -> dict[str, Any]:
    """`RECONSTRUCTION` of samples x (sample, input); with the truth `QUALITY` and `BEST_COSINE`."""
    numbers = {
        "fvu": reconstruction.fvu(x, found.rebuilt),
        "l0": recovery.l0(found.codes),
        "dead_fraction": recovery.dead_fraction(found.codes),
        "shrinkage": reconstruction.shrinkage(x, found.rebuilt),
        "relative_bias": reconstruction.relative_bias(x, found.rebuilt),
    }
    return numbers if truth is None else numbers | _recovered(found, truth)


def recovered_directions(found: np.ndarray, true: np.ndarray) -> dict[str, Any]:
    """What is known of directions (latent, input) beside the true ones (feature, input)."""
    similarity = recovery.cosines(found, true)
    return {
        "mcc": recovery.mcc(similarity),
        "mcc_matched": recovery.mcc(similarity, unmatched_count=False),
        "mcc_signed": recovery.mcc(recovery.cosines(found, true, signed=True)),
        "mmcs": recovery.mmcs(similarity),
        "recovered_fraction": recovery.recovered_fraction(similarity),
        "uniqueness": recovery.uniqueness(similarity),
        "best_cosine": recovery.best_cosine(similarity),
    }


def _recovered(found: Coded, truth: Truth) -> dict[str, Any]:
    similarity = recovery.cosines(found.directions, truth.directions)
    supports = recovery.supports(found.codes, truth.active, similarity)
    return {
        "true_l0": float(truth.active.sum(1).mean()),
        "support_f1": float(supports.f1.mean()),
        "precision": float(supports.precision.mean()),
        "recall": float(supports.recall.mean()),
        **recovered_directions(found.directions, truth.directions),
    }
