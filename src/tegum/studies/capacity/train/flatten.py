"""Flattening: a penalty lambda_f sum_i C_i (1 - C_i) is ramped up or down, held, and released.

Each phase begins with a little weight noise, since a feature without embedding is a saddle that no
gradient leaves.
"""

from collections.abc import Sequence

import numpy as np
import xarray as xr

from tegum.experiment.cell import Cell, Context, Rows
from tegum.studies.capacity.params import Flatten
from tegum.studies.capacity.problems import problems
from tegum.studies.capacity.schema import SCHEMAS
from tegum.training.phases import Phases


def run(cells: Sequence[Cell[Flatten]], rows: Rows, context: Context) -> xr.Dataset:
    """Embeddings (cell, checkpoint, feature, hidden) when trained, and at looks into each phase.

    `ramp` up: 0 -> strength. Down: 0 -> ceiling -> strength. Each ramp is followed by a phase at
    the strength that it reached; the release is sudden, with noise of its own.
    """
    first, models = cells[0].params, Phases(cells, context, *problems(cells))
    each = [cell.params for cell in models.cells]
    last = np.array([p.strength for p in each])
    top = np.array([p.ceiling if p.ramp == "down" else p.strength for p in each])
    noise, at_release = [p.weight_noise for p in each], [p.release_noise for p in each]
    length, looks = first.phase_steps, first.looks
    legs = [(noise, strength, length, length // 2, looks) for strength in (top, top, last, last)]
    end = at_release, np.zeros_like(last), first.release_steps, 1, first.release_looks
    seen, phase, steps = [models.start["embedding"][:, None]], [0], [first.steps]
    for number, (noise, strength, length, ramp, looks) in enumerate([*legs, end], start=1):
        everywhere = np.repeat(strength[:, None], first.n_features, axis=1)
        epsilon = first.release_epsilon if number > len(legs) else None
        done, found = models.train(number, noise, everywhere, length, ramp, looks, epsilon)
        seen.append(found)
        phase += [number] * len(done)
        steps += [steps[-1] + n for n in done]
    return SCHEMAS["train/flatten"].dataset(
        models.start | {"embedding": np.concatenate(seen, axis=1)}, {"phase": phase, "step": steps}
    )
