"""Dictionaries on worlds of known features, and what they recover.

Rows: every measure of `compare.MEASURES`, the best |cos| of each feature, recovery and dead latents
along the training; with `details` also each latent and its direction.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import xarray as xr

from tegum.dictionaries.base import Dictionary
from tegum.dictionaries.measures import BEST_COSINE
from tegum.dictionaries.quality import coded
from tegum.dictionaries.study import CURVES, Curves, Task, fit_all, labelled
from tegum.experiment.cell import Cell, Context
from tegum.labels import variable
from tegum.metrics import recovery
from tegum.studies.sae_recovery.compare import MEASURES, Held, compare
from tegum.studies.sae_recovery.params import Dictionaries, Fit, ToyModel
from tegum.studies.sae_recovery.worlds import from_row
from tegum.synthetic.batches import Stream
from tegum.synthetic.known_features import KnownFeatures

DETAILS = {
    "latent_feature": "best-matching feature",
    "latent_cosine": "best |cos| with a true feature",
    "latent_firing": "share of samples in which the latent fires",
    "latent_precision": "precision of the latent's support",
    "latent_recall": "recall of the latent's support",
    "directions": "unit direction",
}
INNER = {
    **dict.fromkeys(BEST_COSINE, ("feature",)),
    **dict.fromkeys(CURVES, ("checkpoint",)),
    **dict.fromkeys(DETAILS, ("latent",)),
    "directions": ("latent", "input"),
}
"""Dims of the variables that are arrays."""


@dataclass(frozen=True)
class Fresh(Task):
    """A dictionary that is fitted to fresh samples of a world."""

    held: Held


def run(cells: Sequence[Cell[Fit]], rows: Mapping[str, xr.Dataset], context: Context) -> xr.Dataset:
    """Fit every cell; returns rows (cell, ...)."""
    section = cells[0].params
    tasks = [
        Fresh(**numbers(c, c.params.learning_rate, held), held=held)
        for c, held in zip(cells, held_out(cells, rows["generate"]), strict=True)
    ]

    def stream(pack: Sequence[Fresh]) -> Stream:
        worlds, orders = [t.held.world for t in pack], [t.order for t in pack]
        return KnownFeatures(worlds, orders, pack[0].section.dictionary_batch, context.device)

    def curves(pack: Sequence[Fresh], keep: int) -> Curves:
        truths = [task.held.world.directions for task in pack[:keep]]
        return Curves(truths, [task.held.x for task in pack])

    fits = fit_all(
        tasks,
        stream,
        context.device,
        checkpoints=section.checkpoints,
        recorder=curves,
        truths=[task.held.world.directions for task in tasks],
    )
    found = []
    for fit, task in zip(fits, tasks, strict=True):
        seen = compare(fit.dictionary, task.held, section.checked) | fit.records | fit.changes
        found.append(seen | (_looked_at(fit.dictionary, task.held) if section.details else {}))
    names = MEASURES | BEST_COSINE | CURVES | (DETAILS if section.details else {})
    step = variable("checkpoint", fits[0].steps, "step", "1")
    return labelled(found, names, inner=INNER).assign_coords(step=step)


def numbers(cell: Cell[Dictionaries], learning_rate: float, held: Held) -> dict[str, Any]:
    """The fields of a cell's task."""
    return {
        "section": cell.params,
        "n_inputs": held.x.shape[1],
        "latents": cell.params.latents,
        "learning_rate": learning_rate,
        "init": cell.stream("init"),
        "order": cell.stream("data"),
    }


def held_out(cells: Sequence[Cell[Dictionaries]], generated: xr.Dataset) -> list[Held]:
    """Fresh samples of each cell's world; cells of one world share the objects."""
    made: dict[Any, Held] = {}
    found = []
    for index, cell in enumerate(cells):
        section = cell.upstream["generate"]
        key = section, cell.seed
        if key not in made:
            row = generated.isel(cell=index)
            world = from_row(row, section)
            features = world.features(cell.stream("evaluation"), cell.params.held_out)
            bias = row["bias"].values if isinstance(section, ToyModel) else None
            made[key] = Held(world, features, world.activations(features), bias)
        found.append(made[key])
    return found


def _looked_at(dictionary: Dictionary, held: Held) -> dict[str, np.ndarray]:
    """Every latent."""
    made = coded(dictionary, held.x)
    similarity = recovery.cosines(made.directions, held.world.directions)
    supports = recovery.supports(made.codes, held.truth.active, similarity)
    return {
        "latent_feature": similarity.argmax(1),
        "latent_cosine": similarity.max(1),
        "latent_firing": (made.codes > 0).mean(0),
        "latent_precision": supports.precision,
        "latent_recall": supports.recall,
        "directions": made.directions,
    }
