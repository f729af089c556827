"""Dictionaries of a world's activations, and what they make of fresh ones."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
import xarray as xr

from tegum.dictionaries.quality import coded
from tegum.dictionaries.study import Task, fit_all
from tegum.experiment.cell import Cell, Context
from tegum.metrics import reconstruction, recovery
from tegum.studies.sae_errors.params import Fit
from tegum.studies.sae_errors.schema import SCHEMAS
from tegum.studies.sae_errors.world import Activations, Array, directions, features


@dataclass(frozen=True)
class Fresh(Task):
    """A dictionary that is fitted to fresh activations."""

    rows: Array
    """W: (feature, input)."""


def run(cells: Sequence[Cell[Fit]], rows: Mapping[str, xr.Dataset], context: Context) -> xr.Dataset:
    """Fit every cell; returns rows (cell, ...)."""
    tasks = [
        Fresh(
            section=cell.params,
            n_inputs=cell.params.n_inputs,
            latents=cell.params.latents,
            learning_rate=cell.params.learning_rate,
            init=cell.stream("init"),
            order=cell.stream("data"),
            rows=directions(cell.params, cell.stream("data")),
        )
        for cell in cells
    ]

    def stream(pack: Sequence[Fresh]) -> Activations:
        section = cells[0].params
        seeds = [task.order for task in pack]
        worlds = [task.rows for task in pack]
        return Activations(section, worlds, seeds, section.dictionary_batch, context.device)

    fits = fit_all(tasks, stream, context.device, truths=[task.rows for task in tasks])
    found = []
    for cell, task, fit in zip(cells, tasks, fits, strict=True):
        x = fresh(cell.params, task.rows, cell)
        made = coded(fit.dictionary, torch.from_numpy(x))
        quality = {
            "fvu": reconstruction.fvu(x, made.rebuilt),
            "mcc": recovery.mcc(recovery.cosines(made.directions, task.rows)),
            "l0": recovery.l0(made.codes),
        }
        bias = fit.dictionary.decoder_bias[0].detach().cpu().numpy()
        kept = {"latents": made.codes, "directions": made.directions, "bias": bias}
        found.append({**quality, **fit.changes, **kept})
    schema = SCHEMAS["fit"]
    return schema.dataset({name: np.stack([one[name] for one in found]) for name in schema.layout})


def fresh(section: Fit, rows: Array, cell: Cell[Fit]) -> Array:
    """Activations that no dictionary has seen, (sample, input)."""
    return features(section, cell.stream("evaluation"), section.samples) @ rows
