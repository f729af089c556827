"""Flattening: a penalty lambda_f sum_i C_i (1 - C_i) is ramped up or down, held, and released.

Each phase begins with a little weight noise, since a feature without embedding is a saddle that no
gradient leaves.
"""

from collections.abc import Mapping, Sequence

import numpy as np
import xarray as xr

from tegum.experiment.cell import Cell, Context
from tegum.studies.capacity.params import Flatten
from tegum.studies.capacity.quadratics import Phases
from tegum.studies.capacity.schema import SCHEMAS
from tegum.training.plan import padded


def run(
    cells: Sequence[Cell[Flatten]], rows: Mapping[str, xr.Dataset], context: Context
) -> xr.Dataset:
    """Embeddings (cell, checkpoint, feature, hidden) when trained, and at looks into each phase.

    `ramp` up: 0 -> strength. Down: 0 -> ceiling -> strength. Each ramp is followed by a phase at
    the strength that it reached; the release is sudden, with noise of its own.
    """
    first = cells[0].params
    models = Phases(cells, context)
    pad = [cell.params for cell in padded(list(cells))]
    last = np.array([p.strength for p in pad])
    top = np.array([p.ceiling if p.ramp == "down" else p.strength for p in pad])
    legs = [(s, first.phase_steps, first.phase_steps // 2) for s in (top, top, last, last)]
    legs.append((np.zeros_like(last), first.release_steps, 1))
    seen, phase, steps = [models.seen[0][:, None]], [0], [first.steps]
    for number, (strength, length, ramp) in enumerate(legs, start=1):
        everywhere = np.repeat(strength[:, None], first.n_features, axis=1)
        released = number == len(legs)
        noise = [p.release_noise if released else p.weight_noise for p in pad]
        looks = first.release_looks if released else first.looks
        epsilon = first.release_epsilon if released else None
        done, found = models.train(number, noise, everywhere, length, ramp, looks, epsilon)
        seen.append(found)
        phase += [number] * len(done)
        steps += [steps[-1] + n for n in done]
    return SCHEMAS["train/flatten"].dataset(
        {"embedding": np.concatenate(seen, axis=1), "loss_change": models.change},
        {"phase": phase, "step": steps},
    )
