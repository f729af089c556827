"""How good a dictionary is, by one set of names: reconstruction, and recovery of known features."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from tegum.dictionaries.base import Dictionary
from tegum.metrics import reconstruction, recovery

RECONSTRUCTION = {
    "fvu": "fraction of variance unexplained",
    "l0": "active latents per sample",
    "dead_fraction": "share of dead latents",
    "shrinkage": "mean |x'| / |x|",
    "relative_bias": "relative reconstruction bias",
}
RECOVERY = {
    "true_l0": "active features per sample",
    "mcc": "matched |cos| with the true features",
    "mcc_matched": "matched |cos|, unmatched features left out",
    "mcc_signed": "matched cosine, opposite directions apart",
    "mmcs": "mean best |cos| of the true features",
    "recovered_fraction": "share of features with |cos| >= 0.9",
    "uniqueness": "distinct best features per latent",
    "support_f1": "F1 of the supports",
    "precision": "precision of the supports",
    "recall": "recall of the supports",
}
QUALITY = RECONSTRUCTION | RECOVERY
"""Names of the numbers to what they are."""
BEST_COSINE = {"best_cosine": "best |cos| of a true feature"}
"""What is known of each feature."""


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


def _recovered(found: Coded, truth: Truth) -> dict[str, Any]:
    similarity = recovery.cosines(found.directions, truth.directions)
    signed = recovery.cosines(found.directions, truth.directions, signed=True)
    supports = recovery.supports(found.codes, truth.active, similarity)
    return {
        "true_l0": float(truth.active.sum(1).mean()),
        "mcc": recovery.mcc(similarity),
        "mcc_matched": recovery.mcc(similarity, unmatched_count=False),
        "mcc_signed": recovery.mcc(signed),
        "mmcs": recovery.mmcs(similarity),
        "recovered_fraction": recovery.recovered_fraction(similarity),
        "uniqueness": recovery.uniqueness(similarity),
        "support_f1": float(supports.f1.mean()),
        "precision": float(supports.precision.mean()),
        "recall": float(supports.recall.mean()),
        "best_cosine": recovery.best_cosine(similarity),
    }
