"""Dictionaries on a language model's residual stream: fitted whole, or with a part frozen."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
import xarray as xr
from torch import Tensor

from tegum.dictionaries.fit import fit_dictionary
from tegum.dictionaries.topk import TopK
from tegum.labels import variable
from tegum.studies.model_or_dataset.params import Fit
from tegum.training.plan import Plan, padded
from tegum.training.schedules import Schedule

LEAST_COSINE = 0.8
"""Between a soft-frozen direction and where it began (Korznikov et al. 2026, not re-read)."""
PARTS = {
    "encoder": ("latent", "dimension"),
    "decoder": ("latent", "dimension"),
    "encoder_bias": ("latent",),
    "decoder_bias": ("dimension",),
}
FROZEN = {"frozen_decoder": ("decoder",), "frozen_encoder": ("encoder", "encoder_bias")}


class SoftFrozen(TopK):
    """Directions that stay within a cone around their random beginnings."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.beginning: Tensor
        self.register_buffer("beginning", self.decoder.detach().clone())

    @torch.no_grad()
    def project(self) -> None:
        """Unit norm, and back to the edge of the cone where a direction has left it."""
        super().project()
        along = (self.decoder * self.beginning).sum(2, keepdim=True)
        across = torch.nn.functional.normalize(self.decoder - along * self.beginning, dim=2)
        edge = LEAST_COSINE * self.beginning + (1 - LEAST_COSINE**2) ** 0.5 * across
        self.decoder.copy_(torch.where(along < LEAST_COSINE, edge, self.decoder))


def fitted(
    activations: Sequence[np.ndarray], cells: Sequence[Any], section: Fit, device: str, part: str
) -> TopK:
    """A dictionary for each (sample, dimension) array, folded and padded.

    Arguments: ``cells``, whose streams give each dictionary its beginning and its minibatches;
    ``part``, a key of ``FROZEN``, ``soft_frozen_decoder``, or anything else for none.
    """
    data = torch.from_numpy(np.stack(activations)).to(device)
    pad = padded(range(len(activations)))
    dictionary = (SoftFrozen if part == "soft_frozen_decoder" else TopK)(
        k=section.k,
        n_inputs=data.shape[2],
        latents=section.latents,
        seeds=[cells[i].stream("init") for i in pad],
        scale=data.square().sum(2).mean(1).rsqrt()[pad].cpu(),
        centre=data.mean(1)[pad].cpu(),
    ).to(device)
    for name in FROZEN.get(part, ()):
        getattr(dictionary, name).requires_grad_(False)
    steps = section.dictionary_steps
    plan = Plan(
        steps=steps,
        learning_rate=section.dictionary_learning_rate,
        schedule=Schedule("linear_decay_second_half", steps),
        checkpoints=(steps - 1,),
    )
    order = [cells[i].stream("data") for i in pad]
    batch = section.dictionary_batch
    fit_dictionary(dictionary, data, pad, order, plan, batch, keep=len(activations))
    dictionary.fold()
    return dictionary.requires_grad_(False)


def coded(dictionary: TopK, cell: int, activations: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Codes (sample, latent) and reconstruction (sample, dimension) by one cell's dictionary."""
    one = dictionary.select(slice(cell, cell + 1))
    assert isinstance(one, TopK)
    codes = one.encode(torch.from_numpy(activations)[None].to(one.scale.device))
    return codes[0].cpu().numpy(), one.decode(codes)[0].cpu().numpy()


def parts(dictionary: TopK, cells: int) -> dict[str, xr.Variable]:
    """The weights of the first cells as labelled rows."""
    return {
        name: variable(
            ("cell", *dims), getattr(dictionary, name)[:cells].cpu(), f"dictionary {name}", "1"
        )
        for name, dims in PARTS.items()
    }


def dictionary_of(row: xr.Dataset, section: Fit) -> TopK:
    """One cell's dictionary from its row."""
    found = TopK(
        k=section.k, n_inputs=row.sizes["dimension"], latents=section.latents, seeds=[0]
    ).requires_grad_(False)
    for name in PARTS:
        getattr(found, name).copy_(torch.from_numpy(row[name].values)[None])
    return found
