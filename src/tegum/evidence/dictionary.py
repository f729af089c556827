"""A user's dictionary as it is: its latents beside controls, its reconstruction beside controls."""

import copy
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from tegum.controls.activations import (
    permuted_latents,
    random_decoder,
    random_directions,
)
from tegum.controls.labels import permute_labels
from tegum.dictionaries.base import Dictionary
from tegum.errors import TegumError
from tegum.evidence.arrays import Case
from tegum.evidence.user_arrays import LARGEST
from tegum.evidence.variables import Options
from tegum.experiment.seeds import stream_seed
from tegum.metrics.auroc import auroc
from tegum.metrics.reconstruction import fvu
from tegum.statistics import benjamini_hochberg

Array = NDArray[np.floating]

PERMUTATIONS = 999
AT_ONCE = 50
"""Permutations in one matrix product."""


@dataclass(frozen=True)
class Latents:
    """What was measured of the dictionary as it is, on held-out samples."""

    density: Array
    """Share of samples on which a latent fires, (latent,)."""
    norm: Array
    """Of its direction, (latent,)."""
    unexplained: dict[str, float]
    """FVU by control: `none`, `random_decoder`, `permuted_latents`."""
    auroc: Array
    """Of its codes as scores of each variable, (latent, variable)."""
    percentile: dict[str, Array]
    """Share of the control's values that its best AUROC exceeds, by control, (latent,)."""
    p_adjusted: Array
    """Of its best AUROC among permuted labels, Benjamini-Hochberg over latents, (latent,)."""


def check(dictionary: Dictionary, case: Case) -> None:
    """Raise `TegumError` for a dictionary of other inputs than the activations."""
    inputs, dimensions = dictionary.decoder.shape[2], case.activations.shape[1]
    if inputs != dimensions:
        raise TegumError(
            f"the dictionary has {inputs} inputs, but the activations have {dimensions} "
            "dimensions; give the activations that it was fitted to"
        )


@torch.no_grad()
def codes_of(dictionary: Dictionary, x: Array) -> Array:
    """Codes of activations (sample, dimension): (sample, latent).

    Raises:
        TegumError: for codes with which single precision cannot go on.
    """
    codes = dictionary.encode(torch.from_numpy(x.astype(np.float32))[None])[0].numpy()
    if not (np.abs(codes) <= LARGEST).all():
        raise TegumError(
            f"the dictionary has codes that are not finite or beyond {LARGEST:g}; give one with "
            "smaller weights, or activations in smaller units"
        )
    return codes


def decoder_of(dictionary: Dictionary) -> tuple[Array, Array]:
    """Directions (latent, dimension) and bias (dimension,)."""
    parts = dictionary.decoder, dictionary.decoder_bias
    rows, bias = (part[0].detach().numpy() for part in parts)
    return rows, bias


def analyse(case: Case, dictionary: Dictionary, options: Options) -> Latents:
    """The latents on the samples of `case`."""
    x = case.activations
    codes, (rows, bias) = codes_of(dictionary, x), decoder_of(dictionary)
    seed = stream_seed("controls", "control", seed=options.seed, control="dictionary")
    rebuilt = {
        "none": codes @ rows + bias,
        "random_decoder": random_decoder(codes, rows, bias, seed),
        "permuted_latents": permuted_latents(codes, rows, bias, seed),
    }
    drawn = copy.deepcopy(dictionary)
    with torch.no_grad():
        drawn.reads[0] = torch.from_numpy(random_directions(drawn.reads[0].numpy(), seed))
    found = auroc(codes, case.labels)
    percentile, p = _beside_controls(found, codes, codes_of(drawn, x), case.labels, seed)
    return Latents(
        density=(codes > 0).mean(0),
        norm=np.linalg.norm(rows, axis=1),
        unexplained={name: fvu(x, r) for name, r in rebuilt.items()},
        auroc=found,
        percentile=percentile,
        p_adjusted=p,
    )


def _beside_controls(
    found: Array, codes: Array, control_codes: Array, labels: NDArray[np.bool_], seed: int
) -> tuple[dict[str, Array], Array]:
    """Percentiles of each latent's best AUROC, and adjusted p-values; empty without labels."""
    if not labels.shape[1]:
        return {}, np.empty(0)
    best = found.max(1)
    below = np.zeros(len(best))
    drawn = np.random.default_rng(seed).integers(2**62, size=PERMUTATIONS)
    for first in range(0, PERMUTATIONS, AT_ONCE):
        shuffled = [permute_labels(labels, int(s)) for s in drawn[first : first + AT_ONCE]]
        null = auroc(codes, np.concatenate(shuffled, 1))
        null = null.reshape(len(best), len(shuffled), -1).max(2)
        below += (null < best[:, None]).sum(1)
    p = (1 + PERMUTATIONS - below) / (1 + PERMUTATIONS)
    others = np.sort(auroc(control_codes, labels).max(1))
    percentile = {
        "permuted_labels": below / PERMUTATIONS,
        "random_encoder": np.searchsorted(others, best) / len(others),
    }
    return percentile, benjamini_hochberg(p)
