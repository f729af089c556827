"""Train models with and without noise, then copies of them without; a row holds those of a seed."""

from collections.abc import Sequence

import numpy as np
import xarray as xr

from tegum.experiment.cell import Cell, Context, Rows
from tegum.experiment.seeds import stream_seed
from tegum.metrics.two_layer import Weights
from tegum.models.two_layer import TwoLayer
from tegum.studies.basins.params import Train
from tegum.studies.basins.schema import PHASES, SCHEMAS
from tegum.training.plan import padded
from tegum.training.rows import train
from tegum.training.superposed import batches, evaluated


def run(cells: Sequence[Cell[Train]], rows: Rows, context: Context) -> xr.Dataset:
    """Weights (cell, phase, noise, start, ...) and the change of the loss at the end of each."""
    p = cells[0].params
    models = [
        (cell, noise, start)
        for cell in cells
        for noise in p.noise_levels
        for start in range(p.starts)
    ]
    pad = padded(models)
    each, noise, starts = (list(column) for column in zip(*pad, strict=True))
    model = TwoLayer(
        n_inputs=p.n_inputs,
        width=p.width,
        n_outputs=p.n_features,
        activation="relu",
        seeds=[
            stream_seed(c.study, "init", seed=c.seed, start=s)
            for c, s in zip(each, starts, strict=True)
        ],
    )
    noisy, clean = (
        batches(each, p, p.batch, noise=level, start=starts, phase=phase)
        for phase, level in enumerate((noise, None))
    )
    own = [cell for cell, *_ in models]
    shorter = [
        Cell(c.study, c.stage, c.axes, p.model_copy(update={"steps": p.relaxing_steps}))
        for c in own
    ]
    found = []
    for place, stream, level in ((own, noisy, noise), (shorter, clean, None)):
        evaluation = batches(each, p, p.evaluation_samples, purpose="evaluation", noise=level)
        found.append(
            train(
                place,
                context,
                model,
                stream,
                "linear_decay_second_half",
                evaluation=evaluated(evaluation),
            )
        )
    grid = len(cells), len(p.noise_levels), p.starts
    values = {name: _phases([r.parameters[name] for r in found], grid) for name in Weights._fields}
    values["loss_change"] = _phases([r.changes["loss_change"] for r in found], grid)
    return SCHEMAS["train"].dataset(values, {"phase": PHASES, "noise": p.noise_levels})


def _phases(parts: Sequence[np.ndarray], grid: tuple[int, int, int]) -> np.ndarray:
    """From (model, ...) of each phase to (cell, phase, noise, start, ...)."""
    return np.stack([part.reshape(*grid, *part.shape[1:]) for part in parts], axis=1)
