"""The dictionaries of `fit` where something is destroyed or given, along `control`.

`random`: random directions of unit norm, the encoder's the same. `gaussian`: fitted to Gaussian
activations of equal mean and covariance. `permuted`: to activations whose dimensions are permuted
over samples. `frozen`: random directions that stay, with a trained encoder (Korznikov et al. 2026).
`oracle`: the true directions, with codes by pursuit. Fits are to stored activations, drawn once per
seed; all are compared with the same truth as in `fit`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import torch
import xarray as xr
from torch import Tensor

from tegum.controls.activations import matched_gaussian, permute_dimensions
from tegum.dictionaries.base import Dictionary
from tegum.dictionaries.measures import BEST_COSINE
from tegum.dictionaries.quality import Coded
from tegum.dictionaries.study import Stored, Task, fit_all, labelled, stored, untrained
from tegum.experiment.cell import Cell, Context
from tegum.metrics import recovery
from tegum.studies.sae_recovery.compare import MEASURES, Held, compare, measured, pursued
from tegum.studies.sae_recovery.fit import INNER, held_out, numbers
from tegum.studies.sae_recovery.params import Control
from tegum.synthetic.known_features import World

TRANSFORMS = {"gaussian": matched_gaussian, "permuted": permute_dimensions}
LATENT = {"latent_cosine": "best |cos| with a true feature"}


def run(
    cells: Sequence[Cell[Control]], rows: Mapping[str, xr.Dataset], context: Context
) -> xr.Dataset:
    """Every control of every cell; returns rows (cell, control, ...)."""
    section = cells[0].params
    held = held_out(cells, rows["generate"])
    parts = [_measured(name, cells, held, context.device) for name in section.controls]
    found = [part for of_cell in zip(*parts, strict=True) for part in of_cell]
    names = MEASURES | BEST_COSINE | (LATENT if section.details else {})
    return labelled(found, names, {"control": section.controls}, INNER)


def _measured(
    control: str, cells: Sequence[Cell[Control]], held: Sequence[Held], device: str
) -> list[dict[str, Any]]:
    """One control of every cell."""
    section = cells[0].params
    if control == "oracle":
        best = np.ones(section.latents)
        return [_oracle(own, section.checked) | {"latent_cosine": best} for own in held]
    return [
        compare(dictionary, own, 0) | {"latent_cosine": _best(dictionary, own)}
        for dictionary, own in zip(_fitted(control, cells, held, device), held, strict=True)
    ]


def _fitted(
    control: str, cells: Sequence[Cell[Control]], held: Sequence[Held], device: str
) -> list[Dictionary]:
    told = [numbers(c, c.params.at_learning_rate, own) for c, own in zip(cells, held, strict=True)]
    if control == "random":
        tasks = [replace(Task(**own), section=_unit(own["section"])) for own in told]
        return untrained(tasks, device)
    made: dict[int, Tensor] = {}
    for cell, own in zip(cells, held, strict=True):
        if id(own) not in made:
            made[id(own)] = _activations(control, cell, own.world).to(device)
    tasks = [
        Stored(**mine, activations=made[id(own)], normalised=False)
        for mine, own in zip(told, held, strict=True)
    ]
    frozen = ["decoder"] if control == "frozen" else []
    return [fit.dictionary for fit in fit_all(tasks, stored, device, frozen=frozen)]


def _unit(section: Control) -> Control:
    """The section with encoder and decoder of unit norm, so that codes have the data's size."""
    return section.model_copy(update={"encoder_norm": 1.0, "decoder_norm": None})


def _activations(control: str, cell: Cell[Control], world: World) -> Tensor:
    """Activations (sample, input) to fit to, drawn once per world."""
    x = world.activations(world.features(cell.stream("data"), cell.params.stored))
    if control not in TRANSFORMS:
        return x
    return torch.from_numpy(TRANSFORMS[control](x.numpy(), cell.stream("control")))


def _oracle(held: Held, checked: int) -> dict[str, Any]:
    """True directions and codes, then pursuit with the former: what any encoder could reach."""
    few = held.first(checked) if checked else held
    scale = np.linalg.norm(few.world.directions, axis=1)
    truth, codes = few.world.directions / scale[:, None], few.features * scale
    found = measured(Coded(codes, codes @ truth, truth), few)
    return found | pursued(truth, np.zeros(truth.shape[1]), few)


def _best(dictionary: Dictionary, held: Held) -> np.ndarray:
    rows = dictionary.directions()[0].cpu().numpy()
    return recovery.cosines(rows, held.world.directions).max(1)
