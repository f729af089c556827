"""Many features: capacities, spectra and blocks beside the water-filling; directions."""

from collections.abc import Mapping

import numpy as np
import xarray as xr

from tegum.experiment.cell import SweepView
from tegum.metrics.capacity import capacities, spectral_blocks
from tegum.studies.capacity.params import Allocate, MeasureAllocate
from tegum.studies.capacity.problems import Array, values
from tegum.studies.capacity.schema import SCHEMAS
from tegum.theory import quadratic as theory

SAMPLES, SAMPLE_BLOCKS = 4096, 16
"""Monte Carlo of the loss: samples of a block, and independent blocks, which give its error."""


def by_cell(sweep: SweepView[MeasureAllocate], rows: Mapping[str, xr.Dataset]) -> xr.Dataset:
    """What is allocated, and which direction would have the largest return."""
    embedding = rows["train"]["embedding"].values
    each: list[Allocate] = [cell.upstream["train"] for cell in sweep.cells]
    value = np.stack([values(p) for p in each])
    kurtosis = np.array([p.kurtosis for p in each])
    filled = [theory.water_filling(values(p), p.width, p.kurtosis) for p in each]
    best = np.stack([capacity for capacity, _ in filled])
    blocks = [spectral_blocks(w, sweep.params.block_tolerance) for w in embedding]
    moment = np.swapaxes(embedding, 1, 2) @ embedding
    capacity = capacities(embedding)
    sampled = [
        _sampled_loss(w, v, k, cell.stream("evaluation"))
        for w, v, k, cell in zip(embedding, value, kurtosis, sweep.cells, strict=True)
    ]
    ends = theory.marginal_return(np.array([[[0.0]], [[1.0]]]), value, kurtosis[:, None])
    returns = theory.marginal_return(capacity, value, kurtosis[:, None])
    return SCHEMAS["measure/allocate"].dataset(
        {
            "width": [p.width for p in each],
            "loss_change": rows["train"]["loss_change"].values,
            "embedding": embedding,
            "capacity": capacity,
            "capacity_best": best,
            "value": value,
            "norm": (embedding**2).sum(-1),
            "marginal_return": returns,
            "level": [level for _, level in filled],
            "eigenvalue": np.linalg.eigvalsh(moment)[:, ::-1],
            "block": [block for block, _ in blocks],
            "leak": [leak for _, leak in blocks],
            "loss": theory.quadratic_loss(embedding, value, kurtosis),
            "loss_best": theory.feature_loss(best, value, kurtosis[:, None]).sum(-1),
            "loss_sampled": [mean for mean, _ in sampled],
            "loss_sampled_error": [error for _, error in sampled],
            "return_true": returns.max(1),
            "return_pure": ends.max((0, 2)),
            **_directions(sweep, embedding, value, kurtosis),
        },
        {"search": ["closed form", "added neuron", "random"]},
    )


def _sampled_loss(
    embedding: Array, value: Array, kurtosis: float, seed: int
) -> tuple[float, float]:
    """Loss on inputs in {-s, 0, s}, s^2 = kurtosis: mean over blocks, and its standard error."""
    rng = np.random.default_rng(seed)
    found = []
    for _ in range(SAMPLE_BLOCKS):
        uniform = rng.random((SAMPLES, value.size)) * 2.0 - 1.0
        x = np.where(np.abs(uniform) < 1.0 / kurtosis, np.sign(uniform), 0.0) * np.sqrt(kurtosis)
        error = ((x @ embedding) ** 2).sum(1) - x**2 @ value
        found.append(error.var(ddof=1))
    return float(np.mean(found)), float(np.std(found, ddof=1) / np.sqrt(SAMPLE_BLOCKS))


def _directions(
    sweep: SweepView[MeasureAllocate], embedding: Array, value: Array, kurtosis: Array
) -> dict[str, Array]:
    """How pure directions of large marginal return are, and their returns: (cell, search).

    Searched with the closed form, taken as the best one for an added neuron, or drawn at random.
    """
    purity, returns = [], []
    for w, v, k, cell in zip(embedding, value, kurtosis, sweep.cells, strict=True):
        rng = np.random.default_rng(cell.stream("control"))
        random = rng.normal(size=v.size)
        random /= np.linalg.norm(random)
        found = theory.steepest_direction(w, v, float(k), sweep.params.starts, rng)
        three = np.stack([found, theory.added_neuron(w, v, float(k))[0], random])
        purity.append((three**2).max(1))
        returns.append(theory.direction_return(three, w, v, float(k))[1])
    return {"purity": np.stack(purity), "return_found": np.stack(returns)}
