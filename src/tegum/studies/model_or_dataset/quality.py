"""How well a dictionary explains activations, and how well one latent reads a known variable."""

from typing import Any

import numpy as np
import xarray as xr

from tegum.dictionaries.base import Dictionary
from tegum.labels import coordinate, variable
from tegum.metrics import recovery
from tegum.metrics.auroc import auroc
from tegum.metrics.reconstruction import fvu
from tegum.studies.model_or_dataset.activations import Corpus
from tegum.studies.model_or_dataset.cases import LANGUAGE_VARIABLES
from tegum.studies.model_or_dataset.dictionaries import coded

Array = np.ndarray
LONG_NAMES = {
    "fvu": "fraction of variance unexplained",
    "dead": "share of dead latents",
    "mean_active": "active latents per sample",
    "participation_ratio": "participation ratio of the activations",
    "latent_auroc": "AUROC of the best single latent",
}


def measured(
    dictionary: Dictionary,
    place: int,
    fitted: Array,
    held_out: Array,
    known: Corpus | None,
    known_held_out: Corpus | None,
) -> dict[str, Any]:
    """`LONG_NAMES` of one cell's dictionary; `latent_auroc` is NaN without known variables.

    The best latent of each variable is chosen on the samples that the dictionary was fitted to.
    """
    codes, rebuilt = coded(dictionary, place, held_out)
    variances = np.linalg.eigvalsh(np.cov(held_out.T))
    latent = np.full(len(LANGUAGE_VARIABLES), np.nan)
    if known is not None and known_held_out is not None:
        first, _ = coded(dictionary, place, fitted)
        latent = best_latents(
            first[known.known], _labels(known), codes[known_held_out.known], _labels(known_held_out)
        )
    return {
        "fvu": fvu(held_out, rebuilt),
        "dead": recovery.dead_fraction(codes),
        "mean_active": recovery.l0(codes),
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


def labelled(found: list, dims: tuple[str, ...]) -> xr.Dataset:
    """Rows from nested lists of `measured`, one level for each of `dims`."""

    def values(name: str, nested: Any) -> Any:
        return [values(name, n) for n in nested] if isinstance(nested, list) else nested[name]

    data = {}
    for name, text in LONG_NAMES.items():
        inner = ("variable",) if name == "latent_auroc" else ()
        array = np.array(values(name, found), np.float32)
        data[name] = variable((*dims, *inner), array, text, "1")
    names = np.array(LANGUAGE_VARIABLES, dtype=object)
    return xr.Dataset(data, {"variable": coordinate("variable", names, "variable")})
