"""Probes, steering vectors and their effects in each cell's world."""

from collections.abc import Mapping, Sequence

import numpy as np
import torch
import xarray as xr

from tegum.experiment.cell import Cell, Context
from tegum.studies.steering import effects
from tegum.studies.steering.params import Fit
from tegum.studies.steering.schema import SCHEMAS
from tegum.studies.steering.vectors import VECTORS, Fitted, fit
from tegum.studies.steering.world import World, draw

SHOWN = ("probe", "representation")
"""Methods whose interference matrix is stored."""


def run(cells: Sequence[Cell[Fit]], rows: Mapping[str, xr.Dataset], context: Context) -> xr.Dataset:
    """One row per cell: what every steering vector does, on the features that are steered."""
    found = []
    for cell in cells:
        world = draw(cell, cell.params, context.device)
        fitted = fit(world, world.features, cell.params.ridge)
        row = evaluated(world, fitted, fitted.vectors, cell.params)
        row["reencoding_r2"] = _reencoding(world, cell.params)
        row["interference"] = np.stack([_interference(world, fitted, m, cell) for m in SHOWN])
        found.append(row)
    return labelled("fit", found, {"vector": VECTORS, "shown": SHOWN})


def evaluated(
    world: World, fitted: Fitted, vectors: Mapping[str, torch.Tensor], section: Fit
) -> dict[str, np.ndarray]:
    """Measures of vectors, by name (feature, input); `fitted` gives the probes that read them."""
    true = effects.scaled(world.directions, world, section.steered)
    gains, offtargets = [], []
    for each in vectors.values():
        steering = effects.scaled(each, world, section.steered)
        found = [
            effects.per_feature(effects.linear(steering, fitted.probes, world)),
            effects.per_feature(effects.reencoded(steering, world, section)),
            effects.against_truth(steering, true, world.unembedding),
            effects.per_feature(effects.linear(steering, world.directions, world)),
        ]
        gains.append(torch.stack([gain for gain, _ in found]))
        offtargets.append(torch.stack([off for _, off in found]))
    cosines = [torch.cosine_similarity(v, world.directions).mean() for v in vectors.values()]
    error = (fitted.vectors["surgical"] - world.directions).norm(dim=1).max()
    spectrum = torch.linalg.svdvals(fitted.probes)
    held_out = fitted.read(world.activations(world.held_out))
    parts = {
        "gain": torch.stack(gains),
        "offtarget": torch.stack(offtargets),
        "cosine": torch.stack(cosines),
        "surgical_error": error,
        "condition": spectrum.max() / spectrum.min(),
        "r2": _r2(world.held_out, held_out),
    }
    return {name: values.cpu().numpy() for name, values in parts.items()}


def labelled(
    stage: str, found: Sequence[Mapping[str, np.ndarray]], names: Mapping[str, Sequence[str]]
) -> xr.Dataset:
    """Rows of measures; `names` gives the values of the dims that a stage names."""
    values = {name: [row[name] for row in found] for name in found[0]}
    coords = {**names, "reader": effects.READERS}
    return SCHEMAS[stage].dataset(
        values, {dim: np.array(each, dtype=object) for dim, each in coords.items()}
    )


def _r2(truth: torch.Tensor, predicted: torch.Tensor) -> torch.Tensor:
    """1 - residual over total sum of squares, mean over features of (sample, feature)."""
    residual = (truth - predicted).square().sum(0)
    return (1 - residual / (truth - truth.mean(0)).square().sum(0)).mean()


def _reencoding(world: World, section: Fit) -> np.ndarray:
    """Share of the variance of unsteered features that the re-encoding finds, all features pooled:
    few samples are re-encoded, and most features are active on none of them."""
    truth = world.held_out[: section.probed * section.steered]
    directions = world.directions.float()
    x = world.activations(truth).float()
    codes = effects.sparse_codes(x, directions, section.penalty, section.encoder_steps)
    return _r2(truth.reshape(-1, 1), codes.double().reshape(-1, 1)).cpu().numpy()


def _interference(world: World, fitted: Fitted, vector: str, cell: Cell[Fit]) -> np.ndarray:
    """M_ij = s_i . p_j / s_i . p_i among the steered features."""
    steered = cell.params.steered
    steering = effects.scaled(fitted.vectors[vector], world, steered)
    matrix = effects.linear(steering, fitted.probes, world)[:, 0, :steered]
    return (matrix / matrix.diagonal()[:, None]).cpu().numpy()
