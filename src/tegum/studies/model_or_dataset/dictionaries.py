"""Dictionaries on a language model's residual stream: fitted whole, or with a part frozen.

Their weights are not stored: a dictionary is fitted in a fraction of a second and takes more room
than all that is measured of it. Who needs one fits it again, from the same streams.
"""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor

from tegum.dictionaries.base import Dictionary
from tegum.dictionaries.fit import fit_dictionary
from tegum.dictionaries.registry import architecture, sparsity_argument
from tegum.dictionaries.study import single
from tegum.studies.model_or_dataset.params import Fit
from tegum.training.plan import Plan, padded
from tegum.training.schedules import Schedule

LEAST_COSINE = 0.8
"""Between a soft-frozen direction and where it began (Korznikov et al. 2026, not re-read)."""
FROZEN = {"frozen_decoder": ("decoder",), "frozen_encoder": ("encoder", "encoder_bias")}


def soft_frozen(kind: type[Dictionary]) -> type[Dictionary]:
    """An architecture whose directions stay within a cone around their random beginnings."""

    class SoftFrozen(kind):
        def __init__(self, **options: Any) -> None:
            super().__init__(**options)
            self.beginning: Tensor
            self.register_buffer("beginning", self.directions().clone())

        @torch.no_grad()
        def project(self) -> None:
            super().project()
            norm = torch.linalg.vector_norm(self.decoder, dim=2, keepdim=True)
            unit = self.directions()
            along = (unit * self.beginning).sum(2, keepdim=True)
            across = torch.nn.functional.normalize(unit - along * self.beginning, dim=2)
            edge = LEAST_COSINE * self.beginning + (1 - LEAST_COSINE**2) ** 0.5 * across
            self.decoder.copy_(torch.where(along < LEAST_COSINE, edge, unit) * norm)

    return SoftFrozen


def by_architecture(sections: Sequence[Fit]) -> Iterator[list[int]]:
    """Places of the cells that one ensemble can hold."""
    for name in dict.fromkeys(section.architecture for section in sections):
        yield [i for i, section in enumerate(sections) if section.architecture == name]


def fitted(
    activations: Sequence[np.ndarray], cells: Sequence[Any], section: Fit, device: str, part: str
) -> list[Dictionary]:
    """A dictionary for each (sample, dimension) array, folded: ensembles of one.

    Arguments: ``cells``, whose streams give each dictionary its beginning and its minibatches;
    ``part``, a key of ``FROZEN``, ``soft_frozen_decoder``, or anything else for none.
    """
    data = torch.from_numpy(np.stack(activations)).to(device)
    pad = padded(range(len(activations)))
    kind = architecture(section.architecture)
    dictionary = (soft_frozen(kind) if part == "soft_frozen_decoder" else kind)(
        n_inputs=data.shape[2],
        latents=section.latents,
        seeds=[cells[i].stream("init") for i in pad],
        scale=data.square().sum(2).mean(1).rsqrt()[pad].cpu(),
        centre=data.mean(1)[pad].cpu(),
        **_sparsity(section),
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
    dictionary.requires_grad_(False)
    return [single(dictionary, place) for place in range(len(activations))]


def _sparsity(section: Fit) -> dict[str, Any]:
    """k latents fire on a sample: by construction, or since the penalty is regulated."""
    name, k = section.architecture, section.k
    if sparsity_argument(name) == "penalty_strength":
        return {"penalty_strength": section.penalty_strengths[name], "target_l0": k}
    return {"k": k, "prefixes": section.prefixes} if name == "matryoshka" else {"k": k}
