"""The FVU ladder: TopK dictionaries as large as the user's, fitted to activations and controls."""

import numpy as np
import torch
from numpy.typing import NDArray

from tegum.controls.activations import (
    matched_gaussian,
    permute_dimensions,
    permuted_latents,
    random_decoder,
)
from tegum.dictionaries.base import Dictionary
from tegum.dictionaries.fit import fit_dictionary, scalar_scale, usual_rate
from tegum.dictionaries.topk import TopK
from tegum.evidence.arrays import Case
from tegum.evidence.dictionary import codes_of, decoder_of
from tegum.evidence.variables import Options
from tegum.experiment.seeds import stream_seed
from tegum.metrics.reconstruction import fvu
from tegum.training.fused import FusedPlan
from tegum.training.plan import padded

Array = NDArray[np.floating]

BATCH = 256
FROZEN = ("frozen_decoder", "frozen_encoder")
"""Fitted to the activations themselves, with half of the dictionary left random."""


def ladder(train: Case, test: Case, dictionary: Dictionary, options: Options) -> dict[str, Array]:
    """Held-out FVU by control, `none` first: (seed,).

    As sparse as the user's dictionary on average. Activations of untrained models take part where
    they have as many dimensions.
    """
    pairs = _pairs(train, test, dictionary, options)
    names = list(pairs)
    fitted, held = (
        torch.from_numpy(np.stack([pair[i] for pair in pairs.values()]).astype(np.float32))
        for i in (0, 1)
    )
    active = (codes_of(dictionary, train.activations) > 0).sum(1).mean()
    size = max(1, round(float(active))), dictionary.latents
    found = _fit(fitted, held, names, *size, options, None)
    for part in FROZEN:
        frozen = part.removeprefix("frozen_")
        only = _fit(fitted[:1], held[:1], ["none"], *size, options, frozen)
        found[part] = only["none"]
    return found


def _pairs(
    train: Case, test: Case, dictionary: Dictionary, options: Options
) -> dict[str, tuple[Array, Array]]:
    """By control: what is fitted to, and held out; transformed by the same control."""
    x, split = np.concatenate([train.activations, test.activations]), len(train.activations)
    parts = codes_of(dictionary, x), *decoder_of(dictionary)
    seed = stream_seed("controls", "control", seed=options.seed, control="ladder")
    whole = {
        "none": x,
        "matched_gaussian": matched_gaussian(x, seed),
        "permuted_dimensions": permute_dimensions(x, seed),
        "permuted_latents": permuted_latents(*parts, seed),
        "random_decoder": random_decoder(*parts, seed),
    }
    for name, runs in train.untrained.items():
        if runs.shape[2] == x.shape[1]:
            whole[name] = np.concatenate([runs[0], test.untrained[name][0]])
    return {name: (values[:split], values[split:]) for name, values in whole.items()}


def _fit(
    fitted: torch.Tensor,
    held: torch.Tensor,
    names: list[str],
    k: int,
    latents: int,
    options: Options,
    frozen: str | None,
) -> dict[str, Array]:
    cells = [(source, seed) for source in range(len(names)) for seed in range(options.refits)]
    every = padded(cells)
    source = [s for s, _ in every]
    init, order = (
        [stream_seed("controls", purpose, seed=options.seed, refit=r) for _, r in every]
        for purpose in ("init", "data")
    )
    scale = scalar_scale(fitted)[source]
    model = TopK(
        n_inputs=fitted.shape[2],
        latents=latents,
        k=k,
        seeds=init,
        scale=scale,
        centre=fitted.mean(1)[source],
    )
    if frozen:
        model.get_parameter(frozen).requires_grad_(False)
    plan = FusedPlan(options.steps, usual_rate(latents))
    fit_dictionary(model, fitted, source, order, plan, BATCH, keep=len(cells))
    found: dict[str, list[float]] = {name: [] for name in names}
    with torch.no_grad():
        for i, (s, _) in enumerate(cells):
            one = model.select(slice(i, i + 1))
            assert isinstance(one, TopK)
            rebuilt = one.decode(one.encode(held[s : s + 1]))
            found[names[s]].append(fvu(held[s].numpy(), rebuilt[0].numpy()))
    return {name: np.array(values) for name, values in found.items()}
