"""The dictionaries of `fit` where something is destroyed or given, along `control`.

`random`: as initialised, so random directions. `gaussian`: fitted to Gaussian activations of equal
mean and covariance. `permuted`: to activations whose dimensions are permuted over samples.
`frozen`: random directions that stay, with a trained encoder (Korznikov et al. 2026). `oracle`: the
true directions, with codes by pursuit. Fits are to stored activations, drawn once per seed; all are
compared with the same truth as in `fit`.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch
import xarray as xr

from tegum.controls.activations import matched_gaussian, permute_dimensions
from tegum.dictionaries.base import Dictionary
from tegum.labels import coordinate, variable
from tegum.metrics import recovery
from tegum.studies.sae_recovery.compare import Held, compare, measured, pursued
from tegum.studies.sae_recovery.fit import (
    Task,
    by_architecture,
    chosen,
    held_out,
    labelled,
    single,
    train,
    untrained,
)
from tegum.studies.sae_recovery.params import Control
from tegum.synthetic.batches import TensorStream
from tegum.training.plan import padded

TRANSFORMS = {"gaussian": matched_gaussian, "permuted": permute_dimensions}


def run(cells: Sequence[Any], rows: Mapping[str, xr.Dataset], context: Any) -> xr.Dataset:
    """Every control of every cell; returns rows (cell, control, ...)."""

    def one(alike: Sequence[Any], generated: xr.Dataset) -> xr.Dataset:
        return _run(alike, generated, context)

    return by_architecture(cells, rows["generate"], one)


def _run(cells: Sequence[Any], generated: xr.Dataset, context: Any) -> xr.Dataset:
    section: Control = cells[0].params
    tasks = [
        Task(
            held,
            chosen(c.params, c.params.at_level),
            c.params.at_learning_rate,
            c.stream("init"),
            c.stream("data"),
        )
        for c, held in zip(cells, held_out(cells, generated), strict=True)
    ]
    found, best = [], []
    for name in section.controls:
        if name == "oracle":
            found.append([_oracle(task.held, section.checked) for task in tasks])
            best.append([np.ones(section.latents) for _ in tasks])
            continue
        dictionary = _fitted(name, cells, tasks, section, context.device)
        alone = [single(dictionary, i) for i in range(len(tasks))]
        found.append([compare(d, t.held, 0) for d, t in zip(alone, tasks, strict=True)])
        best.append([_best(d, t.held) for d, t in zip(alone, tasks, strict=True)])
    parts = [labelled(part, ("cell",)) for part in found]
    data = {
        name: variable(
            ("cell", "control", *map(str, first.dims[1:])),
            np.stack([part[name].values for part in parts], axis=1),
            first.attrs["long_name"],
            "1",
        )
        for name, first in parts[0].items()
    }
    coords = {"control": coordinate("control", np.array(section.controls, dtype=object), "control")}
    if section.details:
        coords["latent"] = coordinate("latent", np.arange(section.latents), "latent")
        values = np.stack(best, axis=1).astype(np.float32)
        dims = ("cell", "control", "latent")
        data["latent_cosine"] = variable(dims, values, "best |cos| with a true feature", "1")
    return xr.Dataset(data, coords)


def _fitted(
    name: str, cells: Sequence[Any], tasks: Sequence[Task], section: Control, device: str
) -> Dictionary:
    pack = padded(tasks)
    if name == "random":
        return untrained(pack, section).to(device)
    made = {}
    for cell, task in zip(cells, tasks, strict=True):
        if id(task.held) not in made:
            world = task.held.world
            x = world.activations(world.features(task.order, section.stored)).numpy()
            if name in TRANSFORMS:
                x = TRANSFORMS[name](x, cell.stream("control"))
            made[id(task.held)] = torch.from_numpy(x)
    places = {key: place for place, key in enumerate(made)}
    data = torch.stack(list(made.values())).to(device)
    source = [places[id(task.held)] for task in pack]
    stream = TensorStream(data, source, [task.order for task in pack], section.batch)
    return train(pack, stream, section, device, frozen=name == "frozen")[0]


def _oracle(held: Held, checked: int) -> dict[str, Any]:
    """True directions and codes, then pursuit with the former: what any encoder could reach."""
    few = held.first(checked) if checked else held
    scale = np.linalg.norm(few.world.directions, axis=1)
    truth, codes = few.world.directions / scale[:, None], few.features * scale
    found = measured(truth, codes, codes @ truth, few)
    return found | pursued(truth, np.zeros(truth.shape[1]), few)


def _best(dictionary: Dictionary, held: Held) -> np.ndarray:
    rows = dictionary.directions()[0].cpu().numpy()
    return recovery.cosines(rows, held.world.directions).max(1)
