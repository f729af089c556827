"""Dictionaries that learn in part only, beside those that learn freely, and what they explain."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch

from tegum.dictionaries.quality import coded, quality
from tegum.dictionaries.study import Fitted, Stored, fit_all, stored
from tegum.metrics.best_latents import best_latents
from tegum.metrics.spectra import participation_ratio

Array = np.ndarray
LEAST_COSINE = {"soft_frozen_decoder": 0.8}
"""Between a soft-frozen direction and where it began (Korznikov et al. 2026, not re-read)."""
FROZEN = {"frozen_decoder": ("decoder",), "frozen_encoder": ("encoder", "encoder_bias")}
LEARNING = (*FROZEN, *LEAST_COSINE)
"""Parts in which a dictionary does not learn, or not freely."""


def fit_folded(tasks: Sequence[Stored], device: str, part: str = "") -> list[Fitted]:
    """A dictionary for each task, folded: its scale and centre are in its weights.

    Args:
        tasks: of equal shapes.
        device: where to fit.
        part: which of `LEARNING` does not learn; any other name for none.
    """
    least, frozen = LEAST_COSINE.get(part), FROZEN.get(part, ())
    fits = fit_all(tasks, stored, device, frozen=frozen, least_cosine=least)
    for fit in fits:
        fit.dictionary.fold()
        fit.dictionary.requires_grad_(False)
    return fits


def explained(
    fit: Fitted,
    activations: tuple[Array, Array],
    known: Sequence[tuple[Array, Array]] | None,
    n_variables: int,
) -> dict[str, Any]:
    """How well a dictionary explains activations, and its best latents known variables.

    Args:
        fit: the dictionary.
        activations: those that it was fitted to, and others that it is measured on, each
            (sample, dimension).
        known: of both, which samples are known, (sample,) bool, and their labels,
            (known sample, variable) bool; None where nothing is. The best latent of each variable
            is chosen on the samples that the dictionary was fitted to.
        n_variables: number of variables, for which `latent_auroc` is NaN where nothing is known.
    """
    first, held_out = activations
    made = coded(fit.dictionary, torch.from_numpy(held_out))
    latent = np.full(n_variables, np.nan)
    if known is not None:
        (at_first, labels), (at_held_out, held_labels) = known
        codes = coded(fit.dictionary, torch.from_numpy(first)).codes[at_first]
        latent = best_latents(codes, labels, made.codes[at_held_out], held_labels)
    return quality(made, held_out) | {
        "participation_ratio": participation_ratio(held_out),
        "latent_auroc": latent,
        "loss_change": fit.changes["loss_change"],
    }
