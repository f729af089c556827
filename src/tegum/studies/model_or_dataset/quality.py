"""How well a dictionary explains activations, and how well one latent reads a known variable."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch
import xarray as xr

from tegum.dictionaries.base import Dictionary
from tegum.dictionaries.quality import RECONSTRUCTION, coded, quality
from tegum.dictionaries.study import labelled
from tegum.labels import coordinate
from tegum.metrics.auroc import auroc
from tegum.studies.model_or_dataset.activations import Corpus
from tegum.studies.model_or_dataset.cases import LANGUAGE_VARIABLES

Array = np.ndarray
LONG_NAMES = {name: RECONSTRUCTION[name] for name in ("fvu", "l0", "dead_fraction")} | {
    "participation_ratio": "participation ratio of the activations",
    "latent_auroc": "AUROC of the best single latent",
}


def measured(
    dictionary: Dictionary,
    fitted: Array,
    held_out: Array,
    known: Corpus | None,
    known_held_out: Corpus | None,
) -> dict[str, Any]:
    """`LONG_NAMES` of a dictionary; `latent_auroc` is NaN without known variables.

    The best latent of each variable is chosen on the samples that the dictionary was fitted to.
    """
    made = coded(dictionary, torch.from_numpy(held_out))
    variances = np.linalg.eigvalsh(np.cov(held_out.T))
    latent = np.full(len(LANGUAGE_VARIABLES), np.nan)
    if known is not None and known_held_out is not None:
        first = coded(dictionary, torch.from_numpy(fitted)).codes[known.known]
        held = made.codes[known_held_out.known]
        latent = best_latents(first, _labels(known), held, _labels(known_held_out))
    return quality(made, held_out) | {
        "participation_ratio": float(variances.sum() ** 2 / (variances**2).sum()),
        "latent_auroc": latent,
    }


def _labels(corpus: Corpus) -> Array:
    """(known sample, variable)."""
    return np.stack([corpus.labels[name][corpus.known] for name in LANGUAGE_VARIABLES], 1)


def best_latents(codes: Array, labels: Array, test_codes: Array, test_labels: Array) -> Array:
    """AUROC on test samples, (variable,), of the latents that are best on others by either sign.

    Codes are (sample, latent), labels (sample, variable).
    """
    first = auroc(codes, labels)
    best = np.abs(first - 0.5).argmax(0)
    found = np.diagonal(auroc(test_codes[:, best], test_labels))
    return np.where(first[best, np.arange(len(best))] > 0.5, found, 1 - found)


def rows(
    found: Sequence[Mapping[str, Any]],
    more: Mapping[str, str] | None = None,
    outer: Mapping[str, Sequence[str]] | None = None,
) -> xr.Dataset:
    """Rows of what was `measured`, and of `more`, in row-major order of `cell` and `outer`."""
    names = LONG_NAMES | dict(more or {})
    whole = labelled(found, names, outer, {"latent_auroc": ("variable",)})
    known = coordinate("variable", np.array(LANGUAGE_VARIABLES, dtype=object), "variable")
    return whole.assign_coords(variable=known)
