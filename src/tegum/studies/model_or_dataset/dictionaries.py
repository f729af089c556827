"""Dictionaries on a language model's residual stream, fitted whole or with a part frozen.

Their weights are not stored: a dictionary is fitted in a fraction of a second and takes more room
than all that is measured of it. Who needs one fits it again, from the same streams.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch

from tegum.dictionaries.fit import square_scale
from tegum.dictionaries.quality import coded, quality
from tegum.dictionaries.study import Fitted, Stored, fit_all, stored
from tegum.experiment.cell import Cell
from tegum.experiment.params import Section
from tegum.metrics.best_latents import best_latents
from tegum.studies.model_or_dataset.languages import VARIABLES, Corpus
from tegum.studies.model_or_dataset.params import Fit

Array = np.ndarray
LEAST_COSINE = {"soft_frozen_decoder": 0.8}
"""Between a soft-frozen direction and where it began (Korznikov et al. 2026, not re-read)."""
FROZEN = {"frozen_decoder": ("decoder",), "frozen_encoder": ("encoder", "encoder_bias")}
LEARNING = (*FROZEN, *LEAST_COSINE)
"""Parts in which a dictionary does not learn, or not freely."""


def fitted(
    activations: Sequence[Array],
    cells: Sequence[Cell[Section]],
    sections: Sequence[Fit],
    device: str,
    part: str = "",
) -> list[Fitted]:
    """A dictionary for each (sample, dimension) array, folded.

    Args:
        activations: to fit to.
        cells: their streams give each dictionary its beginning and its minibatches.
        sections: of each dictionary.
        device: where to fit.
        part: which of `LEARNING` does not learn; any other name for none.
    """
    tasks = [
        Stored(
            section=section,
            n_inputs=x.shape[1],
            latents=section.latents,
            learning_rate=section.dictionary_learning_rate,
            init=cell.stream("init"),
            order=cell.stream("data"),
            activations=torch.from_numpy(x).to(device),
            normalised=True,
            scale=square_scale,
        )
        for x, cell, section in zip(activations, cells, sections, strict=True)
    ]
    least, frozen = LEAST_COSINE.get(part), FROZEN.get(part, ())
    fits = fit_all(tasks, stored, device, frozen=frozen, least_cosine=least)
    for fit in fits:
        fit.dictionary.fold()
        fit.dictionary.requires_grad_(False)
    return fits


def measured(
    fit: Fitted, activations: Sequence[Array], corpora: Sequence[Corpus] | None
) -> dict[str, Any]:
    """How well a dictionary explains activations, and its best latents known variables.

    Args:
        fit: the dictionary.
        activations: those that it was fitted to, and others that it is measured on.
        corpora: what is known of both; `latent_auroc` is NaN where nothing is. The best latent of
            each variable is chosen on the samples that the dictionary was fitted to.
    """
    first, held_out = activations
    made = coded(fit.dictionary, torch.from_numpy(held_out))
    variances = np.linalg.eigvalsh(np.cov(held_out.T))
    latent = np.full(len(VARIABLES), np.nan)
    if corpora is not None:
        known, held = corpora
        codes = coded(fit.dictionary, torch.from_numpy(first)).codes[known.known]
        latent = best_latents(codes, known.labels, made.codes[held.known], held.labels)
    return quality(made, held_out) | {
        "participation_ratio": float(variances.sum() ** 2 / (variances**2).sum()),
        "latent_auroc": latent,
        "loss_change": fit.changes["loss_change"],
    }
